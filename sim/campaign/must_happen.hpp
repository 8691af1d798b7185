// What a campaign must have met: one that never saw it has tested less than it claims.
#pragma once

#include "sim/counters.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace conclave::sim {

// In fewer runs than this, missing something means nothing.
inline constexpr std::uint64_t runs_enough = 500;

// The names of what must happen sometimes and never did in all these runs: kinds of faults, and
// what comes of them. Empty in fewer runs than are enough.
[[nodiscard]] std::vector<std::string> never_happened(const counters& counted, std::uint64_t runs,
                                                      std::uint64_t enough = runs_enough);

}  // namespace conclave::sim
