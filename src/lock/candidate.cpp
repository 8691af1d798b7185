// The candidate's rules: asking, counting, holding, giving way.
#include "lock/candidate.hpp"

#include "base/check.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

candidate::candidate(candidate_settings settings, const voter_roster& roster)
    : settings_(settings), roster_(roster), views_(roster, settings.lease_ttl) {}

request_id candidate::lock(const lock_name& name, const lock_request& options, lock_step& step) {
  last_request_ = last_request_.next();
  const request_id request = last_request_;
  const auto refuse = [&](errc reason) {
    step.events.emplace_back(failed{.request = request, .reason = reason});
    return request;
  };
  check(options.span >= 1 && options.span <= span_max, "a span is in bounds", options.span);
  if (closed_) {
    return refuse(*closed_);
  }
  if (name.empty() || name.size() > text_max) {
    return refuse(errc::invalid_lock_name);
  }
  if (roster_.empty()) {
    return refuse(errc::observer);
  }
  if (attempts_.size() >= settings_.requests_max) {
    return refuse(errc::too_many_requests);
  }
  std::vector<request_id>& queue = local_queues_[name];
  if (!options.wait && !queue.empty()) {
    return refuse(errc::would_block);
  }
  attempt fresh;
  fresh.lock = name;
  fresh.options = options;
  fresh.votes.resize(views_.size());
  const entry one = attempts_.emplace_hint(attempts_.end(), request, std::move(fresh));
  if (options.give_up_at != never) {
    give_ups_.schedule(options.give_up_at, request);
  }
  queue.push_back(request);
  if (queue.size() == 1) {
    start(one, step);
    fail_if_refused(step);
  }
  return request;
}

void candidate::start(entry one, lock_step& step) {
  attempt& it = one->second;
  it.phase = attempt_phase::asking;
  it.ticket = {.time = step.lamport.tick(), .node = settings_.self.node, .request = one->first};
  it.min_ballot = ballot{it.ticket.time.value};
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
                                                          .span = it.options.span,
                                                          .wait = it.options.wait}});
  }
}

void candidate::handle(const node_boot& from, const vote& lent, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(from.node);
  if (!voter || from.boot != views_.at(*voter).boot) {
    return;
  }
  const entry one = attempts_.find(lent.request);
  if (one == attempts_.end() || one->second.lock != lent.lock ||
      one->second.phase == attempt_phase::queued) {
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
      lent.ballot.value > greatest || greatest - lent.ballot.value < one->second.options.span - 1) {
    return;
  }
  ++counters_.votes;
  record.ballot = lent.ballot;
  record.generation = lent.generation;
  record.busy = false;
  count(one, step);
}

