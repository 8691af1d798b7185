// The voter's rules.
#include "lock/voter.hpp"

#include "base/check.hpp"

#include <algorithm>

namespace conclave::core {

voter::voter(node_boot self, const voter_roster& roster, bool abstains, lamport_time lamport,
             std::size_t requests_per_session_max)
    : self_(self),
      lease_ttl_max_(roster.lease_ttl_max),
      abstains_(abstains),
      requests_per_session_max_(requests_per_session_max),
      locks_(ballot{lamport.value}) {}

void voter::extend_session(const node_boot& candidate, duration ttl, instant anchor, instant now) {
  check(ttl > duration(0) && ttl <= lease_ttl_max_, "a session is within the roster's lease");
  if (stopped_) {
    return;
  }
  const auto [entry, opened] = sessions_.try_emplace(candidate);
  session& one = entry->second;
  if (opened) {
    last_generation_ = last_generation_.next();
    one.generation = one.opened_as = last_generation_;
    ++counters_.sessions_opened;
    lapses_.schedule(now + ttl, candidate);
  }
  one.until = std::max(one.until, now + ttl);
  one.heard_at = now;
  one.covered_anchor = std::max(one.covered_anchor, anchor);
}

const session* voter::find_session(const node_boot& candidate) const {
  const auto found = sessions_.find(candidate);
  return found == sessions_.end() ? nullptr : &found->second;
}

session* voter::find_mutable(const node_boot& candidate) {
  const auto found = sessions_.find(candidate);
  return found == sessions_.end() ? nullptr : &found->second;
}

// The sender's Lamport time came with the frame and was observed before its messages: a number
// above it is one that no honest candidate can have.
bool voter::in_bounds(const node_boot& from, const request& asked, const lock_step& step) const {
  const bool counts = (asked.mode == lock_mode::permit) == (asked.permits > 0) &&
                      asked.permits <= permits_max && asked.slot <= asked.permits &&
                      asked.lease >= duration(0) && asked.lease <= lease_ttl_max_;
  return counts && !asked.lock.empty() && asked.lock.size() <= text_max && asked.span >= 1 &&
         asked.span <= span_max && asked.ticket.node == from.node && asked.ticket.request &&
         asked.ticket.time <= step.lamport.time() &&
         asked.min_ballot.value <= step.lamport.time().value;
}

void voter::handle(const node_boot& from, const request& asked, lock_step& step) {
  session* borrower = find_mutable(from);
  if (stopped_ || borrower == nullptr) {
    return;  // the candidate asks again when it sees its session opened
  }
  if (!in_bounds(from, asked, step)) {
    ++counters_.requests_refused;
    return;
  }
  const lock_slot slot = locks_.find_or_add(asked.lock);
  lock_state& lock = locks_.at(slot);
  if (!lock.idle() && lock.permits() != asked.permits) {
    step.sends.push_back(
        {from,
         mismatch{.lock = asked.lock, .request = asked.ticket.request, .permits = lock.permits()}});
    return;
  }
  if (lent_vote* lent = lock.find_lent(from, asked.ticket.request); lent != nullptr) {
    confirm(slot, *lent, asked, step);
    return;
  }
  if (wanted* waiting = lock.find_waiting(from, asked.ticket.request); waiting != nullptr) {
    waiting->min_ballot = std::max(waiting->min_ballot, asked.min_ballot);
    waiting->mode = std::max(waiting->mode, asked.mode);
    if (asked.holds || !waiting->holds) {  // else it is a late copy
      waiting->slot = asked.slot;
      waiting->holds = asked.holds;
    }
    lend_next(slot, step);
    recall_for_queue(slot, step);
    return;
  }
  const bool is_first = lock.queue.empty() || asked.ticket < lock.queue.front().ticket;
  const wanted fresh{.who = from,
                     .ticket = asked.ticket,
                     .min_ballot = asked.min_ballot,
                     .span = asked.span,
                     .mode = asked.mode,
                     .keeps = asked.keeps,
                     .holds = asked.holds,
                     .slot = asked.slot,
                     .permits = static_cast<std::uint16_t>(asked.permits)};
  // Of permits none is free while somebody waits for any.
  const bool in_order = is_first || asked.mode == lock_mode::permit;
  const bool lends_now = lock.admits(fresh) && in_order && !abstains();
  const bool too_many = borrower->requests >= requests_per_session_max_;
  // Who does not wait may still have what nobody uses: it waits for the answer to a recall.
  const bool may_be_unused =
      !lock.lent.empty() && lock.lent.front().to.keeps && is_first && !too_many;
  if (too_many || (!lends_now && !asked.wait)) {
    counters_.requests_refused += too_many ? 1 : 0;
    step.sends.push_back(
        {from,
         busy{.lock = asked.lock, .request = asked.ticket.request, .recalled = may_be_unused}});
    if (lock.idle()) {
      locks_.note_idle(slot, step.now);
    }
    if (!may_be_unused) {
      return;
    }
  }
  counters_.withheld += abstains() ? 1 : 0;
  ++borrower->requests;
  borrower->locks.insert(slot);
  if (asked.lease > duration(0)) {
    note_lease(*borrower, from, asked, slot, step.now);
  }
  if (lends_now) {
    lend(slot, fresh, step);
  } else {
    lock.enqueue(fresh);
    recall_for_queue(slot, step);
  }
}

// Asked again for what it already has: to hear it again, at a greater ballot, or to share it from
// now on. What is shared once stays so: a late copy must not make it exclusive again.
void voter::confirm(lock_slot slot, lent_vote& lent, const request& asked, lock_step& step) {
  lock_state& lock = locks_.at(slot);
  lent.to.mode = std::max(lent.to.mode, asked.mode);
  lent.to.span = std::max(lent.to.span, asked.span);
  lent.to.keeps = asked.keeps;
  lent.to.holds = lent.to.holds || asked.holds;
  if (asked.min_ballot > lent.ballot) {
    // Above the floor it is by having been lent. What others have used beside it since does not
    // count: each voter would raise it to another one, as long as they come and go.
    lent.ballot = lent.to.rounded(asked.min_ballot);
    changes_hands(lock);
  }
  step.lamport.observe({lent.last_token().value});
  announce(slot, lent, step);
  lend_next(slot, step);
}

void voter::handle(const node_boot& from, const relinquish& given, lock_step& step) {
  const std::optional<lock_slot> slot = locks_.find(given.lock);
  session* borrower = find_mutable(from);
  if (stopped_ || !slot || borrower == nullptr) {
    return;
  }
  lock_state& lock = locks_.at(*slot);
  // That very ballot: a late copy must not take back what was lent again since.
  const lent_vote* lent = lock.find_lent(from, given.ticket.request);
  if (lent == nullptr || lent->ballot != given.ballot) {
    return;
  }
  wanted again = lent->to;
  again.holds = given.holds;
  again.slot = given.slot <= again.permits ? given.slot : any_slot;
  take_back(*slot, *lent, lent->last_token());
  if (given.waits) {
    lock.enqueue(again);
  } else {
    ended(*borrower, from, given.ticket.request, *slot, step.now);
  }
  lend_next(*slot, step);
  recall_for_queue(*slot, step);
}

void voter::handle(const node_boot& from, const release& done, lock_step& step) {
  session* borrower = find_mutable(from);
  if (stopped_ || borrower == nullptr || done.lock.empty() ||
      done.last_token.value > step.lamport.time().value) {
    return;
  }
  const lock_slot slot = locks_.find_or_add(done.lock);
  lock_state& lock = locks_.at(slot);
  const bool was_idle = lock.idle();
  lock.raise_floor(done.last_token);
  // By request, never by lock name alone: a late copy must not free a later request.
  if (const lent_vote* lent = lock.find_lent(from, done.request); lent != nullptr) {
    // The answer to a late VOTE or RECALL does not know what its request used, and it may overtake
    // the RELEASE that does.
    take_back(slot, *lent, done.last_token ? done.last_token : lent->last_token());
    ended(*borrower, from, done.request, slot, step.now);
    lend_next(slot, step);
  } else if (lock.erase_waiting([&](const wanted& one) { return one.is(from, done.request); }) >
             0) {
    ended(*borrower, from, done.request, slot, step.now);
    lend_next(slot, step);  // who shares need not wait for others that share
  } else if (was_idle) {
    locks_.note_idle(slot, step.now);
  }
}

// It waits here for whoever this vote is lent to. Of several that share it one is asked; another
// trail asks another. Permits are not followed: who waits for any of several is not stuck as long
// as one of those goes on.
void voter::handle(const node_boot& from, const wait_chase& asked, lock_step& step) const {
  const std::optional<lock_slot> slot = locks_.find(asked.lock);
  if (stopped_ || !slot) {
    return;
  }
  const lock_state& lock = locks_.at(*slot);
  const wanted* waits = lock.find_waiting(from, asked.request);
  if (waits == nullptr || lock.lent.empty() || lock.permits() > 0) {
    return;
  }
  wait_trail trail = asked.trail;
  const wanted& holder = lock.lent[trail.branch(lock.lent.size())].to;
  step.sends.push_back({holder.who, hold_chase{.lock = asked.lock,
                                               .request = holder.ticket.request,
                                               .waiter = waits->ticket,
                                               .trail = trail}});
}

// The vote comes free; nothing at or under `used` is lent again.
void voter::take_back(lock_slot slot, const lent_vote& lent, ballot used) {
  lock_state& lock = locks_.at(slot);
  lock.raise_floor(used);
  lock.lent.erase(lock.lent.begin() + (&lent - lock.lent.data()));
  changes_hands(lock);
}

void voter::ended(session& of, const node_boot& who, request_id request, lock_slot slot,
                  instant now) {
  check(of.requests > 0, "a session counts its requests");
  --of.requests;
  of.leases.erase({slot, request});
  lock_state& lock = locks_.at(slot);
  if (!lock.involves(who)) {
    of.locks.erase(slot);
  }
  if (lock.idle()) {
    locks_.note_idle(slot, now);
  }
}

void voter::lend_next(lock_slot slot, lock_step& step) {
  lock_state& lock = locks_.at(slot);
  std::size_t place = 0;
  while (place < lock.queue.size() && !abstains()) {
    const bool lends = lock.admits(lock.queue[place]);
    if (!lends && lock.lent.size() < lock.permits()) {
      ++place;  // it waits for one permit while others are free: those behind may have them
      continue;
    }
    if (!lends) {
      break;
    }
    const wanted first = lock.queue[place];
    lock.queue.erase(lock.queue.begin() + static_cast<std::ptrdiff_t>(place));
    lend(slot, first, step);
  }
}

void voter::lend(lock_slot slot, const wanted& to, lock_step& step) {
  lock_state& lock = locks_.at(slot);
  // Above all that may be in use, also of those beside whom it is lent.
  const ballot lowest = lock.greatest_used().next();
  const permit_slot free = lock.slot_for(to);
  lent_vote& lent = lock.lent.emplace_back();
  lent.to = to;
  lent.to.slot = free;
  lent.ballot = lent.to.rounded(std::max(to.min_ballot, lowest));
  step.lamport.observe({lent.last_token().value});
  ++counters_.votes_lent;
  changes_hands(lock);
  announce(slot, lent, step);
}

// Tells the borrower what it has, and that somebody waits for it. The two belong together: a
// recall that names an older ballot, or that overtakes its vote, would be lost on the borrower.
void voter::announce(lock_slot slot, lent_vote& lent, lock_step& step) {
  const lock_state& lock = locks_.at(slot);
  const session* borrower = find_session(lent.to.who);
  check(borrower != nullptr, "a vote is lent in a session");
  step.sends.push_back({lent.to.who, vote{.lock = lock_name(lock.name_view()),
                                          .request = lent.to.ticket.request,
                                          .ballot = lent.ballot,
                                          .generation = borrower->generation,
                                          .slot = lent.to.slot}});
  lent.recalled_for = {};
  recall_for_queue(slot, step);
}

void voter::recall_for_queue(lock_slot slot, lock_step& step) {
  lock_state& lock = locks_.at(slot);
  if (lock.queue.empty() || lock.admits(lock.queue.front())) {
    return;
  }
  for (lent_vote& lent : lock.lent) {
    const wanted* waiter = lock.first_that_wants(lent);
    if (waiter != nullptr && (!lent.recalled_for.request || waiter->ticket < lent.recalled_for)) {
      lent.recalled_for = waiter->ticket;
      step.sends.push_back({lent.to.who, recall{.lock = lock_name(lock.name_view()),
                                                .request = lent.to.ticket.request,
                                                .ballot = lent.ballot,
                                                .waiter = waiter->ticket}});
    }
  }
}

void voter::tick(lock_step& step) {
  if (stopped_) {
    return;
  }
  end_lapsed(step);
  locks_.forget_idle(step.now);
}

void voter::end_lapsed(lock_step& step) {
  instant when{};
  node_boot candidate;
  while (!stopped_ && lapses_.pop_due(step.now, when, candidate)) {
    session* one = find_mutable(candidate);
    check(one != nullptr, "a session lapses once");
    if (one->until <= step.now) {
      lapse(candidate, *one, step);
    } else {
      lapses_.schedule(one->until, candidate);
    }
  }
  end_leases(step);
}

// All votes and queue places of that boot come free together.
void voter::lapse(const node_boot& candidate, session& over, lock_step& step) {
  ++counters_.sessions_lapsed;
  std::vector<lock_slot> freed(over.locks.begin(), over.locks.end());
  std::ranges::sort(freed);
  sessions_.erase(candidate);
  for (const lock_slot slot : freed) {
    lock_state& lock = locks_.at(slot);
    lock.erase_waiting([&](const wanted& one) { return one.who == candidate; });
    for (std::size_t i = lock.lent.size(); i-- > 0;) {
      if (lock.lent[i].to.who == candidate) {
        take_back(slot, lock.lent[i], lock.lent[i].last_token());
      }
    }
    lend_next(slot, step);
    if (lock.idle()) {
      locks_.note_idle(slot, step.now);
    }
  }
}

void voter::end_abstention(lock_step& step) {
  abstains_ = false;
  const ballot floor{step.lamport.time().value};
  locks_.raise_base(floor);
  for (lock_slot slot = 0; slot < locks_.slots_end(); ++slot) {
    locks_.at(slot).raise_floor(floor);
    lend_next(slot, step);
  }
}

instant voter::next_deadline() const {
  if (stopped_) {
    return never;
  }
  return std::min({lapses_.next(), leases_due_.next(), locks_.next_deadline()});
}

void voter::stop() {
  stopped_ = true;
  sessions_.clear();
}

const lock_state* voter::find_lock(const lock_name& name) const {
  const std::optional<lock_slot> slot = locks_.find(name);
  return slot ? &locks_.at(*slot) : nullptr;
}

}  // namespace conclave::core
