// The largest piece of memory asked for since the last reset, by replacing operator new.
#pragma once

#include <cstddef>

namespace conclave::core {

void reset_largest_allocation();
[[nodiscard]] std::size_t largest_allocation();

}  // namespace conclave::core
