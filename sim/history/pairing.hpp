// Operations that are told in two lines, as Jepsen does: an invocation, and what came of it.
#pragma once

#include "sim/history/history.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace conclave::histories {

enum class half : std::uint8_t { invoke, ok, fail, info };

// One such line. What it does not say is as an operation has it at first.
struct half_operation {
  operation said;
  moment at{};
  half which = half::invoke;
};

struct unpaired {
  std::uint64_t line = 0;
  std::string why;
};

// Joins the halves of each process, in the order of time, and adds them to the history. What a
// completion says counts more than what its invocation said. An invocation that nothing completes
// has an unknown outcome, as has one that a half of kind crash interrupts. `partial`: a completion
// may belong to an invocation from before. Returns what has no other half: a process does one thing
// at a time.
[[nodiscard]] std::vector<unpaired> pair_halves(std::vector<half_operation> halves, bool partial,
                                                history& into);

}  // namespace conclave::histories
