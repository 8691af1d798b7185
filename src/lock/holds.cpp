// What a candidate does with what it holds: tokens, deadlines, passing on, keeping, losing.
#include "base/check.hpp"
#include "lock/candidate.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <utility>

namespace conclave::core {

// As soon as a quorum has recorded each of them, at one and the same time. One that was complete
// before may not be any more: a session of its quorum has lapsed, and nobody said so.
void candidate::hold_together(entry one, const agreement& found, lock_step& step) {
  const companions all = one->second.together;
  boost::container::small_vector<std::pair<entry, agreement>, 1> complete;
  for (std::uint32_t i = 0; i < all.count; ++i) {
    const entry each = attempts_.find(all.first.next(i));
    check(each != attempts_.end(), "who is asked for together waits together");
    if (each->second.phase != attempt_phase::asking) {
      continue;
    }
    const agreement agreed =
        each == one ? found : equal_quorum(each->second, roster_, views_, step.now);
    if (agreed) {
      complete.emplace_back(each, agreed);
    } else {
      seek_agreement(each, step);
    }
  }
  if (complete.size() < all.count || one->second.held()) {
    for (const auto& [each, agreed] : complete) {
      await_others(each, agreed.slot, step);
    }
    return;
  }
  for (const auto& [each, agreed] : complete) {
    hold(each, agreed, step);
  }
  if (one->second.options.mode == lock_mode::permit) {
    start_due(one->second.lock, step);  // one fewer waits
  }
}

void candidate::hold(entry one, agreement agreed, lock_step& step) {
  attempt& it = one->second;
  const ballot base = agreed.ballot;
  it.base = base;
  it.next = base;
  if (it.held()) {
    return;  // more tokens for a hold that is known
  }
  forget_wait(one->first, it.options);
  it.together = {.first = one->first};
  it.phase = attempt_phase::holding;
  it.min_ballot = base;
  ++holds_;
  settle_on(one, agreed.slot, step);
  it.stands_until = quorum_deadline(it, roster_, views_, step.now);
  last_event_ = step.now;
  it.next = base.next();
  tell_granted(one, base, step);
}

// One request of this node has it from now on.
void candidate::tell_granted(entry one, ballot token, lock_step& step) {
  attempt& it = one->second;
  ++counters_.granted;
  it.hold_until = it.options.hold_max == duration::max()
                      ? never
                      : saturating_add(step.now, it.options.hold_max);
  it.deadline = std::min(it.stands_until, it.hold_until);
  earliest_deadline_ = std::min(earliest_deadline_, it.deadline);
  refresh_at_ = std::min({refresh_at_, it.deadline, step.now + look_every()});
  step.events.emplace_back(granted{.request = one->first,
                                   .token = fencing_token(token.value),
                                   .deadline = it.deadline,
                                   .asked_as = it.ticket.request,
                                   .slot = it.slot});
  if (it.rival) {
    step.events.emplace_back(contended{.request = one->first});
  } else if (it.options.shared) {
    it.options.shared->occupy();
  }
}

std::optional<fencing_token> candidate::take_token(request_id request, lock_step& step) {
  const entry one = attempts_.find(request);
  if (one == attempts_.end() || one->second.phase != attempt_phase::holding ||
      one->second.options.mode != lock_mode::exclusive || one->second.deadline <= step.now) {
    return std::nullopt;
  }
  const ballot token = draw_token(one, step);
  return token ? std::optional(fencing_token(token.value)) : std::nullopt;
}

// 0 when there is none left.
ballot candidate::draw_token(entry one, lock_step& step) {
  attempt& it = one->second;
  // Ask for more when half are gone. They are given out once a quorum has recorded the new ballot.
  if (it.next.value - it.base.value >= it.span / 2 && it.min_ballot <= it.base) {
    const ballot end = it.base.next(it.span);
    it.min_ballot = end;
    step.lamport.observe({end.value});
    for (std::size_t voter = 0; voter < views_.size(); ++voter) {
      ask(one, voter, step);
    }
  }
  return it.has_token() ? std::exchange(it.next, it.next.next()) : ballot{};
}

bool candidate::unlock(request_id request, lock_step& step) {
  const entry one = attempts_.find(request);
  if (one == attempts_.end() || one->second.phase == attempt_phase::kept) {
    return false;
  }
  use_sessions(step.now);
  if (std::exchange(one->second.taken_unasked, false)) {
    one->second.options.shared->force_close();  // whoever took it gives it back now
  }
  const bool held_to_the_end =
      one->second.phase != attempt_phase::holding || one->second.deadline > step.now;
  const bool was_held = one->second.held();
  const companions all = one->second.together;
  if (!pass_on(one, step)) {
    withdraw(one, step);
  }
  if (!was_held) {
    fail_all(all, errc::cancelled, step);  // the others that wait together with it
  }
  return held_to_the_end;
}

// What one request of this node is done with goes to the next one, in the order of tickets with the
// rest of the cluster, or is kept while nobody else wants it. No message.
bool candidate::pass_on(entry one, lock_step& step) {
  attempt& it = one->second;
  if (it.phase != attempt_phase::holding || it.stands_until <= step.now || !it.has_token()) {
    return false;
  }
  const std::vector<request_id>& queue = local_queues_.at(it.lock);
  if (it.options.mode != lock_mode::exclusive) {
    return false;
  }
  if (queue.size() > 1) {
    const attempt& next = attempts_.at(queue[1]);
    const bool comes_first = next.options.mode == lock_mode::exclusive &&
                             next.together.count == 1 && next.options.lease == it.options.lease &&
                             (!it.rival || next.ticket < *it.rival);
    if (comes_first) {
      hand_over(one, queue[1], step);
    }
    return comes_first;
  }
  if (it.rival || !it.keeps || it.options.keep <= duration(0)) {
    return false;
  }
  ++counters_.kept;
  it.phase = attempt_phase::kept;
  it.hold_until = never;  // that was its owner's
  it.deadline = it.stands_until;
  it.kept_until = saturating_add(step.now, it.options.keep);
  keeps_.schedule(it.kept_until, one->first);
  share(one);
  return true;
}

// Lets threads take it. Not all tokens: in time one comes here, so that more are asked for.
void candidate::share(entry one) {
  attempt& it = one->second;
  it.kept_used = 0;
  if (it.options.shared && it.options.hold_max == duration::max()) {
    const ballot half = it.base.next(it.span / 2);
    const ballot end = it.next < half ? half : it.base.next(it.span);
    it.options.shared->open(one->first, it.deadline, it.next, end.value - it.next.value);
  } else if (it.options.shared) {
    it.options.shared->force_close();
  }
}

// From here on threads take it no more. True when nobody has it. Else it is held like any other: by
// whoever took it, until unlock().
bool candidate::take_back(entry one) {
  attempt& it = one->second;
  if (!it.options.shared) {
    return true;
  }
  const shared_hold::closing was = it.options.shared->close();
  it.next = it.next.next(was.used);
  if (was.in_use) {
    it.phase = attempt_phase::holding;
    it.taken_unasked = true;
    it.kept_until = never;
  }
  return !was.in_use;
}

// The voters go on knowing it by the request that asked.
void candidate::hand_over(entry one, request_id to, lock_step& step) {
  ++counters_.passed_on;
  const entry next = attempts_.find(to);
  forget_wait(to, next->second.options);
  one->second.options = next->second.options;
  next->second = std::move(one->second);
  next->second.phase = attempt_phase::holding;
  next->second.kept_until = never;
  next->second.kept_used = 0;
  next->second.together = {.first = to};
  std::erase(local_queues_.at(next->second.lock), one->first);
  remove_lease(next->second.options.lease, step.now);  // two had it
  attempts_.erase(one);
  tell_granted(next, draw_token(next, step), step);
}

bool candidate::downgrade(request_id request, lock_step& step) {
  const entry one = attempts_.find(request);
  if (one == attempts_.end() || one->second.phase != attempt_phase::holding ||
      one->second.options.mode == lock_mode::permit || one->second.deadline <= step.now) {
    return false;
  }
  attempt& it = one->second;
  if (it.options.shared) {
    it.options.shared->force_close();
    it.options.shared.reset();
    it.taken_unasked = false;
  }
  it.options.mode = lock_mode::shared;
  it.options.keep = duration(0);
  it.keeps = false;
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    ask(one, voter, step);
  }
  start_due(it.lock, step);
  return true;
}

