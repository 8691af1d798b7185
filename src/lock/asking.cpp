// How a candidate begins to ask: one lock or several together, in the order of this node's own
// queue.
#include "base/check.hpp"
#include "lock/candidate.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

request_id candidate::lock(const lock_name& name, lock_request options, lock_step& step) {
  return lock_all({&name, 1}, std::move(options), step);
}

request_id candidate::lock_all(std::span<const lock_name> names, lock_request options,
                               lock_step& step) {
  check(!names.empty() && names.size() <= locks_together_max, "so many at once", names.size());
  check(options.span >= 1 && options.span <= span_max, "a span is in bounds", options.span);
  check((options.mode == lock_mode::permit) == (options.permits > 0) &&
            options.permits <= permits_max,
        "a semaphore has permits, in bounds", options.permits);
  const companions all{.first = last_request_.next(),
                       .count = static_cast<std::uint32_t>(names.size())};
  last_request_ = last_request_.next(all.count);
  if (options.mode != lock_mode::exclusive) {  // who wants it again asks again
    options.span = 1;
    options.keep = duration(0);
    options.shared.reset();
  }
  if (options.lease >= settings_.lease_ttl) {
    options.lease = duration(0);
  }
  if (options.lease > duration(0)) {
    options.shared.reset();  // threads take what is worth as much as what they want
  }
  if (const std::optional<errc> refusal = refusal_of(names, options, step); refusal) {
    for (std::uint32_t i = 0; i < all.count; ++i) {
      step.events.emplace_back(failed{.request = all.first.next(i), .reason = *refusal});
    }
    return all.first;
  }
  step.lamport.tick();
  for (std::uint32_t i = 0; i < all.count; ++i) {
    enlist(names[i], options, all, all.first.next(i), step);
  }
  begin(names, all, step);
  return all.first;
}

// Why not to ask at all. Holds of these locks that nobody uses are given up, unless one can be
// taken over as it is.
std::optional<errc> candidate::refusal_of(std::span<const lock_name> names,
                                          const lock_request& options, lock_step& step) {
  if (closed_) {
    return closed_;
  }
  if (roster_.empty()) {
    return errc::observer;
  }
  for (const lock_name& name : names) {
    if (name.empty() || name.size() > text_max) {
      return errc::invalid_lock_name;
    }
  }
  for (const lock_name& name : names) {
    const auto known = local_queues_.find(name);
    if (known == local_queues_.end()) {
      continue;
    }
    const entry out = attempts_.find(known->second.front());
    const bool unused = out->second.phase == attempt_phase::kept && take_back(out);
    if (!unused && out->second.options.permits != options.permits) {
      return errc::lock_kind_mismatch;
    }
    if (!unused && !options.wait && !starts_at_once(known->second, options)) {
      return errc::would_block;
    }
    const bool usable = out->second.deadline > step.now && out->second.has_token() &&
                        options.mode == lock_mode::exclusive && names.size() == 1 &&
                        out->second.options.lease == options.lease;
    if (unused && !usable) {
      withdraw(out, step);
    }
  }
  const auto is_wanted = [&](const lock_name& name) { return local_queues_.contains(name); };
  if (const std::optional<errc> reason = refused_by_all_quorums();
      reason && std::ranges::none_of(names, is_wanted)) {
    // Who asks again and again costs the voters nothing; frames go on to show whether it changes.
    use_sessions(step.now);
    return reason;
  }
  while (attempts_.size() + names.size() > settings_.requests_max) {
    if (!make_room(step)) {
      return errc::too_many_requests;
    }
  }
  return std::nullopt;
}

void candidate::enlist(const lock_name& name, const lock_request& options, const companions& all,
                       request_id request, lock_step& step) {
  attempt fresh;
  fresh.lock = name;
  fresh.options = options;
  fresh.ticket = {.time = step.lamport.time(), .node = settings_.self.node, .request = request};
  fresh.together = all;
  fresh.slot = options.mode == lock_mode::permit ? any_slot : only_slot;
  if (options.lease > duration(0)) {
    fresh.usable = shortened_by_drift(options.lease, roster_.clock_drift_max_ppm);
  }
  add_lease(options.lease, step.now);
  attempts_.emplace_hint(attempts_.end(), request, std::move(fresh));
  note_wait(request, options, step.now);
  local_queues_[name].push_back(request);
}

