// Requests with a lease of their own, shorter than their session (docs/protocol.md, "A lease of its
// own").
//
// A voter lets go of what such a request waits for or has when it did not hear from the candidate
// for so long. The session goes on, with a new generation: that is how the candidate learns of it,
// and it counts no vote of this voter any more that it has not asked for again.
#include "base/check.hpp"
#include "lock/candidate.hpp"
#include "lock/voter.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

namespace conclave::core {

namespace {

// All are shorter than the node's, which is `longest`.
duration shortest_of(const std::map<duration, std::size_t>& leases, duration longest) {
  return leases.empty() ? longest : leases.begin()->first;
}

}  // namespace

// From the asking on where the session was not heard of since: who asks is there.
instant session::ends_for(lock_slot slot, request_id request) const {
  const auto found = leases.find({slot, request});
  return found == leases.end()
             ? until
             : std::min(until, saturating_add(std::max(found->second.since, heard_at),
                                              found->second.length));
}

void voter::note_lease(session& of, const node_boot& who, const request& asked, lock_slot slot,
                       instant now) {
  of.leases[{slot, asked.ticket.request}] = {.length = asked.lease, .since = now};
  const instant ends = of.ends_for(slot, asked.ticket.request);
  if (ends < of.leases_due) {
    of.leases_due = ends;
    leases_due_.schedule(ends, who);
  }
}

void voter::end_leases(lock_step& step) {
  instant when{};
  node_boot candidate;
  while (!stopped_ && leases_due_.pop_due(step.now, when, candidate)) {
    session* one = find_mutable(candidate);
    if (one != nullptr && one->leases_due == when) {
      end_leases_of(candidate, *one, step);
    }
  }
}

void voter::end_leases_of(const node_boot& candidate, session& of, lock_step& step) {
  std::vector<std::pair<lock_slot, request_id>> over;
  of.leases_due = never;
  for (const auto& [what, lease] : of.leases) {
    const instant ends = of.ends_for(what.first, what.second);
    if (ends <= step.now) {
      over.push_back(what);
    } else {
      of.leases_due = std::min(of.leases_due, ends);
    }
  }
  if (of.leases_due != never) {
    leases_due_.schedule(of.leases_due, candidate);
  }
  if (over.empty()) {
    return;
  }
  last_generation_ = last_generation_.next();
  of.generation = last_generation_;
  for (const auto& [slot, request] : over) {
    ++counters_.leases_lapsed;
    lock_state& lock = locks_.at(slot);
    if (const lent_vote* lent = lock.find_lent(candidate, request); lent != nullptr) {
      take_back(slot, *lent, lent->last_token());
    } else {
      lock.erase_waiting([&, id = request](const wanted& one) { return one.is(candidate, id); });
    }
    ended(of, candidate, request, slot, step.now);
  }
  // Not before all are gone: else one that is over too would be lent to, in the new generation.
  for (const auto& [slot, request] : over) {
    lend_next(slot, step);
  }
}

// 0: none of its own.
void candidate::add_lease(duration lease, instant now) {
  if (lease > duration(0) && leases_[lease]++ == 0) {
    shortest_lease_ = shortest_of(leases_, settings_.lease_ttl);
    views_.contact_within(shortened_by_drift(shortest_lease_, roster_.clock_drift_max_ppm), now);
  }
}

void candidate::remove_lease(duration lease, instant now) {
  if (lease == duration(0)) {
    return;
  }
  const auto found = leases_.find(lease);
  check(found != leases_.end(), "leases are counted");
  if (--found->second == 0) {
    leases_.erase(found);
    shortest_lease_ = shortest_of(leases_, settings_.lease_ttl);
    views_.contact_within(shortened_by_drift(shortest_lease_, roster_.clock_drift_max_ppm), now);
  }
}

// The voter kept a vote for which the candidate had given it up: it was heard again in time.
void candidate::count_leased_again(std::size_t voter, instant covered_before, lock_step& step) {
  for (entry one = attempts_.begin(); one != attempts_.end(); ++one) {
    const attempt& it = one->second;
    if (it.usable != duration::max() && it.phase != attempt_phase::queued &&
        it.votes[voter].ballot && saturating_add(covered_before, it.usable) <= step.now) {
      count(one, step);
    }
  }
}

}  // namespace conclave::core
