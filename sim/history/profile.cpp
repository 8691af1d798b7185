// A sweep over the intervals, and a tree of minima over its steps.
#include "sim/history/profile.hpp"

#include <algorithm>

namespace conclave::histories {

profile::profile(const std::vector<interval>& all) {
  for (const interval& one : all) {
    moments_.push_back(one.from);
    moments_.push_back(one.until);
  }
  std::ranges::sort(moments_);
  // Not std::ranges::unique, which Clang 14 does not take.
  moments_.erase(std::unique(moments_.begin(), moments_.end()), moments_.end());

  std::vector<std::uint64_t> begun(moments_.size());
  std::vector<std::uint64_t> ended(moments_.size());
  const auto number_of = [&](moment at) {
    return static_cast<std::size_t>(std::ranges::lower_bound(moments_, at) - moments_.begin());
  };
  for (const interval& one : all) {
    begun[number_of(one.from)] += one.weight;
    ended[number_of(one.until)] += one.weight;
  }
  while (leaves_ < 2 * moments_.size() + 1) {
    leaves_ *= 2;
  }
  least_.assign(2 * leaves_, UINT64_MAX);
  std::uint64_t sum = 0;
  least_[leaves_] = 0;
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    sum -= ended[i];
    least_[leaves_ + 2 * i + 1] = sum;  // at the very moment: the old are over, the new not begun
    sum += begun[i];
    least_[leaves_ + 2 * i + 2] = sum;
  }
  for (std::size_t i = leaves_; i-- > 1;) {
    least_[i] = std::min(least_[2 * i], least_[2 * i + 1]);
  }
}

std::size_t profile::place_of(moment at) const {
  const auto next = std::ranges::lower_bound(moments_, at);
  const auto number = static_cast<std::size_t>(next - moments_.begin());
  return next != moments_.end() && *next == at ? 2 * number + 1 : 2 * number;
}

std::uint64_t profile::least_in(span_of_time within) const {
  std::uint64_t least = UINT64_MAX;
  std::size_t from = leaves_ + place_of(within.earliest);
  std::size_t until = leaves_ + place_of(within.latest) + 1;
  for (; from < until; from /= 2, until /= 2) {
    if (from % 2 == 1) {
      least = std::min(least, least_[from++]);
    }
    if (until % 2 == 1) {
      least = std::min(least, least_[--until]);
    }
  }
  return least;
}

}  // namespace conclave::histories
