// True time, which no node sees, and what each machine's own clock makes of it.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>

namespace conclave::sim {

using core::duration;

// The time of the simulated world. It has no now(): the event that is handled says what time it is.
struct true_clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = core::duration;
  using time_point = std::chrono::time_point<true_clock, core::duration>;
  static constexpr bool is_steady = true;
};

using true_time = true_clock::time_point;

inline constexpr true_time end_of_time = true_time::max();

// A machine's clock: starts somewhere and runs at a rate of its own, which may change. Integers
// only, so that it reads the same on every compiler, and exact in both directions:
// local(t) >= x holds from t = first_reaching(x) on and not before, as long as the rate stays.
class skewed_clock {
 public:
  // `ahead_ppb`: how many parts per billion faster than true time it runs; may be negative.
  skewed_clock(core::instant at_zero, std::int64_t ahead_ppb);

  // From then on it runs at this rate. What it showed before can't be asked for any more.
  void set_rate(true_time from, std::int64_t ahead_ppb);
  [[nodiscard]] std::int64_t ahead_ppb() const { return ahead_ppb_; }

  // Not before the last change of the rate.
  [[nodiscard]] core::instant local(true_time at) const;
  // The first true time, since the last change of the rate, at which this clock shows at least
  // `local`.
  [[nodiscard]] true_time first_reaching(core::instant local) const;

 private:
  __extension__ using wide = unsigned __int128;

  true_time since_{};    // the last change
  core::instant shown_;  // then
  std::int64_t ahead_ppb_;
  std::uint64_t rate_;     // local per true nanosecond, in units of 2^-32
  std::uint64_t inverse_;  // true per local nanosecond, in units of 2^-62, rounded down
};

}  // namespace conclave::sim
