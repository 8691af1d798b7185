// Locks of a voter by name, and forgetting the idle ones.
#include "lock/lock_table.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace conclave::core {

namespace {

constexpr duration lock_idle_max = std::chrono::seconds(10);

}  // namespace

bool lock_state::involves(const node_boot& who) const {
  return (lent && lent->to.who == who) ||
         std::ranges::any_of(queue, [&](const wanted& one) { return one.who == who; });
}

wanted* lock_state::find_waiting(const node_boot& who, request_id request) {
  const auto found =
      std::ranges::find_if(queue, [&](const wanted& one) { return one.is(who, request); });
  return found == queue.end() ? nullptr : &*found;
}

void lock_state::enqueue(const wanted& request) {
  const auto after = std::ranges::upper_bound(queue, request.ticket, {}, &wanted::ticket);
  queue.insert(after, request);
}

lock_slot lock_table::find_or_add(const lock_name& name) {
  const auto [entry, added] = by_name_.try_emplace(name, lock_slot{});
  if (!added) {
    return entry->second;
  }
  if (free_.empty()) {
    entry->second = static_cast<lock_slot>(slots_.size());
    slots_.emplace_back();
  } else {
    entry->second = free_.back();
    free_.pop_back();
  }
  lock_state& fresh = slots_[entry->second];
  fresh = {};
  fresh.name = name;
  fresh.floor = base_;
  return entry->second;
}

std::optional<lock_slot> lock_table::find(const lock_name& name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

void lock_table::note_idle(lock_slot slot, instant now) {
  check(slots_[slot].idle(), "only an unused lock is idle");
  slots_[slot].idle_since = now;
  idle_.push_back({.slot = slot, .since = now});
}

void lock_table::forget_idle(instant now) {
  while (!idle_.empty() && idle_.front().since + lock_idle_max <= now) {
    const idle_entry oldest = idle_.front();
    idle_.pop_front();
    lock_state& state = slots_[oldest.slot];
    // An entry of a lock that was used since is stale: a later entry stands for it.
    if (state.name.empty() || !state.idle() || state.idle_since != oldest.since) {
      continue;
    }
    raise_base(state.floor);
    by_name_.erase(state.name);
    state = {};
    free_.push_back(oldest.slot);
  }
}

instant lock_table::next_deadline() const {
  return idle_.empty() ? never : idle_.front().since + lock_idle_max;
}

}  // namespace conclave::core
