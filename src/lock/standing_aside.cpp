// A candidate that can reach no quorum does not keep votes from others who can.
#include "lock/candidate.hpp"

namespace conclave::core {

// Votes for it would count. With a lease of its own that is as short as the way to the voters they
// never do, though the voters are heard.
bool candidate::reaches_quorum(const attempt& one, instant now) const {
  return quorum_value(roster_, [&](node_id voter) {
    const voter_view& view = views_.at(*views_.index_of(voter));
    return view.believed(now) && one.lent_until(view) > now;
  });
}

// The network may let others reach a quorum that has voters in common with the few that this node
// reaches. What it waits for it keeps its ticket for, and so its place, but no vote.
void candidate::stand_aside(lock_step& step) {
  if (leases_.empty() && !attempts_.empty() &&
      reaches_quorum(attempts_.begin()->second, step.now)) {
    return;  // then all do
  }
  for (entry one = attempts_.begin(); one != attempts_.end(); ++one) {
    attempt& it = one->second;
    if (it.phase != attempt_phase::asking || it.aside || !it.options.wait ||
        step.now - it.asked_at < settings_.lease_ttl || reaches_quorum(it, step.now)) {
      continue;
    }
    it.aside = true;
    if (it.options.mode == lock_mode::permit) {  // it will choose by what is lent then
      it.slot = any_slot;
      it.avoided.clear();
      it.choose_at = never;
    }
    ++standing_aside_;
    ++counters_.stood_aside;
    for (std::size_t voter = 0; voter < views_.size(); ++voter) {
      if (const ballot lent = it.votes[voter].ballot; lent) {
        give_back(one, voter, lent, step, false);
      }
    }
  }
}

// Asked when a voter is believed again, and with each try to reach one: clocks are trusted and
// promises run out at any time.
void candidate::come_forward(lock_step& step) {
  if (standing_aside_ == 0) {
    return;
  }
  for (entry one = attempts_.begin(); one != attempts_.end(); ++one) {
    attempt& it = one->second;
    if (it.aside && reaches_quorum(it, step.now)) {
      it.aside = false;
      --standing_aside_;
      it.asked_at = step.now;
      // Above all that was given back: that may come to the voter later than this.
      it.min_ballot = ballot{step.lamport.tick().value};
      for (std::size_t voter = 0; voter < views_.size(); ++voter) {
        ask(one, voter, step);
      }
    }
  }
}

}  // namespace conclave::core