instant candidate::claim(request_id request) {
  const entry one = attempts_.find(request);
  if (one == attempts_.end() || !one->second.held()) {
    return long_ago;
  }
  if (one->second.phase == attempt_phase::kept) {
    static_cast<void>(take_back(one));
  }
  return one->second.taken_unasked ? one->second.deadline : long_ago;
}

void candidate::end_kept(lock_step& step) {
  instant when{};
  request_id request;
  while (keeps_.pop_due(step.now, when, request)) {
    const entry one = attempts_.find(request);
    if (one == attempts_.end() || one->second.kept_until > step.now) {
      continue;
    }
    attempt& it = one->second;
    if (it.options.shared && it.options.shared->used() != it.kept_used) {
      it.kept_used = it.options.shared->used();
      it.kept_until = saturating_add(step.now, it.options.keep);
      keeps_.schedule(it.kept_until, request);
    } else if (take_back(one)) {
      withdraw(one, step);
    }
  }
}

void candidate::lose(entry one, loss_reason reason, lock_step& step) {
  ++counters_.lost;
  if (one->second.options.shared) {
    one->second.options.shared->note_loss(reason);
  }
  step.events.emplace_back(lost{.request = one->first, .reason = reason});
  withdraw(one, step);
}

// A published deadline is a promise of the voters that were counted then: it stays true whatever
// happens later, so it moves on, but for recount_holds(). Once it has passed the owner may have
// acted on that: what comes late revives nothing.
void candidate::extend(request_id request, attempt& held, lock_step& step) {
  if (held.deadline <= step.now) {
    return;
  }
  held.stands_until = std::max(held.stands_until, quorum_deadline(held, roster_, views_, step.now));
  const instant until = std::min(held.stands_until, held.hold_until);
  if (until > held.deadline) {
    held.deadline = until;
    if (held.options.shared) {
      held.options.shared->extend(until);
    }
    if (held.phase == attempt_phase::holding) {
      step.events.emplace_back(extended{.request = request, .deadline = until});
    }
  }
}

