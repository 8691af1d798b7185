// Finding deadlocks by following waits (docs/protocol.md, "Deadlocks"): from who waits to who has
// that lock, to what the owner of that waits for, until the trail comes back to where it began or
// ends. Where there are several ways its number says which it takes.
//
// A wait and a hold have numbers that are used once. What a trail meets in both of its rounds was
// so all the time in between: at the moment between the rounds, all of it at once.
#include "lock/candidate.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>

namespace conclave::core {

namespace {

constexpr std::uint64_t trails_at_once = 4;
constexpr std::uint32_t steps_max = 32;

owner_id owner_of(const attempt& hold) {
  return hold.taken_unasked ? hold.options.shared->owner() : hold.options.owner;
}

}  // namespace

// Who waits for any of several permits is not stuck as long as one of those who have them goes on.
void candidate::note_wait(request_id request, const lock_request& options, instant now) {
  if (options.owner && options.nested && options.wait && options.mode != lock_mode::permit) {
    waits_[options.owner].push_back(request);
    chases_.schedule(saturating_add(now, settings_.deadlock_timeout), request);
  }
}

void candidate::forget_wait(request_id request, const lock_request& options) {
  if (const auto waits = waits_.find(options.owner); waits != waits_.end()) {
    std::erase(waits->second, request);
    if (waits->second.empty()) {
      waits_.erase(waits);
    }
  }
}

// The first way alone, since mostly there is no other; then some at a time, in the end each that
// there is.
void candidate::start_chases(lock_step& step) {
  instant when{};
  request_id request;
  while (chases_.pop_due(step.now, when, request)) {
    const entry one = attempts_.find(request);
    if (one == attempts_.end() || one->second.held()) {
      continue;
    }
    ++counters_.chased;
    chases_.schedule(saturating_add(step.now, settings_.deadlock_timeout), request);
    follow_some(one, step);
  }
}

void candidate::follow_some(entry wait, lock_step& step) {
  const request_id request = wait->first;
  const std::uint64_t first = wait->second.trails;
  const std::uint64_t count = first == 0 ? 1 : trails_at_once;
  wait->second.trails += count;
  // The first that proves a deadlock ends the request.
  for (std::uint64_t i = 0; i < count && attempts_.contains(request); ++i) {
    follow(wait,
           {.boot = settings_.self.boot,
            .waiter = wait->second.ticket,
            .number = first + i,
            .ways = first + i},
           step);
  }
}

void candidate::handle(const node_boot& from, const hold_chase& asked, lock_step& step) {
  const entry at = find_out(asked.lock, asked.request);
  if (!views_.index_of(from.node) || at == attempts_.end()) {
    return;
  }
  // Who does not hold yet gives way to a smaller ticket.
  if (!at->second.held() && !(at->second.ticket < asked.waiter)) {
    return;
  }
  if (!seen_trails_.insert(asked)) {
    return;
  }
  wait_trail trail = asked.trail;
  if (const entry wait = next_wait(at, trail, step); wait != attempts_.end()) {
    follow(wait, trail, step);
  }
}

// Until it leaves this node, or ends.
void candidate::follow(entry wait, wait_trail trail, lock_step& step) {
  while (wait != attempts_.end()) {
    const entry blocker = blocker_of(wait, trail);
    // Who is before it here may have all votes for this lock, and wait for others.
    const bool goes_on =
        blocker->second.held() ||
        (blocker != wait && blocker->second.together.count > 1 && trail.branch(2) == 0);
    if (!goes_on) {
      ask_voter(blocker, trail, step);
      return;
    }
    wait = next_wait(blocker, trail, step);
  }
}

// Somebody of this node that has the lock, or else the request by which this node asks for it.
candidate::entry candidate::blocker_of(entry wait, wait_trail& trail) {
  if (wait->second.phase == attempt_phase::asking) {
    return wait;
  }
  boost::container::small_vector<entry, 4> holds;
  const std::vector<request_id>& queue = local_queues_.at(wait->second.lock);
  for (const request_id each : queue) {
    if (const entry one = attempts_.find(each); one->second.held()) {
      holds.push_back(one);
    }
  }
  return holds.empty() ? attempts_.find(queue.front()) : holds[trail.branch(holds.size())];
}

void candidate::ask_voter(entry asker, const wait_trail& trail, lock_step& step) {
  const attempt& it = asker->second;
  boost::container::small_vector<std::size_t, 8> lent_elsewhere;
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    if (!it.votes[voter].ballot && views_.at(voter).believed(step.now)) {
      lent_elsewhere.push_back(voter);
    }
  }
  if (!lent_elsewhere.empty()) {
    const std::size_t voter = lent_elsewhere[trail.sample(lent_elsewhere.size())];
    step.sends.push_back(
        {views_.at(voter).run(),
         wait_chase{.lock = it.lock, .request = it.ticket.request, .trail = trail}});
  }
}

// What who has this waits for: its owner, or, where several are asked for together, the others of
// them: it keeps its votes until all are complete.
boost::container::small_vector<request_id, 4> candidate::waits_of(entry at) const {
  boost::container::small_vector<request_id, 4> all;
  const attempt& it = at->second;
  if (it.phase == attempt_phase::holding) {
    if (const auto waits = waits_.find(owner_of(it)); waits != waits_.end()) {
      all.assign(waits->second.begin(), waits->second.end());
    }
  } else if (it.phase == attempt_phase::asking) {
    for (std::uint32_t i = 0; i < it.together.count; ++i) {
      if (const request_id each = it.together.first.next(i); each != at->first) {
        all.push_back(each);
      }
    }
  }
  return all;
}

// The next one to follow, if it is older than where the trail began: only the youngest in a ring
// finds itself, and so only that one gives way.
candidate::entry candidate::next_wait(entry at, wait_trail& trail, lock_step& step) {
  const auto waits = waits_of(at);
  if (waits.empty() || trail.steps >= steps_max) {
    return attempts_.end();
  }
  ++trail.steps;
  trail.path = mix(trail.path ^ mix(settings_.self.node.value ^ at->first.value));
  boost::container::small_vector<entry, 4> older;
  for (const request_id each : waits) {
    const entry one = attempts_.find(each);
    const ticket& its = one->second.ticket;
    if (its == trail.waiter && settings_.self.boot == trail.boot) {
      come_back(one, trail, step);
      return attempts_.end();
    }
    if (its < trail.waiter) {
      older.push_back(one);
    }
  }
  if (older.empty()) {
    return attempts_.end();
  }
  const entry next = older[trail.branch(older.size())];
  trail.path = mix(trail.path ^ next->first.value);
  return next;
}

void candidate::come_back(entry origin, const wait_trail& trail, lock_step& step) {
  if (trail.earlier == 0) {
    follow(origin, trail.again(), step);
  } else if (trail.earlier == trail.path) {
    ++counters_.deadlocks;
    fail(origin, errc::deadlock, step);
  }
}

}  // namespace conclave::core
