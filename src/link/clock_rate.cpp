// Bounds on the rate of a peer's clock, in integers: equal on every compiler.
#include "link/clock_rate.hpp"

#include <algorithm>
#include <chrono>

namespace conclave::core {

namespace {

// No part of standard C++, but of every compiler that this builds with.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
using wide = __int128;
#pragma GCC diagnostic pop

constexpr std::int64_t million = 1'000'000;
constexpr std::int64_t excess_max_ppm = 1'000 * million;
// Clocks are read in steps: no elapsed time is known better than this.
constexpr duration reading_step = std::chrono::microseconds(1);
// No clock shows more: keeps differences of what others say within bounds.
constexpr instant reading_max{duration(std::int64_t{1} << 62)};
constexpr std::int64_t conclusions_per_window = 16;
// An older echo says too little about the present.
constexpr std::int64_t echoes_per_window = 4;
// A clock that was found out counts again after so many windows in which nothing more was found,
// where the network is too slow to show that it is right.
constexpr std::int64_t doubtful_windows = 8;

// Elapsed times between two exchanges, in nanoseconds. The first pair bounds the rate from below,
// the second from above.
struct elapsed {
  std::int64_t theirs_least;
  std::int64_t ours_most;
  std::int64_t theirs_most;
  std::int64_t ours_least;
};

elapsed between(const clock_exchange& first, const clock_exchange& last) {
  return {.theirs_least = (last.answered - first.heard - reading_step).count(),
          .ours_most = (last.came - first.sent + reading_step).count(),
          .theirs_most = (last.heard - first.answered + reading_step).count(),
          .ours_least = (last.sent - first.came - reading_step).count()};
}

// How far apart two clocks can be that both keep within `drift` of true time: by (1+d)/(1-d).
struct limit {
  std::int64_t many;
  std::int64_t of;
};

limit whole_bound(const clock_limits& limits) {
  return {.many = million + limits.drift_max_ppm, .of = million - limits.drift_max_ppm};
}

limit half_bound(const clock_limits& limits) {
  return {.many = 2 * million + limits.drift_max_ppm, .of = 2 * million - limits.drift_max_ppm};
}

// No rate that is possible keeps within the limit.
bool outside(const elapsed& time, const limit& bound) {
  const bool too_fast = wide{time.theirs_least} * bound.of > wide{time.ours_most} * bound.many;
  const bool too_slow =
      time.ours_least > 0 && wide{time.theirs_most} * bound.many < wide{time.ours_least} * bound.of;
  return too_fast || too_slow;
}

// All rates that are possible do.
bool inside(const elapsed& time, const limit& bound) {
  return time.ours_least > 0 &&
         wide{time.theirs_least} * bound.many >= wide{time.ours_most} * bound.of &&
         wide{time.theirs_most} * bound.of <= wide{time.ours_least} * bound.many;
}

// By how many parts per million `theirs` is more than `ours`, rounded down.
std::int64_t excess_ppm(std::int64_t theirs, std::int64_t ours) {
  const wide excess = (wide{theirs} - ours) * million;
  const wide rounded = excess / ours - (excess % ours < 0 ? 1 : 0);
  return static_cast<std::int64_t>(std::clamp(rounded, wide{-million}, wide{excess_max_ppm}));
}

std::optional<rate_bounds> bounds_of(const elapsed& time) {
  const std::int64_t lower = excess_ppm(time.theirs_least, time.ours_most);
  if (time.ours_least <= 0) {  // the two overlap: it may be as fast as it likes
    return lower > 0 ? std::optional(rate_bounds{.lower_ppm = lower, .upper_ppm = excess_max_ppm})
                     : std::nullopt;
  }
  const std::int64_t upper = excess_ppm(time.theirs_most, time.ours_least) + 1;
  if (lower <= upper) {
    return rate_bounds{.lower_ppm = lower, .upper_ppm = upper};
  }
  // The rate changed between the two times that these are means of: what is further from ours.
  const std::int64_t further = lower + upper > 0 ? lower : upper;
  return rate_bounds{.lower_ppm = further, .upper_ppm = further};
}

// Of each way the exchange that took least, as far as the two clocks show it.
void tighten(clock_exchange& kept, const clock_exchange& other) {
  if (other.heard - other.sent < kept.heard - kept.sent) {
    kept.sent = other.sent;
    kept.heard = other.heard;
  }
  if (other.answered - other.came > kept.answered - kept.came) {
    kept.answered = other.answered;
    kept.came = other.came;
  }
}

}  // namespace

std::optional<clock_verdict> clock_rate::heard(const clock_exchange& one,
                                               const clock_limits& limits) {
  if (limits.window <= duration(0) || one.heard < instant{} || one.answered > reading_max ||
      one.came - one.sent > limits.window / echoes_per_window) {
    return std::nullopt;
  }
  if (conclude_at_ == never) {
    fresh_ = one;
    conclude_at_ = one.came + limits.window / conclusions_per_window;
  } else {
    tighten(fresh_, one);
  }
  if (one.came < conclude_at_) {
    return std::nullopt;
  }
  const clock_verdict before = verdict_;
  conclude(limits);
  conclude_at_ = never;
  return verdict_ == before ? std::nullopt : std::optional(verdict_);
}

void clock_rate::conclude(const clock_limits& limits) {
  if (!started_) {
    started_ = true;
    oldest_ = middle_ = fresh_;
    return;
  }
  const elapsed all = between(oldest_, fresh_);
  const elapsed lately = between(middle_, fresh_);
  const bool by_all = outside(all, whole_bound(limits));
  if (by_all || outside(lately, whole_bound(limits))) {
    verdict_ = clock_verdict::broken;
    bounds_ = bounds_of(by_all ? all : lately);
    // Whatever comes next is judged by itself.
    oldest_ = middle_ = fresh_;
    return;
  }
  const duration watched = fresh_.came - oldest_.came;
  const bool drifts_lately = outside(lately, half_bound(limits));
  const bool drifts_in_all = outside(all, half_bound(limits));
  const bool drifts = drifts_in_all || drifts_lately;
  bounds_ = bounds_of(drifts && !drifts_in_all ? lately : all);  // what shows it
  if (verdict_ == clock_verdict::broken) {
    // Its window grows until it shows something.
    const bool right = watched >= limits.window && inside(all, whole_bound(limits));
    if (right || watched >= doubtful_windows * limits.window) {
      verdict_ = clock_verdict::kept;  // whether it drifts now, less of the past has to show
    }
  } else if (drifts) {
    verdict_ = clock_verdict::drifting;
  } else if (watched >= limits.window &&
             (verdict_ != clock_verdict::drifting || inside(all, half_bound(limits)))) {
    verdict_ = clock_verdict::kept;
  }
  move_on(limits);
}

// The older of the two it compares with is between half a window and a window old, so that a
// change of the rate is seen alone after a while.
void clock_rate::move_on(const clock_limits& limits) {
  if (fresh_.came - oldest_.came >= limits.window && verdict_ != clock_verdict::broken) {
    oldest_ = middle_;
    middle_ = fresh_;
  } else if (fresh_.came - middle_.came >= limits.window / 2) {
    middle_ = fresh_;
  }
}

}  // namespace conclave::core
