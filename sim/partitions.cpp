// The shapes in which a network comes apart.
#include "sim/schedule.hpp"

#include <algorithm>

namespace conclave::sim {

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
      return ways_of_ring(one.groups);
    case fault_kind::jam:
    case fault_kind::sieve:
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

bool closes_any(const fault& one, std::uint32_t machines) {
  const machine_set all = all_of(machines);
  if (one.kind == fault_kind::swizzle) {
    return machines > 1 &&
           std::ranges::any_of(one.groups, [&](machine_set each) { return (each & all) != 0; });
  }
  const ways closed = ways_closed_by(one, machines);
  for (machine_index from = 0; from < machines; ++from) {
    if ((closed[from] & all & ~(machine_set{1} << from)) != 0) {
      return true;
    }
  }
  return false;
}

bool meets_network(const fault& one, std::uint32_t machines) {
  const bool sends = one.kind == fault_kind::squeeze || one.kind == fault_kind::storm;
  return sends ? machines > 1 : closes_any(one, machines);
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