bool candidate::trust_clock(node_id voter, bool trusted, lock_step& step) {
  const std::optional<std::size_t> index = views_.index_of(voter);
  if (!index || views_.at(*index).clock_trusted == trusted) {
    return false;
  }
  views_.at(*index).clock_trusted = trusted;
  if (trusted) {
    count_again(*index, step);
  } else {
    recount_holds(step);
    fail_if_refused(step);
  }
  return true;
}

// What a voter promised by a clock that runs too fast ends before we stop believing it: the one
// case in which a published deadline is taken back. Nobody knows any more which of them rest on
// that voter, so all are reckoned again from the voters that are believed now.
void candidate::recount_holds(lock_step& step) {
  std::vector<request_id> over;
  for (auto& [request, one] : attempts_) {
    if (!one.held() || one.deadline <= step.now) {
      continue;
    }
    one.stands_until = quorum_deadline(one, roster_, views_, step.now);
    const instant until = std::min(one.stands_until, one.hold_until);
    if (until <= step.now) {
      over.push_back(request);
    } else if (until < one.deadline) {
      one.deadline = until;
      earliest_deadline_ = std::min(earliest_deadline_, until);
      refresh_at_ = std::min(refresh_at_, until);
      if (one.options.shared) {
        one.options.shared->shorten(until);
      }
      if (one.phase == attempt_phase::holding) {
        step.events.emplace_back(shortened{.request = request, .deadline = until});
      }
    }
  }
  for (const request_id request : over) {
    const entry one = attempts_.find(request);
    if (one->second.phase == attempt_phase::kept && take_back(one)) {
      withdraw(one, step);
    } else {
      lose(one, loss_reason::clocks_disagree, step);
    }
  }
}

void candidate::refresh_holds(lock_step& step) {
  refresh_at_ = never;
  earliest_deadline_ = never;
  std::vector<request_id> over;
  for (auto& [request, one] : attempts_) {
    if (!one.held()) {
      continue;
    }
    extend(request, one, step);
    if (one.deadline <= step.now) {
      over.push_back(request);
    } else {
      earliest_deadline_ = std::min(earliest_deadline_, one.deadline);
      refresh_at_ = std::min({refresh_at_, one.deadline, step.now + look_every()});
    }
  }
  for (const request_id request : over) {
    const entry one = attempts_.find(request);
    if (one->second.phase == attempt_phase::kept && take_back(one)) {
      withdraw(one, step);
    } else if (one->second.hold_until <= step.now) {
      lose(one, loss_reason::held_too_long, step);
    } else {
      // Not having run for most of its lease is the process's own doing; else the voters were
      // silent.
      const duration own = one->second.options.lease;
      const duration lease = own > duration(0) ? own : settings_.lease_ttl;
      const bool slept = last_event_ != long_ago && step.now - last_event_ > lease / 2;
      lose(one, slept ? loss_reason::expired : loss_reason::no_quorum, step);
    }
  }
}

}  // namespace conclave::core
