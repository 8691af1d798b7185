// Instants and durations of one node's own clock. Nothing here reads a clock.
#pragma once

#include <chrono>
#include <cstdint>

namespace conclave::core {

using duration = std::chrono::nanoseconds;

// The clock of one node (CLOCK_BOOTTIME in a real process). It has no now(): time comes in as a
// parameter. No instant of one node is ever compared with an instant of another.
struct node_clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = core::duration;
  using time_point = std::chrono::time_point<node_clock, core::duration>;
  static constexpr bool is_steady = true;
};

using instant = node_clock::time_point;

inline constexpr instant never = instant::max();     // a deadline that is not set
inline constexpr instant long_ago = instant::min();  // a promise that was never made

// What a promise of this length is worth on another clock, when any two clocks run at rates within
// a factor (1+rho)/(1-rho) of one another. rho is in parts per million, up to a half. Rounded to
// the safe side; exact for all promises up to a year.
[[nodiscard]] constexpr duration shortened_by_drift(duration promised, std::int64_t rho_ppm) {
  const std::int64_t many = 1'000'000 - rho_ppm;
  const std::int64_t of = 1'000'000 + rho_ppm;
  return promised / of * many + promised % of * many / of;
}

[[nodiscard]] constexpr duration lengthened_by_drift(duration promised, std::int64_t rho_ppm) {
  const std::int64_t many = 1'000'000 + rho_ppm;
  const std::int64_t of = 1'000'000 - rho_ppm;
  return promised / of * many + promised % of * many / of + duration(1);
}

// An instant that far in the future, or never.
[[nodiscard]] constexpr instant saturating_add(instant from, duration ahead) {
  return from > never - ahead ? never : from + ahead;
}

}  // namespace conclave::core
