// Locks of a voter by name, and forgetting the idle ones.
#include "lock/lock_table.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

namespace {

constexpr duration lock_idle_max = std::chrono::seconds(10);

}  // namespace

bool lock_state::involves(const node_boot& who) const {
  return std::ranges::any_of(lent, [&](const lent_vote& one) { return one.to.who == who; }) ||
         std::ranges::any_of(queue, [&](const wanted& one) { return one.who == who; });
}

lent_vote* lock_state::find_lent(const node_boot& who, request_id request) {
  return const_cast<lent_vote*>(std::as_const(*this).find_lent(who, request));
}

const lent_vote* lock_state::find_lent(const node_boot& who, request_id request) const {
  const auto found =
      std::ranges::find_if(lent, [&](const lent_vote& one) { return one.to.is(who, request); });
  return found == lent.end() ? nullptr : &*found;
}

ballot lock_state::greatest_used() const {
  ballot greatest = floor;
  for (const lent_vote& one : lent) {
    greatest = std::max(greatest, one.last_token());
  }
  return greatest;
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
  lock_state& state = slots_[slot];
  check(state.idle(), "only an unused lock is idle");
  state.idle_since = now;
  if (!std::exchange(state.watched, true)) {
    watched_.push_back({.slot = slot, .look_at = now + lock_idle_max});
  }
}

void lock_table::forget_idle(instant now) {
  while (next_deadline() <= now) {
    const lock_slot slot = watched_.front().slot;
    watched_.pop_front();
    lock_state& state = slots_[slot];
    if (!state.idle()) {
      state.watched = false;
    } else if (now - state.idle_since < lock_idle_max) {
      watched_.push_back({.slot = slot, .look_at = now + lock_idle_max});
    } else {
      raise_base(state.floor);
      by_name_.erase(state.name);
      state = {};
      free_.push_back(slot);
    }
  }
}

instant lock_table::next_deadline() const {
  return watched_.empty() ? never : watched_.front().look_at;
}

}  // namespace conclave::core
