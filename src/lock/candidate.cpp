// The candidate's rules: asking, counting, giving way.
#include "lock/candidate.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

namespace {

constexpr duration recall_grace_min = std::chrono::milliseconds(5);

}  // namespace

candidate::candidate(candidate_settings settings, const voter_roster& roster)
    : settings_(settings),
      roster_(roster),
      views_(roster, settings.lease_ttl),
      shortest_lease_(settings.lease_ttl) {}

candidate::entry candidate::find_out(const lock_name& lock, request_id asked_as) {
  const auto queue = local_queues_.find(lock);
  if (queue == local_queues_.end()) {
    return attempts_.end();
  }
  for (const request_id each : queue->second) {
    const entry one = attempts_.find(each);
    if (one->second.phase == attempt_phase::queued) {
      break;
    }
    if (one->second.ticket.request == asked_as) {
      return one;
    }
  }
  return attempts_.end();
}

void candidate::handle(const node_boot& from, const vote& lent, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(from.node);
  if (!voter || from.boot != views_.at(*voter).boot) {
    return;
  }
  const entry one = find_out(lent.lock, lent.request);
  if (one == attempts_.end()) {
    // Over since: a late or repeated request was lent to. Without this nobody would free it.
    ++counters_.released_unknown;
    step.sends.push_back(
        {from, release{.lock = lent.lock, .request = lent.request, .last_token = {}}});
    return;
  }
  vote_record& record = one->second.votes[*voter];
  if (lent.ballot <= record.relinquished) {
    ++counters_.late_votes;
    return;
  }
  // The frame's Lamport time was observed before its messages, and an honest voter's is no smaller
  // than the last token of any vote in it.
  const std::uint64_t greatest = step.lamport.time().value;
  if (lent.generation != views_.at(*voter).generation || lent.ballot < record.ballot ||
      lent.ballot.value > greatest || greatest - lent.ballot.value < one->second.span - 1) {
    return;
  }
  if (one->second.aside) {
    give_back(one, *voter, lent.ballot, step, false);
    return;
  }
  if (is_other_slot(one, *voter, lent, step)) {
    return;
  }
  ++counters_.votes;
  record.ballot = lent.ballot;
  record.generation = lent.generation;
  record.slot = lent.slot;
  record.busy = false;
  count(one, step);
}

// What do the votes amount to now?
void candidate::count(entry one, lock_step& step) {
  attempt& it = one->second;
  const agreement agreed = equal_quorum(it, roster_, views_, step.now);
  // More tokens are asked for at a ballot above all that the hold has.
  const bool asks_more = it.held() && it.min_ballot > it.base;
  if (agreed && it.phase == attempt_phase::asking) {
    hold_together(one, agreed, step);
    return;
  }
  if (agreed && asks_more && agreed.ballot >= it.min_ballot) {
    hold(one, agreed, step);
    return;
  }
  if (it.held() && !asks_more) {
    return;  // its deadline is looked at when the time has come
  }
  seek_agreement(one, step);
}

// A quorum has voted, but not alike.
void candidate::seek_agreement(entry one, lock_step& step) {
  attempt& it = one->second;
  if (it.options.mode == lock_mode::permit) {
    look_at_slots(one, step);
    const agreement agreed = equal_quorum(it, roster_, views_, step.now);
    if (agreed && it.phase == attempt_phase::asking) {
      hold_together(one, agreed, step);
      return;
    }
  }
  const ballot greatest = unequal_quorum(it, roster_, views_, step.now);
  if (greatest > it.min_ballot) {
    // A later holder's quorum must meet this one in a voter that recorded the token: so all of
    // the quorum must have recorded the same.
    ++counters_.unequal_ballots;
    it.min_ballot = greatest;
    for (std::size_t voter = 0; voter < views_.size(); ++voter) {
      if (it.votes[voter].ballot != greatest) {
        ask(one, voter, step);
      }
    }
  }
}

