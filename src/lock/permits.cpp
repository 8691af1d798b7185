// Which permit of a semaphore a candidate has (docs/protocol.md, "Permits"). A permit is a slot,
// and a quorum has to lend one and the same: where the voters lent different ones, it keeps the one
// that most of them lent and asks the others for that.
#include "lock/candidate.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

namespace {

// The slot that most running votes are for, the lowest of those. Not one that was chosen before and
// not had; any_slot when there is no other.
permit_slot most_lent(const attempt& one, const voter_views& views, instant now) {
  permit_slot best = any_slot;
  std::ptrdiff_t most = 0;
  for (const vote_record& vote : one.votes) {
    if (!vote.ballot || std::ranges::find(one.avoided, vote.slot) != one.avoided.end()) {
      continue;
    }
    std::ptrdiff_t votes = 0;
    for (std::size_t i = 0; i < one.votes.size(); ++i) {
      votes += one.votes[i].slot == vote.slot && one.counts(one.votes[i], views.at(i), now) ? 1 : 0;
    }
    if (votes > most || (votes == most && votes > 0 && vote.slot < best)) {
      most = votes;
      best = vote.slot;
    }
  }
  return best;
}

// The slot that a quorum lends; any_slot when it lends none. Where the ballots differ it is asked
// for one ballot, and has the slot nevertheless: who gave it up before the answers are back would
// go from slot to slot for ever where the way to the voters is long.
permit_slot lent_by_quorum(const attempt& one, const voter_roster& roster, const voter_views& views,
                           instant now) {
  for (const vote_record& tried : one.votes) {
    if (tried.ballot && quorum_lends(tried.slot, one, roster, views, now)) {
      return tried.slot;
    }
  }
  return any_slot;
}

}  // namespace

// True when this vote is for another slot than the one that is wanted, and was dealt with. It is
// given back. Once: a voter that then still lends another has the one lent to somebody else. To who
// says that it holds one it lends no other.
bool candidate::is_other_slot(entry one, std::size_t voter, const vote& lent, lock_step& step) {
  attempt& it = one->second;
  if (lent.slot < only_slot || lent.slot > std::max<std::uint32_t>(it.options.permits, only_slot)) {
    return true;  // no honest voter says that
  }
  if (it.slot == any_slot || lent.slot == it.slot) {
    return false;
  }
  if (it.votes[voter].asked_slot == it.wished_slot() && !it.held()) {
    return false;  // it counts against the choice
  }
  give_back(one, voter, lent.ballot, step);
  return true;
}

// With every change of its votes while it asks.
void candidate::look_at_slots(entry one, lock_step& step) {
  const attempt& it = one->second;
  if (const permit_slot had = lent_by_quorum(it, roster_, views_, step.now); had != any_slot) {
    if (had != it.slot) {
      choose(one, had, step);
    }
    return;
  }
  if (it.slot == any_slot && quorum_has_voted(it, roster_, views_, step.now)) {
    choose(one, most_lent(it, views_, step.now), step);
  } else if (it.slot != any_slot && !slot_is_possible(it, roster_, views_, step.now)) {
    choose_another(one, step);
  }
}

// Those who could lend it may be gone after a while, or lend others. When all slots were tried it
// tries again sooner, but not at once: two that are each in the other's way would go on without
// end.
void candidate::choose(entry one, permit_slot slot, lock_step& step) {
  attempt& it = one->second;
  if (slot != any_slot) {
    ++counters_.slots_chosen;
    settle_on(one, slot, step);
  }
  const instant again = slot == any_slot
                            ? std::min(it.choose_at, step.now + settings_.lease_ttl / 8)
                            : step.now + settings_.lease_ttl;
  if (again != std::exchange(it.choose_at, again)) {
    give_ups_.schedule(again, one->first);
  }
}

void candidate::choose_another(entry one, lock_step& step) {
  attempt& it = one->second;
  if (std::ranges::find(it.avoided, it.slot) == it.avoided.end()) {
    ++counters_.slots_avoided;
    it.avoided.push_back(it.slot);
  }
  if (quorum_has_voted(it, roster_, views_, step.now)) {
    choose(one, most_lent(it, views_, step.now), step);
    return;
  }
  it.slot = any_slot;
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    if (!it.votes[voter].ballot && it.votes[voter].asked_slot != any_slot) {
      ask(one, voter, step);  // whichever is free
    }
  }
}

void candidate::choose_anew(entry one, lock_step& step) {
  attempt& it = one->second;
  it.choose_at = never;
  it.avoided.clear();
  for (vote_record& each : it.votes) {
    each.asked_slot = any_slot;  // what was not to be had there may be by now
  }
  if (const permit_slot had = lent_by_quorum(it, roster_, views_, step.now); had != any_slot) {
    await_others(one, had, step);
    settle_on(one, had, step);
    return;
  }
  if (it.slot != any_slot) {
    choose_another(one, step);
  }
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    if (!it.votes[voter].ballot) {
      ask(one, voter, step);  // it may wait for one that was wanted before
    }
  }
  count(one, step);
}

// It has its slot, and waits for those that are asked for together with it, or for equal ballots.
// What it has of other slots may be what one of them is waiting for.
void candidate::await_others(entry one, permit_slot slot, lock_step& step) {
  attempt& it = one->second;
  if (it.options.mode != lock_mode::permit || it.held() || it.choose_at != never) {
    return;
  }
  it.slot = slot;
  it.choose_at = step.now + settings_.lease_ttl / 8;
  give_ups_.schedule(it.choose_at, one->first);
}

void candidate::settle_on(entry one, permit_slot slot, lock_step& step) {
  one->second.slot = slot;
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    settle_at(one, voter, step);
  }
}

void candidate::settle_at(entry one, std::size_t voter, lock_step& step) {
  attempt& it = one->second;
  const vote_record& record = it.votes[voter];
  const bool knows = record.asked_slot == it.wished_slot();
  if (record.ballot && record.slot != it.slot && (it.held() || !knows)) {
    give_back(one, voter, record.ballot, step);
  } else if (!record.ballot && record.asked_slot != any_slot && !knows) {
    ask(one, voter, step);
  }
}

}  // namespace conclave::core