void candidate::begin(std::span<const lock_name> names, const companions& all, lock_step& step) {
  const entry out = attempts_.find(local_queues_.at(names.front()).front());
  if (out->second.phase == attempt_phase::kept) {  // then it is one that is wanted, and usable
    hand_over(out, all.first, step);
    return;
  }
  bool asks = false;
  for (std::uint32_t i = 0; i < all.count; ++i) {
    start_due(names[i], step);
    asks = asks || attempts_.at(all.first.next(i)).phase != attempt_phase::queued;
  }
  if (asks) {
    fail_if_refused(step);
  }
  if (const entry one = attempts_.find(all.first);
      one != attempts_.end() && one->second.options.give_up_at != never) {
    give_ups_.schedule(one->second.options.give_up_at, all.first);
  }
}

// Holds that nobody uses must not keep others from asking.
bool candidate::make_room(lock_step& step) {
  for (entry one = attempts_.begin(); one != attempts_.end(); ++one) {
    if (one->second.phase == attempt_phase::kept && take_back(one)) {
      withdraw(one, step);
      return true;
    }
  }
  return false;
}

// One that has the lock alone, all that share it, or as many that ask for a permit as there are.
bool candidate::fits_beside(const attempt& before, const lock_request& options,
                            std::size_t asking) {
  switch (options.mode) {
    case lock_mode::exclusive:
      return false;
    case lock_mode::shared:
      return before.options.mode == lock_mode::shared;
    case lock_mode::permit:
      return asking < options.permits;
  }
  return false;
}

bool candidate::starts_at_once(const std::vector<request_id>& queue,
                               const lock_request& options) const {
  std::size_t asking = 0;
  return std::ranges::all_of(queue, [&](request_id each) {
    const attempt& before = attempts_.at(each);
    asking += before.held() ? 0 : 1;
    return before.phase != attempt_phase::queued && fits_beside(before, options, asking);
  });
}

// The first in the queue is out, and so are all behind it up to one that does not fit beside them.
void candidate::start_due(const lock_name& lock, lock_step& step) {
  const auto queue = local_queues_.find(lock);
  if (queue == local_queues_.end()) {
    return;
  }
  const attempt* before = nullptr;
  std::size_t asking = 0;
  for (const request_id each : queue->second) {
    const entry one = attempts_.find(each);
    if (before != nullptr && !fits_beside(*before, one->second.options, asking)) {
      break;
    }
    before = &one->second;
    if (one->second.phase == attempt_phase::queued) {
      start(one, step);
    }
    asking += one->second.held() ? 0 : 1;
  }
}

void candidate::start(entry one, lock_step& step) {
  attempt& it = one->second;
  it.phase = attempt_phase::asking;
  it.votes.resize(views_.size());
  it.min_ballot = ballot{step.lamport.time().value};
  it.span = it.options.span;
  it.keeps = it.options.keep > duration(0);
  it.asked_at = step.now;
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    ask(one, voter, step);
  }
}

// A voter without a session is asked when its session opens.
void candidate::ask(entry one, std::size_t voter, lock_step& step) {
  const attempt& it = one->second;
  if (views_.at(voter).generation) {
    step.sends.push_back({views_.at(voter).run(), request{.lock = it.lock,
                                                          .mode = it.options.mode,
                                                          .ticket = it.ticket,
                                                          .min_ballot = it.min_ballot,
                                                          .span = it.span,
                                                          .wait = it.options.wait,
                                                          .keeps = it.keeps,
                                                          .permits = it.options.permits,
                                                          .slot = it.wished_slot(),
                                                          .holds = it.holds_permit(),
                                                          .lease = it.options.lease}});
  }
}

}  // namespace conclave::core
