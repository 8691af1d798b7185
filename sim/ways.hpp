// Sets of machines, and of the ways between them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::sim {

using machine_set = std::uint32_t;  // a bit for each machine
inline constexpr std::size_t machines_max = 32;

// For each machine, those that its datagrams are on their way to.
using ways = std::array<machine_set, machines_max>;

[[nodiscard]] constexpr machine_set all_of(std::uint32_t machines) {
  return static_cast<machine_set>((std::uint64_t{1} << machines) - 1);
}

[[nodiscard]] constexpr bool contains(machine_set set, std::uint32_t machine) {
  return (set >> machine & 1U) != 0;
}

// From the ones to the others.
[[nodiscard]] constexpr ways ways_towards(machine_set from, machine_set to) {
  ways found{};
  for (std::uint32_t i = 0; i < machines_max; ++i) {
    found[i] = contains(from, i) ? to & ~(machine_set{1} << i) : 0;
  }
  return found;
}

// Both ways.
[[nodiscard]] constexpr ways ways_between(machine_set part, machine_set other) {
  ways found = ways_towards(part, other);
  for (std::uint32_t i = 0; i < machines_max; ++i) {
    found[i] |= contains(other, i) ? part & ~(machine_set{1} << i) : 0;
  }
  return found;
}

// All but those on which some machine stands alone with itself.
[[nodiscard]] constexpr ways ways_except(const ways& open, machine_set all) {
  ways found{};
  for (std::uint32_t i = 0; i < machines_max; ++i) {
    found[i] = contains(all, i) ? all & ~open[i] & ~(machine_set{1} << i) : 0;
  }
  return found;
}

// Between any two of these groups.
[[nodiscard]] ways ways_between_groups(const std::vector<machine_set>& groups);

// All between machines of `order` but those to each one's nearest neighbours there, a ring of
// single machines: it sees so many on either side that with itself they are a majority, though no
// two need see the same one. Of up to three each sees all.
[[nodiscard]] ways ways_of_ring(const std::vector<machine_set>& order);

}  // namespace conclave::sim
