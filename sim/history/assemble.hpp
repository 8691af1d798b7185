// From operations to holds: which release, renewal, loss or crash ends which acquisition.
#pragma once

#include "sim/history/hold.hpp"
#include "sim/history/violation.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace conclave::histories {

// By process, sorted: when its crashes can have been.
using crash_times = std::vector<std::vector<moment>>;

struct assembly_settings {
  duration clock_error{};  // each time may be wrong by this much
  bool partial = false;    // holds from before the history may be released in it
};

struct assembled {
  lock_record record;
  std::uint64_t from_before = 0;       // releases and renewals of holds from before the history
  std::uint64_t unknown_acquires = 0;  // that nothing proves to have taken effect
};

// Finds violations of not_held. `operations`: all of one lock but writes, sorted by process, then
// by call.
[[nodiscard]] assembled assemble(std::span<const operation> operations, const crash_times& crashes,
                                 const assembly_settings& settings, const wording& words,
                                 findings& found);

}  // namespace conclave::histories
