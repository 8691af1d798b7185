// Intervals of belief.
#include "sim/checks/beliefs.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace conclave::sim {

std::optional<belief> beliefs::begin(belief fresh) {
  core::check(find(fresh.who) == nullptr, "a request is granted once");
  std::optional<belief> overlapped = other(fresh, fresh.since);
  open_.push_back(std::move(fresh));
  return overlapped;
}

std::optional<belief> beliefs::extend(const holder& who, true_time at, true_time until) {
  belief* mine = find(who);
  core::check(mine != nullptr, "only who holds extends");
  mine->until = std::max(mine->until, until);
  return other(*mine, at);
}

void beliefs::shorten(const holder& who, true_time until) {
  if (belief* mine = find(who); mine != nullptr) {
    mine->until = std::min(mine->until, until);
  }
}

void beliefs::share(const holder& who, true_time at) {
  if (belief* mine = find(who); mine != nullptr) {
    mine->shared_from = std::min(mine->shared_from, at);
  }
}

void beliefs::end(const holder& who) {
  std::erase_if(open_, [&](const belief& one) { return one.who == who; });
}

void beliefs::end_all(machine_index machine) {
  std::erase_if(open_, [&](const belief& one) { return one.who.machine == machine; });
}

std::vector<belief>& beliefs::open(true_time now) {
  std::erase_if(open_, [&](const belief& one) { return one.until <= now; });
  return open_;
}

belief* beliefs::find(const holder& who) {
  const auto found = std::ranges::find(open_, who, &belief::who);
  return found == open_.end() ? nullptr : &*found;
}

std::optional<belief> beliefs::other(const belief& mine, true_time at) const {
  const auto found = std::ranges::find_if(open_, [&](const belief& one) {
    return one.lock == mine.lock && one.who != mine.who && one.until > at && mine.excludes(one, at);
  });
  return found == open_.end() ? std::nullopt : std::optional(*found);
}

}  // namespace conclave::sim