void candidate::handle(const node_boot& from, const busy& answer, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(from.node);
  const entry one = find_out(answer.lock, answer.request);
  if (!voter || one == attempts_.end() || one->second.phase != attempt_phase::asking) {
    return;
  }
  attempt& it = one->second;
  vote_record& record = it.votes[*voter];
  record.busy = !record.ballot;  // its vote may have overtaken this
  record.recalled = answer.recalled;
  if (it.options.wait && it.busy_until == long_ago) {
    // What fills that voter may be over already, by a RELEASE that the request has overtaken.
    it.busy_until = step.now + settings_.lease_ttl;
    give_ups_.schedule(it.busy_until, one->first);
  }
  fail_if_busy(one, step);
}

// To who waits, only a voter that has too many requests of this node says BUSY.
void candidate::fail_if_busy(entry one, lock_step& step) {
  attempt& it = one->second;
  if (!quorum_is_busy(it, roster_, views_, step.now)) {
    return;
  }
  const bool may_be_unused =
      std::ranges::any_of(it.votes, [](const vote_record& each) { return each.recalled; });
  if (!it.options.wait && may_be_unused && it.busy_until == long_ago) {
    // Who has it and does not use it gives it back at once: from a voter to it and back, and from
    // there to here, is no longer than twice what the answers took.
    it.busy_until = step.now + std::max(2 * (step.now - it.asked_at), recall_grace_min);
    give_ups_.schedule(it.busy_until, one->first);
  } else if (it.options.wait) {
    fail(one, errc::too_many_requests, step);
  } else if (it.busy_until <= step.now) {
    fail(one, errc::would_block, step);
  }
}

// Of who waits.
void candidate::ask_the_busy_again(entry one, lock_step& step) {
  attempt& it = one->second;
  if (it.phase != attempt_phase::asking || it.busy_until > step.now) {
    return;
  }
  it.busy_until = long_ago;
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    if (std::exchange(it.votes[voter].busy, false)) {
      ask(one, voter, step);
    }
  }
}

void candidate::handle(const node_boot& from, const recall& asked, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(from.node);
  if (!voter || from.boot != views_.at(*voter).boot) {
    return;
  }
  const entry one = find_out(asked.lock, asked.request);
  if (one == attempts_.end()) {
    step.sends.push_back(
        {from, release{.lock = asked.lock, .request = asked.request, .last_token = {}}});
    return;
  }
  attempt& it = one->second;
  if (it.phase == attempt_phase::kept && take_back(one)) {
    withdraw(one, step);
    return;
  }
  const bool is_news = !it.rival;
  it.rival = it.rival ? std::min(*it.rival, asked.waiter) : asked.waiter;
  if (it.phase == attempt_phase::holding) {
    if (it.options.shared) {
      it.options.shared->close();  // threads take their places among the others
    }
    if (is_news) {
      step.events.emplace_back(contended{.request = one->first});
    }
    if (it.options.mode == lock_mode::permit) {
      ask(one, *voter, step);  // so that the waiter gets another, if there is one
    }
    return;
  }
  vote_record& record = it.votes[*voter];
  // The ballot it has, or one whose VOTE this message overtook. A smaller one is an old copy: the
  // voter repeats the recall with each new ballot.
  if (asked.ballot < record.ballot || asked.ballot <= record.relinquished ||
      !(asked.waiter < it.ticket)) {
    return;
  }
  give_back(one, *voter, asked.ballot, step);
  if (!it.options.wait) {
    record.busy = true;  // somebody else has it now
    fail_if_busy(one, step);
  }
}

// Forget the vote first, then say so.
void candidate::give_back(entry one, std::size_t voter, ballot of, lock_step& step, bool waits) {
  attempt& it = one->second;
  vote_record& record = it.votes[voter];
  record.ballot = {};
  record.relinquished = of;
  record.asked_slot = it.wished_slot();
  ++counters_.relinquished;
  step.sends.push_back({views_.at(voter).run(), relinquish{.lock = it.lock,
                                                           .ballot = of,
                                                           .ticket = it.ticket,
                                                           .slot = it.wished_slot(),
                                                           .waits = waits,
                                                           .holds = it.holds_permit()}});
}

void candidate::handle(const node_boot& from, const mismatch& told, lock_step& step) {
  const entry one = find_out(told.lock, told.request);
  if (views_.index_of(from.node) && one != attempts_.end() &&
      one->second.phase == attempt_phase::asking) {
    fail(one, errc::lock_kind_mismatch, step);
  }
}

