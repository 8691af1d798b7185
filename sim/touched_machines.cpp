// Where faults are.
#include "sim/touched_machines.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace conclave::sim {

namespace {

machine_set most_closed_off(const ways& closed, std::uint32_t machines) {
  std::array<int, machines_max> lost{};
  for (machine_index from = 0; from < machines; ++from) {
    const machine_set to = closed[from] & all_of(machines);
    lost[from] += std::popcount(to);
    for (machine_index each = 0; each < machines; ++each) {
      lost[each] += contains(to, each) ? 1 : 0;
    }
  }
  const int most = *std::ranges::max_element(lost);
  machine_set found = 0;
  for (machine_index each = 0; each < machines; ++each) {
    found |= lost[each] == most ? machine_set{1} << each : 0;
  }
  return found;
}

}  // namespace

machine_set touched_machines(const fault& one, machine_index met, std::uint32_t machines) {
  switch (one.kind) {
    case fault_kind::crash:
    case fault_kind::reboot:
    case fault_kind::leave:
    case fault_kind::pause:
    case fault_kind::suspend:
    case fault_kind::slow:
    case fault_kind::late:
    case fault_kind::twin:
    case fault_kind::drift:
    case fault_kind::wall_step:
    case fault_kind::strobe:
      return machine_set{1} << met;
    case fault_kind::blackout:
    case fault_kind::jam:
    case fault_kind::squeeze:
    case fault_kind::sieve:
      return one.from & all_of(machines);
    case fault_kind::split:
    case fault_kind::isolate:
    case fault_kind::cut:
    case fault_kind::bridge:
    case fault_kind::ring:
    case fault_kind::flap:
      return most_closed_off(ways_closed_by(one, machines), machines);
    case fault_kind::swizzle:
    case fault_kind::storm:
      return all_of(machines);
  }
  return 0;
}

}  // namespace conclave::sim
