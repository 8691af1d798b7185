// What must hold after every event, whatever came.
#include "base/check.hpp"
#include "lock/candidate.hpp"
#include "lock/voter.hpp"

#include <algorithm>

namespace conclave::core {

void voter::check_invariants() const {
  for (lock_slot slot = 0; slot < locks_.slots_end() && !stopped_; ++slot) {
    const lock_state& lock = locks_.at(slot);
    check(std::ranges::is_sorted(lock.queue, {}, &wanted::ticket), "the queue is in ticket order");
    check(lock.queue.empty() || !lock.admits(lock.queue.front()) || abstains(),
          "a free vote is lent to the queue");
    for (const wanted& one : lock.queue) {
      check(lock.permits() == 0 || !lock.admits(one) || abstains(), "a free permit is lent");
      check(find_session(one.who) != nullptr, "who waits has a session");
    }
    for (const lent_vote& lent : lock.lent) {
      const session* borrower = find_session(lent.to.who);
      check(borrower != nullptr && borrower->locks.contains(slot), "who borrows has a session");
      check(lent.to.min_ballot <= lent.ballot, "a vote is lent as asked for", lent.ballot.value,
            lent.to.min_ballot.value);
      check(lock.lent.size() == 1 || lent.to.mode != lock_mode::exclusive,
            "a vote is lent to one exclusive request, or to shared ones, or for permits");
      check((lent.to.mode == lock_mode::permit) == (lock.permits() > 0), "a name is for one thing");
      check(lent.to.mode != lock_mode::permit || lock.find_slot(lent.to.slot) == &lent,
            "a permit is lent once");
      check(lent.to.slot >= only_slot &&
                lent.to.slot <= std::max<std::uint32_t>(lock.permits(), only_slot),
            "there are no more permits than there are", std::uint64_t{lent.to.slot},
            std::uint64_t{lock.permits()});
      check(!abstains(), "an abstaining voter lends nothing");
    }
  }
  // In whatever order: nothing is said.
  for (const auto& [who, one] : sessions_) {
    for (const auto& [what, lease] : one.leases) {
      const lock_state& lock = locks_.at(what.first);
      check(lock.find_lent(who, what.second) != nullptr ||
                lock.find_waiting(who, what.second) != nullptr,
            "a lease is of a request that has the lock or waits for it", what.second.value);
    }
    check(one.leases.empty() || one.leases_due != never, "who has leases is looked at");
  }
}

void candidate::check_invariants(instant now) const {
  const auto holding =
      std::ranges::count_if(attempts_, [](const auto& each) { return each.second.held(); });
  check(static_cast<std::size_t>(holding) == holds_, "holds are counted", holds_);
  std::size_t queued = 0;
  for (const auto& [name, queue] : local_queues_) {
    check(!queue.empty(), "only locks that are wanted have a queue");
    queued += queue.size();
  }
  check(queued == attempts_.size(), "every request is in one queue", queued, attempts_.size());
  const auto aside =
      std::ranges::count_if(attempts_, [](const auto& each) { return each.second.aside; });
  check(static_cast<std::size_t>(aside) == standing_aside_, "who stands aside is counted", aside);
  for (const auto& [request, one] : attempts_) {
    const auto found = local_queues_.find(one.lock);
    check(found != local_queues_.end(), "a request's queue exists", request.value);
    check(found->second.front() != request || one.phase != attempt_phase::queued,
          "the first request for a lock is out", request.value);
    check(found->second.front() == request || one.phase == attempt_phase::queued ||
              (one.options.mode != lock_mode::exclusive &&
               attempts_.at(found->second.front()).options.mode == one.options.mode),
          "one request a lock is out at a time, or those that share it", request.value);
    check(!one.aside || one.phase == attempt_phase::asking, "only who asks stands aside",
          request.value);
    check(one.together.count == 1 || !one.held(), "what is held is held by itself", request.value);
    check(!one.held() || one.slot != any_slot, "who holds a permit knows which", request.value);
    if (one.phase == attempt_phase::holding && one.deadline > now) {
      check(one.base && one.next >= one.base, "a holder has a token", request.value);
    }
    check(one.phase != attempt_phase::kept || (found->second.size() == 1 && !one.rival),
          "a hold is kept while nobody wants it", request.value);
  }
  // In whatever order: nothing is said.
  for (const auto& [owner, waits] : waits_) {
    check(!waits.empty(), "only owners that wait are known");
    for (const request_id each : waits) {
      const auto found = attempts_.find(each);
      check(
          found != attempts_.end() && !found->second.held() && found->second.options.owner == owner,
          "what an owner waits for is a request of its own that waits", each.value);
    }
  }
}

}  // namespace conclave::core
