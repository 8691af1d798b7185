// The shapes in which a network comes apart.
#include "sim/schedule.hpp"

#include <bit>
#include <cstddef>

namespace conclave::sim {

namespace {

// Closes all between any two groups.
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

// Each sees its nearest neighbours on the ring: so many on either side that with itself they are a
// majority, though no two need see the same one.
ways ways_of_ring(const std::vector<machine_set>& order, std::uint32_t machines) {
  const std::size_t size = order.size();
  const std::size_t seen = size / 2;  // besides itself
  const std::size_t each_side = (seen + 1) / 2;
  ways open{};
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t step = 1; step <= each_side; ++step) {
      const machine_set neighbour = order[(i + step) % size];
      open[static_cast<std::size_t>(std::countr_zero(order[i]))] |= neighbour;
      open[static_cast<std::size_t>(std::countr_zero(neighbour))] |= order[i];
    }
  }
  return ways_except(open, all_of(machines));
}

}  // namespace

ways ways_closed_by(const fault& one, std::uint32_t machines) {
  const machine_set subject = machine_set{1} << one.subject;
  switch (one.kind) {
    case fault_kind::split:
    case fault_kind::flap:
      return ways_between_groups(one.groups);
    case fault_kind::isolate:
      return ways_between(subject, ~subject);
    case fault_kind::bridge:
      return ways_between(one.groups.at(0) & ~subject, one.groups.at(1) & ~subject);
    case fault_kind::cut:
      return ways_towards(one.from, one.to);
    case fault_kind::ring:
      return ways_of_ring(one.groups, machines);
    case fault_kind::jam:
      return ways_between(one.from, all_of(machines));
    case fault_kind::crash:
    case fault_kind::reboot:
    case fault_kind::leave:
    case fault_kind::blackout:
    case fault_kind::pause:
    case fault_kind::suspend:
    case fault_kind::slow:
    case fault_kind::late:
    case fault_kind::twin:
    case fault_kind::swizzle:
    case fault_kind::squeeze:
    case fault_kind::storm:
    case fault_kind::drift:
    case fault_kind::wall_step:
    case fault_kind::strobe:
      break;
  }
  return {};
}

// A swizzle cuts off all in the first half of its time and lets them in again in the second.
std::uint32_t turns_of(const fault& one) {
  if (one.kind == fault_kind::swizzle) {
    return static_cast<std::uint32_t>(2 * one.groups.size());
  }
  if ((one.kind == fault_kind::flap || one.kind == fault_kind::strobe) && one.step > duration(0)) {
    return static_cast<std::uint32_t>((one.ends - one.begins) / one.step);
  }
  return 0;
}

}  // namespace conclave::sim
