// Which periods of a job are this node's to run (include/conclave/run_once_per.hpp). The time of
// the wall clock comes in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

namespace conclave::runtime {

class job_periods {
 public:
  // No two nodes' wall clocks are further apart than `clocks_within`, which is less than a period.
  job_periods(std::chrono::nanoseconds period, std::chrono::nanoseconds clocks_within)
      : period_(period), clocks_within_(clocks_within) {}

  // This node leads from now on. Whoever led before may have run the period that it is, by a clock
  // that is ahead of ours.
  void take_over(std::chrono::nanoseconds wall) {
    done_ = std::max(done_, (wall + clocks_within_) / period_);
  }

  // When the period began that is to be run now. It is done with then, and so are all before it.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> take_due(std::chrono::nanoseconds wall) {
    if (wall / period_ <= done_) {
      return std::nullopt;
    }
    done_ = wall / period_;
    return done_ * period_;
  }

  // How long until the next one, if the clock is not set meanwhile.
  [[nodiscard]] std::chrono::nanoseconds until_next(std::chrono::nanoseconds wall) const {
    return (done_ + 1) * period_ - wall;
  }

 private:
  std::chrono::nanoseconds period_;
  std::chrono::nanoseconds clocks_within_;
  std::int64_t done_ = 0;  // the number of the last one, from 1970 on
};

}  // namespace conclave::runtime
