// Checks histories of locks, from wherever they come.
#pragma once

#include "sim/history/history.hpp"
#include "sim/history/violation.hpp"

#include <cstdint>
#include <vector>

namespace conclave::histories {

struct check_settings {
  // Each time may be wrong by this much. More of it finds less, and never more.
  duration clock_error{};
  // Holds from before the history may be released and renewed in it.
  bool partial = false;
  // Whether tokens are promised to rise. Without, they only tell holds apart.
  bool use_tokens = true;
  // So many states of one lock are looked at where only some acquisitions have tokens; then the
  // lock is undecided. A state takes some 100 bytes.
  std::uint64_t states_max = 4'000'000;
  // So many violations of each lock are told; more are only counted.
  std::size_t violations_told_max = 100;
};

struct lock_summary {
  lock_id lock{};
  std::uint64_t operations = 0;  // without repeated lines
  std::uint64_t holds = 0;
  std::uint64_t failed = 0;   // operations that had no effect
  std::uint64_t unknown = 0;  // acquisitions that nothing proves to have taken effect
  std::uint64_t writes = 0;
  std::uint64_t violations = 0;
  bool undecided = false;
};

struct verdict {
  std::vector<lock_summary> locks;    // by name
  std::vector<violation> violations;  // by lock
  // What is broken if all clocks were right, but need not be broken when they were not.
  std::vector<violation> possible;
  std::uint64_t repeated = 0;     // lines that say again what another line said
  std::uint64_t from_before = 0;  // see check_settings::partial

  [[nodiscard]] bool consistent() const;
  [[nodiscard]] bool undecided() const;
};

// Sorts the operations. O(n log n), but for the search where only some acquisitions of a lock
// have tokens.
[[nodiscard]] verdict check(history& told, const check_settings& settings);

}  // namespace conclave::histories