void candidate::fail(entry one, errc reason, lock_step& step) {
  fail_all(one->second.together, reason, step);
}

// None of them is held.
void candidate::fail_all(companions all, errc reason, lock_step& step) {
  for (std::uint32_t i = 0; i < all.count; ++i) {
    if (const entry one = attempts_.find(all.first.next(i)); one != attempts_.end()) {
      step.events.emplace_back(failed{.request = one->first, .reason = reason});
      withdraw(one, step);
    }
  }
}

void candidate::withdraw(entry one, lock_step& step) {
  attempt& it = one->second;
  if (it.phase != attempt_phase::queued) {
    for (std::size_t voter = 0; voter < views_.size(); ++voter) {
      if (views_.at(voter).generation) {
        step.sends.push_back(
            {views_.at(voter).run(),
             release{.lock = it.lock, .request = it.ticket.request, .last_token = it.last_used()}});
      }
    }
  }
  if (it.options.shared && it.held()) {
    it.options.shared->force_close();
  }
  standing_aside_ -= it.aside ? 1 : 0;
  if (!it.held()) {
    forget_wait(one->first, it.options);
  }
  if (it.held() && --holds_ == 0) {
    refresh_at_ = earliest_deadline_ = never;  // nothing is left to look at
  }
  const auto found = local_queues_.find(it.lock);
  check(found != local_queues_.end(), "every request is in its lock's queue");
  std::vector<request_id>& queue = found->second;
  std::erase(queue, one->first);
  if (queue.empty()) {
    local_queues_.erase(found);
  }
  remove_lease(it.options.lease, step.now);
  const lock_name lock = std::move(it.lock);
  attempts_.erase(one);
  // The time at which it would have given up wakes nobody.
  const auto is_over = [&](instant /*when*/, request_id request) {
    return !attempts_.contains(request);
  };
  give_ups_.drop_front_while(is_over);
  keeps_.drop_front_while(is_over);
  chases_.drop_front_while(is_over);
  start_due(lock, step);
}

void candidate::hear(const session_word& word, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(word.voter.node);
  if (!voter) {
    return;
  }
  const bool believed_before = views_.at(*voter).believed(step.now);
  const instant covered_before = views_.at(*voter).covered_anchor;
  const bool same_run = views_.at(*voter).boot == word.voter.boot;
  if (views_.hear(*voter, word) == voter_views::change::votes_gone) {
    forget_votes(*voter, same_run, step);
  }
  const bool needs_echo = !views_.at(*voter).promises(step.now);
  if (!believed_before && views_.at(*voter).believed(step.now)) {
    if (!leases_.empty()) {  // the next contact may be as far off as tries to reach it were
      views_.contact_within(shortened_by_drift(shortest_lease_, roster_.clock_drift_max_ppm),
                            step.now);
    }
    count_again(*voter, step);
    come_forward(step);
  } else if (!leases_.empty() && views_.at(*voter).covered_anchor > covered_before) {
    count_leased_again(*voter, covered_before, step);
    come_forward(step);
  }
  // Holds are looked at every sixth of a lease. One that would end before then must not miss an
  // answer that came in time.
  if (word.covered_echo && earliest_deadline_ - step.now < look_every()) {
    refresh_at_ = std::min(refresh_at_, step.now);
  }
  if (needs_echo && sessions_wanted(step.now) && views_.finish_handshake(*voter)) {
    step.contacts.push_back(word.voter.node);
  }
}

// A vote that came while its session was not believed counts from now on.
void candidate::count_again(std::size_t voter, lock_step& step) {
  for (entry one = attempts_.begin(); one != attempts_.end(); ++one) {
    if (one->second.phase != attempt_phase::queued && one->second.votes[voter].ballot) {
      count(one, step);
    }
  }
}

// The session at this voter is a new one: votes of the old one are gone, ask again. Or a lease
// ended in it, and others are still lent: what was given back to this run of the voter must not
// count because it is said again.
void candidate::forget_votes(std::size_t voter, bool same_run, lock_step& step) {
  for (entry one = attempts_.begin(); one != attempts_.end(); ++one) {
    if (one->second.phase != attempt_phase::queued) {
      vote_record& record = one->second.votes[voter];
      const ballot given_back = same_run ? record.relinquished : ballot{};
      record = {};
      record.relinquished = given_back;
      if (!one->second.aside) {
        ask(one, voter, step);
      }
    }
  }
  refresh_at_ = std::min(refresh_at_, step.now);
}

