// What the map of round trips says: how far two are, and whom to name as voters for the shortest
// way to a majority of them.
#include "lock/roster.hpp"
#include "membership/network_position.hpp"

#include <conclave/network_coordinate.hpp>

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <stdexcept>

namespace conclave {

namespace {

using placed = std::vector<const member*>;

// For all members together, what the nearer majority of these voters takes.
std::chrono::nanoseconds cost_of(const placed& all, const placed& voters) {
  std::chrono::nanoseconds sum{};
  std::vector<std::chrono::nanoseconds> ways(voters.size());
  const std::size_t last_of_quorum = voters.size() / 2;
  for (const member* each : all) {
    std::ranges::transform(voters, ways.begin(), [&](const member* voter) {
      return voter == each ? std::chrono::nanoseconds(0)
                           : round_trip_between(*each->coordinate, *voter->coordinate);
    });
    const auto quorum = ways.begin() + static_cast<std::ptrdiff_t>(last_of_quorum);
    std::ranges::nth_element(ways, quorum);
    sum += *quorum;
  }
  return sum;
}

// Puts the best of all others there. False when it is there already.
bool improve(const placed& all, placed& voters, std::size_t place) {
  const member* const before = voters[place];
  const member* best = before;
  std::chrono::nanoseconds least = cost_of(all, voters);
  for (const member* each : all) {
    if (std::ranges::find(voters, each) == voters.end()) {
      voters[place] = each;
      if (const auto cost = cost_of(all, voters); cost < least) {
        least = cost;
        best = each;
      }
      voters[place] = before;
    }
  }
  voters[place] = best;
  return best != before;
}

}  // namespace

std::chrono::nanoseconds round_trip_between(const network_coordinate& one,
                                            const network_coordinate& other) noexcept {
  return core::network_position::round_trip_between(one, other);
}

std::vector<std::string> suggest_voters(std::span<const member> members, std::size_t count) {
  if (count == 0 || count > core::voters_max) {
    throw std::invalid_argument(
        fmt::format("{} voters: there must be 1 to {} of them", count, core::voters_max));
  }
  placed all;
  for (const member& each : members) {
    if (each.status == member_status::alive && each.coordinate && each.coordinate->known()) {
      all.push_back(&each);
    }
  }
  placed voters;
  for (std::size_t i = 0; i < std::min(count, all.size()); ++i) {
    voters.push_back(all[i]);
  }
  bool better = !voters.empty() && voters.size() < all.size();
  while (better) {
    better = false;
    for (std::size_t place = 0; place < voters.size(); ++place) {
      better = improve(all, voters, place) || better;
    }
  }
  std::vector<std::string> names;
  for (const member* each : voters) {
    names.push_back(each->name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace conclave
