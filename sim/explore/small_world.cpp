// The worlds that have a name.
#include "sim/explore/small_world.hpp"

#include <algorithm>

namespace conclave::sim {

namespace {

// Two of the three voters are candidates: no world with two candidates has fewer nodes.
std::vector<small_node> three(std::uint32_t first_asks, std::uint32_t second_asks) {
  return {{.name = "n1", .asks = first_asks}, {.name = "n2", .asks = second_asks}, {.name = "n3"}};
}

// Three voters that only vote, and two candidates apart from them.
std::vector<small_node> five(std::uint32_t first_asks, std::uint32_t second_asks) {
  return {{.name = "n1"},
          {.name = "n2"},
          {.name = "n3"},
          {.name = "c1", .votes = false, .asks = first_asks},
          {.name = "c2", .votes = false, .asks = second_asks}};
}

// Those that ask share what they get, but for the second.
std::vector<small_node> sharing(std::vector<small_node> nodes) {
  for (small_node& one : nodes) {
    one.shares = one.name != nodes[1].name;
  }
  return nodes;
}

// The clocks as far apart as they may be: those of candidates slow, those of voters fast.
std::vector<small_node> skewed(std::vector<small_node> nodes) {
  for (small_node& one : nodes) {
    one.ahead_ppm = one.asks > 0 ? -4'999 : 4'999;
  }
  return nodes;
}

}  // namespace

const std::vector<small_world>& small_worlds() {
  static const std::vector<small_world> all{
      {.name = "smallest",
       .about = "2 of 3 voters ask once, and unlock when all is quiet",
       .nodes = three(1, 1),
       .lets_go = letting_go::when_quiet},
      {.name = "apart",
       .about = "3 voters, 2 candidates apart from them; who gets the lock keeps it",
       .nodes = five(1, 1),
       .lets_go = letting_go::never},
      {.name = "twice",
       .about = "one of the two asks twice",
       .nodes = three(2, 1),
       .lets_go = letting_go::when_quiet},
      {.name = "unlocks",
       .about = "users unlock at any time, and 1 frame overtakes another of its way",
       .nodes = three(1, 1),
       .faults = {.overtakings = 1},
       .in_order = true},
      {.name = "cancels",
       .about = "users may give up while they wait, and one asks twice",
       .nodes = three(2, 1),
       .lets_go = letting_go::when_quiet,
       .in_order = true,
       .cancels = true},
      {.name = "tries",
       .about = "users only try",
       .nodes = three(1, 1),
       .lets_go = letting_go::when_quiet,
       .waits = false},
      {.name = "shared",
       .about = "two share the lock, and a third wants it alone",
       .nodes = sharing(
           {{.name = "n1", .asks = 1}, {.name = "n2", .asks = 1}, {.name = "n3", .asks = 1}}),
       .lets_go = letting_go::when_quiet,
       .in_order = true},
      {.name = "kept",
       .about = "what nobody uses is kept; one of the two asks twice",
       .nodes = three(2, 1),
       .lets_go = letting_go::when_quiet,
       .in_order = true,
       .span = 4,
       .keeps = true},
      {.name = "permits",
       .about = "two permits, and three ask for one",
       .nodes = {{.name = "n1", .asks = 1}, {.name = "n2", .asks = 1}, {.name = "n3", .asks = 1}},
       .lets_go = letting_go::when_quiet,
       .in_order = true,
       .permits = 2},
      {.name = "tokens",
       .about = "each acquisition is for 2 tokens, and more are asked for",
       .nodes = three(2, 1),
       .lets_go = letting_go::when_quiet,
       .in_order = true,
       .span = 2,
       .tokens = 3},
      {.name = "crash",
       .about = "a voter crashes and starts again, knowing nothing",
       .nodes = three(1, 1),
       .faults = {.crashes = 1},
       .lets_go = letting_go::when_quiet,
       .in_order = true},
      {.name = "partition",
       .about = "one machine is cut off, or hears nothing, or is not heard",
       .nodes = three(1, 1),
       .faults = {.partitions = 1},
       .lets_go = letting_go::when_quiet,
       .in_order = true},
      {.name = "duplicate",
       .about = "3 voters, 2 candidates apart from them; 1 frame arrives twice",
       .nodes = five(1, 1),
       .faults = {.duplicates = 1},
       .lets_go = letting_go::when_quiet,
       .in_order = true},
      {.name = "late-copy",
       .about = "users unlock at any time; 1 frame arrives twice, however late",
       .nodes = three(1, 1),
       .faults = {.duplicates = 1},
       .in_order = true},
      {.name = "pause",
       .about = "the clocks are as far apart as they may be, and half a lease goes by",
       .nodes = skewed(three(1, 1)),
       .faults = {.pauses = 1},
       .lets_go = letting_go::when_quiet,
       .in_order = true},
      {.name = "lapse",
       .about = "a lease goes by, and somebody is late with the timer",
       .nodes = skewed(three(1, 1)),
       .faults = {.lapses = 1},
       .lets_go = letting_go::when_quiet,
       .in_order = true},
      {.name = "silence",
       .about = "a lease goes by, while one machine may be cut off",
       .nodes = three(1, 1),
       .faults = {.partitions = 1, .lapses = 1},
       .lets_go = letting_go::when_quiet,
       .in_order = true},
      {.name = "restart",
       .about = "a voter crashes, and a lease goes by: it lends again; one user asks twice",
       .nodes = three(2, 1),
       .faults = {.crashes = 1, .lapses = 1},
       .lets_go = letting_go::when_quiet,
       .in_order = true},
  };
  return all;
}

const small_world* find_small_world(std::string_view name) {
  const auto found = std::ranges::find(small_worlds(), name, &small_world::name);
  return found == small_worlds().end() ? nullptr : &*found;
}

}  // namespace conclave::sim
