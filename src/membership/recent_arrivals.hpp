// How many members came lately.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"

#include <cstddef>

namespace conclave::core {

inline constexpr int arrivals_remembered = 5;  // probe intervals
inline constexpr std::size_t many_arrivals = 8;

// In the span of time that runs and in the one before: two counters, whatever their number.
class recent_arrivals {
 public:
  explicit recent_arrivals(duration span) : span_(span) {}

  void note(instant at) {
    if (at >= ends_at_) {
      const bool follows = at < ends_at_ + span_;
      before_ = follows ? now_ : 0;
      now_ = 0;
      ends_at_ = (follows ? ends_at_ : at) + span_;
    }
    ++now_;
  }

  [[nodiscard]] std::size_t count(instant at) const {
    if (at < ends_at_) {
      return now_ + before_;
    }
    return at < ends_at_ + span_ ? now_ : 0;
  }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  // Left out: span_, a setting.
  void add_to(digest& sum) const { sum.add_all(ends_at_, now_, before_); }

 private:
  duration span_;
  instant ends_at_ = long_ago;  // the span that runs
  std::size_t now_ = 0;
  std::size_t before_ = 0;
};

}  // namespace conclave::core
