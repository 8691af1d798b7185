// What a process owes its users in time: a hold that is over is told to be lost, a request whose
// time is over fails, and the process asks to be woken for both.
#pragma once

#include "sim/machine.hpp"

#include <string>

namespace conclave::sim {

// Says what is overdue; empty: nothing. `ticked`: the process has just had its tick.
[[nodiscard]] std::string overdue(const machine& where, true_time now, bool ticked);

// Says what a process that leaves, or was superseded, still keeps; empty: nothing.
[[nodiscard]] std::string kept_after_the_end(const machine& where);

}  // namespace conclave::sim
