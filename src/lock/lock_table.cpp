// Locks of a voter by name, and forgetting the idle ones.
#include "lock/lock_table.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <bitset>
#include <functional>
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

const lent_vote* lock_state::find_slot(permit_slot slot) const {
  const auto found =
      std::ranges::find_if(lent, [&](const lent_vote& one) { return one.to.slot == slot; });
  return found == lent.end() ? nullptr : &*found;
}

permit_slot lock_state::slot_for(const wanted& one) const {
  if (one.mode != lock_mode::permit) {
    const bool beside = one.mode == lock_mode::shared && !lent.empty();
    return lent.empty() || (beside && lent.front().to.mode == one.mode) ? only_slot : any_slot;
  }
  if (lent.size() >= one.permits || waits_for_its_slot(one)) {
    return any_slot;
  }
  // Not the lowest: where all voters lend the lowest ones to others, nobody would ever hear of one
  // above them that is free.
  std::bitset<permits_max + 1> in_use;  // a search for each would be slow where there are many
  for (const lent_vote& each : lent) {
    in_use.set(each.to.slot);
  }
  permit_slot next = std::max(one.slot, only_slot);
  while (in_use.test(next)) {
    next = next % one.permits + 1;
  }
  return next;
}

// Who came earlier goes first, but nobody gives back what is in use.
bool lock_state::goes_before(const wanted& one, const lent_vote& other) {
  return !other.to.holds && one.ticket < other.to.ticket;
}

// Who would rather have one that another has gets another free one, unless it goes before that one,
// or holds that one already, by the votes of others.
bool lock_state::waits_for_its_slot(const wanted& one) const {
  const lent_vote* other = one.slot == any_slot ? nullptr : find_slot(one.slot);
  return other != nullptr && (one.holds || goes_before(one, *other));
}

bool lock_state::wants(const wanted& one, const lent_vote& other) const {
  if (one.mode != lock_mode::permit) {
    return true;
  }
  const bool would_do =
      waits_for_its_slot(one) ? one.slot == other.to.slot : lent.size() >= one.permits;
  return would_do && goes_before(one, other);
}

const wanted* lock_state::first_that_wants(const lent_vote& other) const {
  for (const wanted& one : queue) {
    if (wants(one, other)) {
      return &one;
    }
    if (one.mode != lock_mode::permit || other.to.ticket < one.ticket) {
      break;
    }
  }
  return nullptr;
}

std::uint32_t lock_state::permits() const {
  if (!lent.empty()) {
    return lent.front().to.permits;
  }
  return queue.empty() ? 0 : queue.front().permits;
}

ballot lock_state::greatest_used() const {
  ballot greatest = floor;
  for (const lent_vote& one : lent) {
    greatest = std::max(greatest, one.last_token());
  }
  return greatest;
}

wanted* lock_state::find_waiting(const node_boot& who, request_id request) {
  return const_cast<wanted*>(std::as_const(*this).find_waiting(who, request));
}

const wanted* lock_state::find_waiting(const node_boot& who, request_id request) const {
  const auto found =
      std::ranges::find_if(queue, [&](const wanted& one) { return one.is(who, request); });
  return found == queue.end() ? nullptr : &*found;
}

void lock_state::enqueue(const wanted& request) {
  const auto after = std::ranges::upper_bound(queue, request.ticket, {}, &wanted::ticket);
  queue.insert(after, request);
}

lock_table::sought lock_table::seek(std::string_view name) const {
  return {.name = name,
          .hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(name)),
          .where = &slots_};
}

lock_slot lock_table::find_or_add(const lock_name& name) {
  const sought by = seek(name);
  if (const auto found = by_name_.find(by); found != by_name_.end()) {
    return found->slot;
  }
  auto slot = static_cast<lock_slot>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  lock_state& fresh = slots_[slot];
  fresh = {};
  fresh.name.assign(name.data(), name.size());
  fresh.floor = base_;
  by_name_.insert({.slot = slot, .hash = by.hash});
  return slot;
}

std::optional<lock_slot> lock_table::find(const lock_name& name) const {
  const auto found = by_name_.find(seek(name));
  return found == by_name_.end() ? std::nullopt : std::optional(found->slot);
}

void lock_table::note_idle(lock_slot slot, instant now) {
  lock_state& state = slots_[slot];
  check(state.idle(), "only an unused lock is idle");
  if (std::exchange(state.idle_since, now) == never) {
    watched_.push_back({.slot = slot, .look_at = now + lock_idle_max});
  }
}

void lock_table::forget_idle(instant now) {
  while (next_deadline() <= now) {
    const lock_slot slot = watched_.front().slot;
    watched_.pop_front();
    lock_state& state = slots_[slot];
    if (!state.idle()) {
      state.idle_since = never;
    } else if (now - state.idle_since < lock_idle_max) {
      watched_.push_back({.slot = slot, .look_at = now + lock_idle_max});
    } else {
      raise_base(state.floor);
      by_name_.erase({.slot = slot, .hash = seek(state.name_view()).hash});
      state = {};
      free_.push_back(slot);
    }
  }
}

instant lock_table::next_deadline() const {
  return watched_.empty() ? never : watched_.front().look_at;
}

}  // namespace conclave::core