bool candidate::refused(node_id voter, errc reason, lock_step& step) {
  const std::optional<std::size_t> index = views_.index_of(voter);
  if (!index) {
    return false;
  }
  const bool news = views_.at(*index).refusal != reason;
  views_.at(*index).refusal = reason;
  fail_if_refused(step);  // also when it is no news: a request may have begun to ask since
  return news;
}

// When so many voters refuse that no quorum is left, waiting would be for ever.
std::optional<errc> candidate::refused_by_all_quorums() const {
  std::optional<errc> reason;
  const bool quorum_left = quorum_value(roster_, [&](node_id voter) {
    const std::optional<errc> excluded = views_.at(*views_.index_of(voter)).excluded();
    reason = excluded ? excluded : reason;
    return !excluded;
  });
  return quorum_left ? std::nullopt : reason;
}

void candidate::fail_if_refused(lock_step& step) {
  const std::optional<errc> reason = refused_by_all_quorums();
  if (!reason) {
    return;
  }
  std::vector<request_id> waiting;
  for (const auto& [request, one] : attempts_) {
    if (!one.held()) {
      waiting.push_back(request);
    }
  }
  // The last first: nobody who is about to fail starts asking because another one did.
  std::ranges::reverse(waiting);
  for (const request_id request : waiting) {
    if (const entry one = attempts_.find(request); one != attempts_.end()) {
      fail(one, *reason, step);  // and those together with it
    }
  }
}

void candidate::stop(loss_reason reason, errc error, lock_step& step) {
  while (!attempts_.empty()) {
    const entry last = std::prev(attempts_.end());
    if (last->second.phase == attempt_phase::kept && take_back(last)) {
      withdraw(last, step);
    } else if (last->second.phase == attempt_phase::holding) {
      lose(last, reason, step);
    } else {
      fail(last, error, step);
    }
  }
  sessions_until_ = long_ago;
  closed_ = error;
}

void candidate::tick(lock_step& step) {
  instant when{};
  request_id request;
  while (give_ups_.pop_due(step.now, when, request)) {
    const entry one = attempts_.find(request);
    if (one == attempts_.end() || one->second.held()) {
      continue;
    }
    if (one->second.options.give_up_at <= step.now) {
      fail(one, errc::timed_out, step);
    } else if (one->second.choose_at <= step.now) {
      choose_anew(one, step);
    } else if (one->second.options.wait) {
      ask_the_busy_again(one, step);
    } else {
      fail_if_busy(one, step);
    }
  }
  start_chases(step);
  end_kept(step);
  if (refresh_at_ <= step.now) {
    refresh_holds(step);
  }
  keep_sessions(step);
  last_event_ = step.now;
}

void candidate::keep_sessions(lock_step& step) {
  if (!sessions_wanted(step.now)) {
    sessions_until_ = long_ago;  // a contact that was due before must not be waited for
    return;
  }
  bool any_due = false;
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    if (views_.contact_due(voter, step.now)) {
      step.contacts.push_back(views_.at(voter).id);
      any_due = true;
    }
  }
  if (any_due) {
    come_forward(step);
    stand_aside(step);
  }
}

void candidate::use_sessions(instant now) {
  sessions_until_ = std::max(sessions_until_, saturating_add(now, settings_.session_idle_max));
}

bool candidate::sessions_wanted(instant now) const {
  return !attempts_.empty() || now < sessions_until_;
}

instant candidate::next_deadline() const {
  const instant contact =
      attempts_.empty() && views_.next_contact() >= sessions_until_ ? never : views_.next_contact();
  return std::min({refresh_at_, give_ups_.next(), keeps_.next(), chases_.next(), contact});
}

instant candidate::deadline_of(request_id request) const {
  const auto one = attempts_.find(request);
  return one == attempts_.end() ? long_ago : one->second.deadline;
}

}  // namespace conclave::core
