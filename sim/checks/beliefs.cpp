// Intervals of belief.
#include "sim/checks/beliefs.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace conclave::sim {

std::optional<belief> beliefs::begin(const holder& who, core::request_id asked_as, lock_index lock,
                                     true_time at, true_time until) {
  core::check(find(who) == nullptr, "a request is granted once");
  std::optional<belief> overlapped = other(who, lock, at);
  belief fresh;
  fresh.who = who;
  fresh.asked_as = asked_as;
  fresh.lock = lock;
  fresh.since = at;
  fresh.until = until;
  open_.push_back(std::move(fresh));
  return overlapped;
}

std::optional<belief> beliefs::extend(const holder& who, true_time at, true_time until) {
  belief* mine = find(who);
  core::check(mine != nullptr, "only who holds extends");
  mine->until = std::max(mine->until, until);
  return other(who, mine->lock, at);
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

std::optional<belief> beliefs::other(const holder& who, lock_index lock, true_time at) const {
  const auto found = std::ranges::find_if(open_, [&](const belief& one) {
    return one.lock == lock && one.who != who && one.until > at;
  });
  return found == open_.end() ? std::nullopt : std::optional(*found);
}

}  // namespace conclave::sim
