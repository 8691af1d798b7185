// Who can find whom.
#pragma once

#include "sim/machine.hpp"

#include <cstddef>
#include <vector>

namespace conclave::sim {

// True when each machine that is well knows the address of a majority of the voters, out of those
// that are well. Before that nobody can expect a lock.
[[nodiscard]] bool majority_is_known(const std::vector<machine>& machines,
                                     const std::vector<bool>& well, std::size_t voters);

}  // namespace conclave::sim
