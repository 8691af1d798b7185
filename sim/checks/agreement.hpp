// What a candidate believes of a voter must be true of that voter: its session lasts that long, and
// the vote is lent to that very request. Stronger than any promise, and broken long before one is.
#pragma once

#include "sim/machine.hpp"

#include <string>
#include <vector>

namespace conclave::sim {

// Compares the process at `at` with all others, as candidate and as voter. Says what somebody
// believes that is not so; empty: nothing.
[[nodiscard]] std::string false_belief(const std::vector<machine>& machines, machine_index at,
                                       true_time now);

}  // namespace conclave::sim
