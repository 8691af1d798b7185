// The state of the lock machines as a hash: all that decides what they do next, and nothing else.
//
// Records are taken apart by structured bindings, so that a member which is added does not compile
// until it stands here. For the members of classes tests/tidy looks that each is named.
#include "base/digest.hpp"
#include "base/sorted_keys.hpp"
#include "lock/candidate.hpp"
#include "lock/lock_table.hpp"
#include "lock/voter.hpp"
#include "lock/voter_views.hpp"

#include <algorithm>
#include <vector>

namespace conclave::core {

namespace {

void add(digest& sum, const ticket& one) {
  const auto& [time, node, request] = one;
  sum.add_all(time, node, request);
}

void add(digest& sum, const wanted& one) {
  const auto& [who, its_ticket, min_ballot, span, mode, keeps, holds, slot, permits] = one;
  sum.add(who);
  add(sum, its_ticket);
  sum.add_all(min_ballot, span, static_cast<std::uint64_t>(mode), std::uint64_t{keeps},
              std::uint64_t{holds}, std::uint64_t{slot}, std::uint64_t{permits});
}

void add(digest& sum, const lent_vote& one) {
  const auto& [to, its_ballot, recalled_for] = one;
  add(sum, to);
  sum.add(its_ballot);
  add(sum, recalled_for);
}

void add(digest& sum, const lock_state& one) {
  const auto& [name, floor, lent, queue, idle_since] = one;
  sum.add(one.name_view());
  sum.add_all(floor, std::uint64_t{lent.size()}, std::uint64_t{queue.size()},
              std::uint64_t{idle_since != never});
  for (const lent_vote& each : lent) {
    add(sum, each);
  }
  for (const wanted& each : queue) {
    add(sum, each);
  }
  if (one.idle()) {
    sum.add(idle_since);  // of a lock in use it only says that it is watched
  }
}

void add(digest& sum, const session& one) {
  const auto& [its_generation, opened_as, until, heard_at, covered_anchor, requests, locks, leases,
               leases_due] = one;
  std::vector<lock_slot> sorted(locks.begin(), locks.end());
  std::ranges::sort(sorted);
  sum.add_all(its_generation, until, covered_anchor, requests, sorted.size(), leases.size());
  for (const lock_slot slot : sorted) {
    sum.add(slot);
  }
  for (const auto& [what, lease] : leases) {
    sum.add_all(what.first, what.second, lease.length, lease.since);
  }
  if (!leases.empty()) {
    sum.add_all(heard_at, leases_due);
  }
}

void add(digest& sum, const voter_view& one) {
  const auto& [id, boot, its_generation, believed_until, covered_anchor, refusal, contact_at,
               failed_contacts, shaking_hands, clock_trusted] = one;
  sum.add_all(id, boot, its_generation, believed_until, covered_anchor,
              refusal ? static_cast<std::uint64_t>(*refusal) + 1 : 0, contact_at,
              std::uint64_t{failed_contacts}, std::uint64_t{shaking_hands},
              std::uint64_t{clock_trusted});
}

void add(digest& sum, const vote_record& one) {
  const auto& [its_ballot, its_generation, relinquished, slot, asked_slot, busy, recalled] = one;
  sum.add_all(its_ballot, its_generation, relinquished, std::uint64_t{slot},
              std::uint64_t{asked_slot}, std::uint64_t{busy}, std::uint64_t{recalled});
}

void add(digest& sum, const lock_request& one) {
  // `shared` belongs to threads: in the simulator there are none.
  const auto& [mode, permits, span, wait, give_up_at, keep, hold_max, lease, owner, nested,
               shared] = one;
  sum.add_all(static_cast<std::uint64_t>(mode), std::uint64_t{permits}, span, std::uint64_t{wait},
              give_up_at, keep, hold_max, lease, owner, std::uint64_t{nested});
}

void add(digest& sum, const attempt& one) {
  const auto& [lock, options, phase, its_ticket, together, min_ballot, span, keeps, usable,
               asked_at, aside, busy_until, votes, slot, avoided, choose_at, base, next,
               stands_until, hold_until, deadline, kept_until, kept_used, taken_unasked, trails,
               rival] = one;
  sum.add(lock);
  add(sum, options);
  sum.add(static_cast<std::uint64_t>(phase));
  add(sum, its_ticket);
  sum.add_all(together.first, std::uint64_t{together.count}, min_ballot, span, std::uint64_t{keeps},
              usable, asked_at, std::uint64_t{aside}, busy_until, votes.size());
  for (const vote_record& each : votes) {
    add(sum, each);
  }
  sum.add_all(std::uint64_t{slot}, choose_at, avoided.size());
  for (const permit_slot each : avoided) {
    sum.add(std::uint64_t{each});
  }
  sum.add_all(base, next, stands_until, hold_until, deadline, kept_until, kept_used,
              std::uint64_t{taken_unasked}, trails, std::uint64_t{rival.has_value()});
  if (rival) {
    add(sum, *rival);
  }
}

}  // namespace

// Left out: by_name_, which says where the named ones among slots_ are.
void lock_table::add_to(digest& sum) const {
  sum.add_all(base_, slots_.size(), free_.size());
  for (const lock_state& each : slots_) {
    add(sum, each);
  }
  for (const lock_slot slot : free_) {
    sum.add(slot);
  }
  for (const auto& [slot, look_at] : watched_) {
    sum.add_all(slot, look_at);
  }
}

// Left out: counters_, which nothing looks at.
void voter::add_to(digest& sum) const {
  sum.add_all(self_, lease_ttl_max_, std::uint64_t{abstains_}, std::uint64_t{stopped_},
              requests_per_session_max_, last_generation_);
  locks_.add_to(sum);
  sum.add(sessions_.size());
  for (const node_boot& who : sorted_keys(sessions_)) {
    sum.add(who);
    add(sum, sessions_.at(who));
  }
  lapses_.add_to(sum);
  leases_due_.add_to(sum);
  watchers_.add_to(sum);
  sum.add(last_sighting_);
}

void voter_views::add_to(digest& sum) const {
  sum.add_all(usable_, contact_every_, views_.size());
  for (const voter_view& each : views_) {
    add(sum, each);
  }
}

// Left out: counters_, which nothing looks at, roster_ but for its fingerprint, and waits_, leases_
// and standing_aside_, which say what is in attempts_.
void candidate::add_to(digest& sum) const {
  const auto& [self, lease_ttl, session_idle_max, deadlock_timeout, requests_max] = settings_;
  sum.add_all(self, lease_ttl, session_idle_max, deadlock_timeout, requests_max,
              roster_.fingerprint());
  views_.add_to(sum);
  sum.add(attempts_.size());
  for (const auto& [request, one] : attempts_) {
    sum.add(request);
    add(sum, one);
  }
  for (const lock_name& name : sorted_keys(local_queues_)) {
    sum.add(name);
    for (const request_id each : local_queues_.at(name)) {
      sum.add(each);
    }
    sum.add(std::uint64_t{0});
  }
  give_ups_.add_to(sum);
  keeps_.add_to(sum);
  chases_.add_to(sum);
  seen_trails_.add_to(sum);
  sum.add_all(shortest_lease_, last_request_, holds_, earliest_deadline_,
              closed_ ? static_cast<std::uint64_t>(*closed_) + 1 : 0, refresh_at_, sessions_until_,
              last_event_);
}

}  // namespace conclave::core
