// One completion for several locks that are asked for together.
#pragma once

#include "runtime/outcomes.hpp"

#include <conclave/grant.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace conclave::runtime {

// A completion for each part. Once all have completed, the whole does: with all grants in the order
// of the parts, or with the first error and none. All parts complete in one event.
[[nodiscard]] std::vector<lock_completion> gather(
    std::unique_ptr<detail::completion<std::vector<grant>>> whole, std::size_t parts);

}  // namespace conclave::runtime
