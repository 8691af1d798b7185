// Ways that several faults close.
#include "sim/ways.hpp"

#include <bit>

namespace conclave::sim {

ways ways_between_groups(const std::vector<machine_set>& groups) {
  ways closed{};
  for (std::size_t a = 0; a < groups.size(); ++a) {
    for (std::size_t b = a + 1; b < groups.size(); ++b) {
      const ways more = ways_between(groups[a], groups[b]);
      for (std::size_t i = 0; i < machines_max; ++i) {
        closed[i] |= more[i];
      }
    }
  }
  return closed;
}

ways ways_of_ring(const std::vector<machine_set>& order) {
  const std::size_t size = order.size();
  const std::size_t seen = size / 2;  // besides itself
  const std::size_t each_side = (seen + 1) / 2;
  ways open{};
  machine_set all = 0;
  for (std::size_t i = 0; i < size; ++i) {
    all |= order[i];
    for (std::size_t step = 1; step <= each_side; ++step) {
      const machine_set neighbour = order[(i + step) % size];
      open[static_cast<std::size_t>(std::countr_zero(order[i]))] |= neighbour;
      open[static_cast<std::size_t>(std::countr_zero(neighbour))] |= order[i];
    }
  }
  return ways_except(open, all);
}

}  // namespace conclave::sim
