// From one process's release to another's acquisition, when somebody always waits.
#pragma once

#include "processes.hpp"
#include "summary.hpp"

#include <cstddef>
#include <vector>

namespace conclave::bench {

[[nodiscard]] std::vector<sample> hand_over(placement where, std::size_t candidates,
                                            std::size_t rounds);

}  // namespace conclave::bench
