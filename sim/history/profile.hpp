// How much is in the way at each moment, and where in an interval least of it is.
#pragma once

#include "sim/history/hold.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::histories {

// Sums of weights of open intervals. Two intervals that touch leave the moment between them free.
class profile {
 public:
  // Without its ends.
  struct interval {
    moment from{};
    moment until{};
    std::uint64_t weight = 1;
  };

  explicit profile(const std::vector<interval>& all);

  // The least sum at any moment of this, both ends among them. O(log n).
  [[nodiscard]] std::uint64_t least_in(span_of_time within) const;

 private:
  // Places in the order of time: 0 before all, then each moment at which an interval ends or
  // begins, and after each of these the time up to the next.
  [[nodiscard]] std::size_t place_of(moment at) const;

  std::vector<moment> moments_;
  std::vector<std::uint64_t> least_;  // a tree: the leaves are the second half
  std::size_t leaves_ = 1;
};

}  // namespace conclave::histories
