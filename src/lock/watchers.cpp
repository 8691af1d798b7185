// Who watches what.
#include "lock/watchers.hpp"

#include <algorithm>

namespace conclave::core {

bool watchers::add(const lock_name& lock, const node_boot& who, instant now) {
  const instant until = saturating_add(now, lasts);
  if (const auto found = by_lock_.find(lock); found != by_lock_.end()) {
    const auto known = std::ranges::find(found->second, who, &watcher::who);
    if (known != found->second.end()) {
      known->until = until;
      return true;
    }
  }
  if (count_ >= all_max) {
    forget_all(now);
  }
  if (count_ >= all_max) {
    return false;
  }
  by_lock_[lock].push_back({.who = who, .until = until});
  ++count_;
  return true;
}

void watchers::note_change(std::string_view lock) {
  const bool is_news = std::ranges::find(changed_, lock) == changed_.end();
  if (is_news && by_lock_.contains(lock_name(lock))) {
    changed_.emplace_back(lock);
  }
}

void watchers::forget(const lock_name& lock, instant now) {
  const auto found = by_lock_.find(lock);
  if (found == by_lock_.end()) {
    return;
  }
  count_ -= std::erase_if(found->second, [&](const watcher& one) { return one.until <= now; });
  if (found->second.empty()) {
    by_lock_.erase(found);
  }
}

// In whatever order: nothing is said.
void watchers::forget_all(instant now) {
  count_ = 0;
  boost::unordered::erase_if(by_lock_, [&](auto& entry) {
    std::erase_if(entry.second, [&](const watcher& one) { return one.until <= now; });
    count_ += entry.second.size();
    return entry.second.empty();
  });
}

void watchers::add_to(digest& sum) const {
  std::vector<lock_name> names;
  for (const auto& [lock, all] : by_lock_) {
    names.push_back(lock);
  }
  std::ranges::sort(names);
  sum.add_all(count_, names.size(), changed_.size());
  for (const lock_name& name : names) {
    sum.add(name);
    for (const auto& [who, until] : by_lock_.at(name)) {
      sum.add(who);
      sum.add(until);
    }
  }
  for (const lock_name& name : changed_) {
    sum.add(name);
  }
}

}  // namespace conclave::core
