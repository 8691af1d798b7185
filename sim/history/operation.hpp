// What a history is made of: one operation for each thing that a process did with a lock.
#pragma once

#include "base/time.hpp"

#include <conclave/fencing_token.hpp>

#include <chrono>
#include <cstdint>

namespace conclave::histories {

using core::duration;

// The time in which a history is told. All processes share it, within the clock error.
struct history_clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = core::duration;
  using time_point = std::chrono::time_point<history_clock, core::duration>;
  static constexpr bool is_steady = false;
};

using moment = history_clock::time_point;

inline constexpr moment before_all = moment::min();
inline constexpr moment never = moment::max();

// Stays where it is when it is one of the two ends of time, and stops there.
[[nodiscard]] constexpr moment shifted(moment from, duration by) {
  if (from == before_all || from == never) {
    return from;
  }
  if (by > duration(0)) {
    return from > never - by ? never : from + by;
  }
  return from < before_all - by ? before_all : from + by;
}

enum class operation_kind : std::uint8_t {
  acquire,
  release,
  renew,  // a longer lease, or a further token, for what is held
  lost,   // the process was told that its hold is over
  crash,  // the process ended without a goodbye
  write,  // a resource was shown a token
};

enum class lock_mode : std::uint8_t { exclusive, shared, permit };

// What came of it. Unknown: it took effect at some time after its call, or never will.
enum class outcome : std::uint8_t { ok, fail, unknown };

enum class process_id : std::uint32_t {};
enum class lock_id : std::uint32_t {};

inline constexpr std::uint32_t no_slot = UINT32_MAX;
inline constexpr lock_id no_lock{UINT32_MAX};  // sorts behind all others

struct operation {
  std::uint64_t line = 0;  // where its result stands
  lock_id lock{};          // of a write: the resource; of a crash: no_lock
  process_id process{};
  moment called{};
  moment returned{};           // never: it did not
  moment valid_until = never;  // never: no lease is known
  fencing_token token{};
  std::uint32_t permits = 1;  // how many there are in all
  std::uint32_t count = 1;    // how many of them this is about
  std::uint32_t slot = no_slot;
  operation_kind kind = operation_kind::acquire;
  lock_mode mode = lock_mode::exclusive;
  outcome result = outcome::ok;

  friend bool operator==(const operation&, const operation&) = default;
};

// What contradicts itself in this operation; null when nothing does.
[[nodiscard]] const char* problem_of(const operation& one);

}  // namespace conclave::histories