// What do the votes amount to now?
void candidate::count(entry one, lock_step& step) {
  attempt& it = one->second;
  const ballot agreed = equal_quorum(it, roster_, views_, step.now);
  if (agreed && (it.phase == attempt_phase::asking || agreed >= it.base.next(it.options.span))) {
    hold(one, agreed, step);
    return;
  }
  if (it.phase == attempt_phase::holding && it.min_ballot < it.base.next(it.options.span)) {
    return;  // no more tokens are asked for; its deadline is looked at when the time has come
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

void candidate::hold(entry one, ballot base, lock_step& step) {
  attempt& it = one->second;
  it.base = base;
  if (it.phase == attempt_phase::holding) {
    it.next = base;  // more tokens for a hold that is known
    return;
  }
  it.phase = attempt_phase::holding;
  ++holds_;
  it.next = base.next();
  it.deadline = quorum_deadline(it, roster_, views_, step.now);
  earliest_deadline_ = std::min(earliest_deadline_, it.deadline);
  ++counters_.granted;
  last_event_ = step.now;
  refresh_at_ = std::min({refresh_at_, it.deadline, step.now + settings_.lease_ttl / 6});
  step.events.emplace_back(
      granted{.request = one->first, .token = fencing_token(base.value), .deadline = it.deadline});
  if (it.contended) {
    step.events.emplace_back(contended{.request = one->first});
  }
}

std::optional<fencing_token> candidate::take_token(request_id request, lock_step& step) {
  const entry one = attempts_.find(request);
  if (one == attempts_.end() || one->second.phase != attempt_phase::holding ||
      one->second.deadline <= step.now) {
    return std::nullopt;
  }
  attempt& it = one->second;
  const ballot end = it.base.next(it.options.span);
  // Ask for more when half are gone. They are given out once a quorum has recorded the new ballot.
  if (it.next.value - it.base.value >= it.options.span / 2 && it.min_ballot < end) {
    it.min_ballot = end;
    step.lamport.observe({end.value});
    for (std::size_t voter = 0; voter < views_.size(); ++voter) {
      ask(one, voter, step);
    }
  }
  if (it.next >= end) {
    return std::nullopt;
  }
  const fencing_token token(it.next.value);
  it.next = it.next.next();
  return token;
}

void candidate::handle(const node_boot& from, const busy& answer, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(from.node);
  const entry one = attempts_.find(answer.request);
  if (!voter || one == attempts_.end() || one->second.lock != answer.lock ||
      one->second.phase != attempt_phase::asking) {
    return;
  }
  one->second.votes[*voter].busy = true;
  fail_if_busy(one, step);
}

// To who waits, only a voter that has too many requests of this node says BUSY.
void candidate::fail_if_busy(entry one, lock_step& step) {
  if (quorum_is_busy(one->second, roster_, views_, step.now)) {
    fail(one, one->second.options.wait ? errc::too_many_requests : errc::would_block, step);
  }
}

void candidate::handle(const node_boot& from, const recall& asked, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(from.node);
  if (!voter || from.boot != views_.at(*voter).boot) {
    return;
  }
  const entry one = attempts_.find(asked.request);
  if (one == attempts_.end() || one->second.lock != asked.lock) {
    step.sends.push_back(
        {from, release{.lock = asked.lock, .request = asked.request, .last_token = {}}});
    return;
  }
  attempt& it = one->second;
  if (it.phase == attempt_phase::holding) {
    if (!std::exchange(it.contended, true)) {
      step.events.emplace_back(contended{.request = one->first});
    }
    return;
  }
  it.contended = true;
  vote_record& record = it.votes[*voter];
  // The ballot it has, or one whose VOTE this message overtook. A smaller one is an old copy: the
  // voter repeats the recall with each new ballot.
  if (it.phase != attempt_phase::asking || asked.ballot < record.ballot ||
      asked.ballot <= record.relinquished || !(asked.waiter < it.ticket)) {
    return;
  }
  // Forget the vote first, then say so.
  record.ballot = {};
  record.relinquished = asked.ballot;
  ++counters_.relinquished;
  step.sends.push_back(
      {from, relinquish{.lock = it.lock, .ballot = asked.ballot, .ticket = it.ticket}});
  if (!it.options.wait) {
    record.busy = true;  // somebody else has it now
    fail_if_busy(one, step);
  }
}

bool candidate::unlock(request_id request, lock_step& step) {
  const entry one = attempts_.find(request);
  if (one == attempts_.end()) {
    return false;
  }
  use_sessions(step.now);
  const bool held_to_the_end =
      one->second.phase != attempt_phase::holding || one->second.deadline > step.now;
  withdraw(one, step);
  return held_to_the_end;
}

void candidate::fail(entry one, errc reason, lock_step& step) {
  step.events.emplace_back(failed{.request = one->first, .reason = reason});
  withdraw(one, step);
}

void candidate::lose(entry one, loss_reason reason, lock_step& step) {
  ++counters_.lost;
  step.events.emplace_back(lost{.request = one->first, .reason = reason});
  withdraw(one, step);
}

void candidate::withdraw(entry one, lock_step& step) {
  attempt& it = one->second;
  if (it.phase != attempt_phase::queued) {
    for (std::size_t voter = 0; voter < views_.size(); ++voter) {
      if (views_.at(voter).generation) {
        step.sends.push_back(
            {views_.at(voter).run(),
             release{.lock = it.lock, .request = one->first, .last_token = it.last_used()}});
      }
    }
  }
  if (it.phase == attempt_phase::holding && --holds_ == 0) {
    refresh_at_ = earliest_deadline_ = never;  // nothing is left to look at
  }
  const auto found = local_queues_.find(it.lock);
  check(found != local_queues_.end(), "every request is in its lock's queue");
  std::vector<request_id>& queue = found->second;
  const bool was_first = queue.front() == one->first;
  std::erase(queue, one->first);
  const request_id next = was_first && !queue.empty() ? queue.front() : request_id{};
  if (queue.empty()) {
    local_queues_.erase(found);
  }
  attempts_.erase(one);
  // The time at which it would have given up wakes nobody.
  give_ups_.drop_front_while(
      [&](instant /*when*/, request_id request) { return !attempts_.contains(request); });
  if (next) {
    start(attempts_.find(next), step);
  }
}

void candidate::hear(const session_word& word, lock_step& step) {
  const std::optional<std::size_t> voter = views_.index_of(word.voter.node);
  if (!voter) {
    return;
  }
  const bool believed_before = views_.at(*voter).believed(step.now);
  if (views_.hear(*voter, word) == voter_views::change::votes_gone) {
    forget_votes(*voter, step);
  }
  const bool needs_echo = !views_.at(*voter).believed(step.now);
  if (!believed_before && !needs_echo) {
    count_again(*voter, step);
  }
  // Holds are looked at every sixth of a lease. One that would end before then must not miss an
  // answer that came in time.
  if (word.covered_echo && earliest_deadline_ - step.now < settings_.lease_ttl / 6) {
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

// The session at this voter is a new one: votes of the old one are gone, ask again.
void candidate::forget_votes(std::size_t voter, lock_step& step) {
  for (entry one = attempts_.begin(); one != attempts_.end(); ++one) {
    if (one->second.phase != attempt_phase::queued) {
      one->second.votes[voter] = {};
      ask(one, voter, step);
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
void candidate::fail_if_refused(lock_step& step) {
  std::optional<errc> reason;
  const bool quorum_left = quorum_value(roster_, [&](node_id voter) {
    const std::optional<errc>& refusal = views_.at(*views_.index_of(voter)).refusal;
    reason = refusal ? refusal : reason;
    return !refusal;
  });
  if (quorum_left) {
    return;
  }
  std::vector<request_id> waiting;
  for (const auto& [request, one] : attempts_) {
    if (one.phase != attempt_phase::holding) {
      waiting.push_back(request);
    }
  }
  // The last first: nobody who is about to fail starts asking because another one did.
  std::ranges::reverse(waiting);
  for (const request_id request : waiting) {
    fail(attempts_.find(request), *reason, step);
  }
}

void candidate::stop(loss_reason reason, errc error, lock_step& step) {
  while (!attempts_.empty()) {
    const entry last = std::prev(attempts_.end());
    if (last->second.phase == attempt_phase::holding) {
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
    if (one != attempts_.end() && one->second.phase != attempt_phase::holding) {
      fail(one, errc::timed_out, step);
    }
  }
  if (refresh_at_ <= step.now) {
    refresh_holds(step);
  }
  keep_sessions(step);
  last_event_ = step.now;
}

// A published deadline is a promise of the voters that were counted then: it stays true whatever
// happens later, so it only ever moves on. Once it has passed the owner may have acted on that:
// what comes late revives nothing.
void candidate::extend(request_id request, attempt& held, lock_step& step) {
  if (held.deadline <= step.now) {
    return;
  }
  const instant stands_until = quorum_deadline(held, roster_, views_, step.now);
  if (stands_until > held.deadline) {
    held.deadline = stands_until;
    step.events.emplace_back(extended{.request = request, .deadline = stands_until});
  }
}

void candidate::refresh_holds(lock_step& step) {
  refresh_at_ = never;
  earliest_deadline_ = never;
  std::vector<request_id> over;
  for (auto& [request, one] : attempts_) {
    if (one.phase != attempt_phase::holding) {
      continue;
    }
    extend(request, one, step);
    if (one.deadline <= step.now) {
      over.push_back(request);
    } else {
      earliest_deadline_ = std::min(earliest_deadline_, one.deadline);
      refresh_at_ = std::min({refresh_at_, one.deadline, step.now + settings_.lease_ttl / 6});
    }
  }
  // Not having run for most of a lease is the process's own doing; else the voters were silent.
  const bool slept = last_event_ != long_ago && step.now - last_event_ > settings_.lease_ttl / 2;
  for (const request_id request : over) {
    lose(attempts_.find(request), slept ? loss_reason::expired : loss_reason::no_quorum, step);
  }
}

void candidate::keep_sessions(lock_step& step) {
  if (!sessions_wanted(step.now)) {
    sessions_until_ = long_ago;  // a contact that was due before must not be waited for
    return;
  }
  for (std::size_t voter = 0; voter < views_.size(); ++voter) {
    if (views_.contact_due(voter, step.now)) {
      step.contacts.push_back(views_.at(voter).id);
    }
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
  return std::min({refresh_at_, give_ups_.next(), contact});
}

instant candidate::deadline_of(request_id request) const {
  const auto one = attempts_.find(request);
  return one == attempts_.end() ? long_ago : one->second.deadline;
}

void candidate::check_invariants(instant now) const {
  const auto holding = std::ranges::count_if(
      attempts_, [](const auto& each) { return each.second.phase == attempt_phase::holding; });
  check(static_cast<std::size_t>(holding) == holds_, "holds are counted", holds_);
  std::size_t queued = 0;
  for (const auto& [name, queue] : local_queues_) {
    check(!queue.empty(), "only locks that are wanted have a queue");
    queued += queue.size();
  }
  check(queued == attempts_.size(), "every request is in one queue", queued, attempts_.size());
  for (const auto& [request, one] : attempts_) {
    const auto found = local_queues_.find(one.lock);
    check(found != local_queues_.end(), "a request's queue exists", request.value);
    check((found->second.front() == request) == (one.phase != attempt_phase::queued),
          "one request a lock is out at a time", request.value);
    if (one.phase == attempt_phase::holding && one.deadline > now) {
      check(one.base && one.next >= one.base, "a holder has a token", request.value);
    }
  }
}

}  // namespace conclave::core
