// What a simulated user does once: ask for a lock, hold it, let go.
#pragma once

#include "base/random.hpp"
#include "sim/machine.hpp"
#include "sim/options.hpp"

#include <chrono>
#include <compare>
#include <cstdint>

namespace conclave::sim {

inline constexpr duration never_after = duration::max();
// How long who tries a lock waits for answers at most.
inline constexpr duration try_patience = std::chrono::milliseconds(250);

struct operation {
  machine_index machine = 0;
  std::uint32_t slot = 0;  // which of the users there
  true_time at{};          // not earlier than this, and not before its last operation is over
  lock_index lock = 0;
  std::uint64_t span = 1;    // tokens that it asks for at once
  std::uint32_t tokens = 0;  // more that it takes, one after the other, evenly while it holds
  bool wait = true;
  duration give_up_after = never_after;
  duration cancel_after = never_after;
  duration hold{};
  bool yields = false;                // lets go early when somebody waits
  duration hold_limit = never_after;  // the greatest time to hold that it asks for
  bool shares = false;                // with others that share: it reads only
  bool downgrades = false;            // when it is done, it goes on sharing for as long again
  // So many at once: permits, where the lock is a semaphore; else this lock and those after it.
  std::uint32_t count = 1;
  // While it holds, it asks for the lock so many further on, and holds both. 0: for none.
  std::uint32_t nests = 0;
  std::uint32_t nests_too = 0;  // and at once with that one another, apart from it
  duration lease{};             // of its own; 0: the node's

  friend auto operator<=>(const operation&, const operation&) = default;
};

// The number-th operation of the user there. It follows from the seed and these numbers alone, so
// that one operation less changes none of the others. `at` is how long after `now` the user thinks.
[[nodiscard]] operation draw_operation(const options& drawn, core::random_source users,
                                       machine_index machine, std::uint32_t slot,
                                       std::uint32_t number, true_time now);

}  // namespace conclave::sim
