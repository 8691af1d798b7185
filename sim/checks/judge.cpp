// The promises, checked with each step of the cluster.
#include "sim/checks/judge.hpp"

#include "base/check.hpp"
#include "sim/checks/agreement.hpp"
#include "sim/checks/timeliness.hpp"
#include "sim/world_setup.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <variant>

namespace conclave::sim {

namespace {

constexpr std::size_t no_voter = SIZE_MAX;

// What is wrong with a state stays wrong for a while: states are looked at after one step in so
// many. Which ones is mixed, so that no machine is passed over whose steps come at even distances.
constexpr std::uint64_t look_every = 8;
// A multiple of it: where machines are compared with all others, or all locks of all voters are.
constexpr std::uint64_t compare_every = 16;

// No wall clock of a run is further from the true one.
constexpr duration wall_wrong_max = std::chrono::hours(24);

// Whoever follows any Lamport time lets one peer use up the tokens of all.
std::string far_ahead(const machine& where, true_time now) {
  const duration ahead = now.time_since_epoch() + wall_wrong_max + where.settings.lamport_jump_max;
  const bool follows =
      where.process &&
      where.process->lamport().value > wall_at_zero + static_cast<std::uint64_t>(ahead.count());
  return follows ? where.name() + ": its Lamport time is further ahead than it may follow" : "";
}

// A voter lends nothing before all that an earlier process can have promised is over, by the rule.
std::string lends_too_soon(const machine& where, true_time now) {
  const core::voter* lends = where.process ? where.process->lends() : nullptr;
  const bool may = lends == nullptr || lends->stopped() || lends->abstains() ||
                   where.local(now) >= where.abstains_until;
  return may ? "" : where.name() + ": its abstention ended too soon";
}

}  // namespace

std::string_view to_string(promise which) {
  switch (which) {
    case promise::exclusion:
      return "exclusion";
    case promise::reservation:
      return "reservation";
    case promise::fencing:
      return "fencing";
    case promise::fail_closed:
      return "fail_closed";
    case promise::one_ending:
      return "one_ending";
    case promise::store:
      return "store";
    case promise::membership:
      return "membership";
    case promise::sighting:
      return "sighting";
    case promise::deadlock:
      return "deadlock";
    case promise::alarm:
      return "alarm";
  }
  return "?";
}

void judge::watch(std::vector<machine_index> voters) {
  voters_ = std::move(voters);
  voter_position_.assign(machines_->size(), no_voter);
  requests_.resize(machines_->size());
  rings_.watch(requests_, *machines_);
  sightings_.watch(*machines_);
  floors_.watch(voters_.size());
  last_loans_.watch(voters_.size());
  views_.watch(*machines_);
  alarms_.watch(*machines_);
  for (std::size_t i = 0; i < voters_.size(); ++i) {
    voter_position_[voters_[i]] = i;
  }
}

void judge::started(machine_index at) {
  rings_.stopped(at);
  sightings_.started(at);
  requests_[at].clear();
  views_.started(at, (*machines_)[at].boot);
}

void judge::asked(machine_index at, core::request_id id, lock_index lock, std::uint32_t owner,
                  true_time now, const core::lock_request& how, const core::companions& together) {
  require(requests_[at].ask(id, lock, owner, how, together), promise::one_ending, at, id, now,
          "its id is not greater than all before it");
  rings_.asked(at, id);
  rings_.look();
}

void judge::happened(machine_index at, const core::action& what, true_time now) {
  views_.happened(at, what);
  if (const auto* grant = std::get_if<core::granted>(&what)) {
    on_granted(at, *grant, now);
  } else if (const auto* extension = std::get_if<core::extended>(&what)) {
    on_extended(at, *extension, now);
  } else if (const auto* shorter = std::get_if<core::shortened>(&what)) {
    on_shortened(at, *shorter, now);
  } else if (const auto* said = std::get_if<core::report>(&what)) {
    require_none(alarms_.false_alarm(at, *said, now), promise::alarm, now);
  } else if (const auto* seen = std::get_if<core::observed>(&what)) {
    require_none(sightings_.happened(at, *seen), promise::sighting, now);
  } else if (const auto* loss = std::get_if<core::lost>(&what)) {
    on_lost(at, *loss, now);
  } else if (const auto* failure = std::get_if<core::failed>(&what)) {
    require(requests_[at].fail(failure->request), promise::one_ending, at, failure->request, now,
            "it failed but was not waiting");
    require(failure->reason != errc::deadlock || rings_.was_youngest(at, failure->request),
            promise::deadlock, at, failure->request, now,
            "it was not the youngest that waited in any ring");
  } else if (const auto* waiter = std::get_if<core::contended>(&what)) {
    require(requests_[at].find(waiter->request).phase == request_phase::holding,
            promise::one_ending, at, waiter->request, now, "it is contended but does not hold");
  }
}

void judge::on_granted(machine_index at, const core::granted& what, true_time now) {
  const machine& where = (*machines_)[at];
  const bool waited = requests_[at].grant(what.request, what.deadline, where.local(now), what.slot);
  require(waited, promise::one_ending, at, what.request, now,
          "it was granted but was not waiting, or as a permit that there is not");
  if (!waited) {
    return;
  }
  require(what.deadline > where.local(now), promise::fail_closed, at, what.request, now,
          "it was granted after its deadline");
  require(what.deadline <= requests_[at].find(what.request).latest, promise::fail_closed, at,
          what.request, now, "it was granted for longer than it may be held");
  note_token(at, what.request, what.token, now);
  const holder who = holder_at(at, what.request);
  const true_time until = where.clock.first_reaching(what.deadline);
  const tracked_request asked = requests_[at].find(what.request);
  const bool shares = asked.mode == core::lock_mode::shared;
  require_alone(beliefs_.begin({.who = who,
                                .asked_as = what.asked_as,
                                .lock = asked.lock,
                                .since = now,
                                .until = until,
                                .shared_from = shares ? now : end_of_time,
                                .slot = what.slot}),
                who, now);
  check_coverage(*beliefs_.find(who), now);
  rings_.look();
}

void judge::on_extended(machine_index at, const core::extended& what, true_time now) {
  const machine& where = (*machines_)[at];
  const bool may = requests_[at].extend(what.request, what.deadline, where.local(now));
  require(may, promise::fail_closed, at, what.request, now,
          "its deadline was moved though it had passed, or too far, or it does not hold");
  const holder who = holder_at(at, what.request);
  if (!may || beliefs_.find(who) == nullptr) {
    return;
  }
  require_alone(beliefs_.extend(who, now, where.clock.first_reaching(what.deadline)), who, now);
  check_coverage(*beliefs_.find(who), now);
}

void judge::on_shortened(machine_index at, const core::shortened& what, true_time now) {
  const machine& where = (*machines_)[at];
  require(requests_[at].shorten(what.request, what.deadline, where.local(now)),
          promise::fail_closed, at, what.request, now,
          "its deadline was taken back to one that is no earlier, or over, or it does not hold");
  beliefs_.shorten(holder_at(at, what.request), where.clock.first_reaching(what.deadline));
}

void judge::on_lost(machine_index at, const core::lost& what, true_time now) {
  const tracked_request before = requests_[at].find(what.request);
  require(requests_[at].lose(what.request), promise::one_ending, at, what.request, now,
          "it was lost but did not hold");
  require(!is_by_time(what.reason) || before.deadline <= (*machines_)[at].local(now),
          promise::fail_closed, at, what.request, now, "it was lost before its deadline");
  beliefs_.end(holder_at(at, what.request));
}

void judge::unlocked(machine_index at, core::request_id id, bool held, true_time now) {
  require(requests_[at].unlock(id, held, (*machines_)[at].local(now)), promise::fail_closed, at, id,
          now, "unlock() said something else than the deadline");
  beliefs_.end(holder_at(at, id));
}

void judge::downgraded(machine_index at, core::request_id id, bool held, true_time now) {
  require(requests_[at].downgrade(id, held, (*machines_)[at].local(now)), promise::fail_closed, at,
          id, now, "downgrade() said something else than the deadline");
  if (held) {
    beliefs_.share(holder_at(at, id), now);
  }
}

void judge::token_taken(machine_index at, core::request_id id, fencing_token token, true_time now) {
  const tracked_request one = requests_[at].find(id);
  const bool holds =
      one.phase == request_phase::holding && (*machines_)[at].local(now) < one.deadline;
  require(holds, promise::fail_closed, at, id, now, "a token was given out but it does not hold");
  if (holds) {
    note_token(at, id, token, now);
  }
}

void judge::stops(machine_index at) {
  if (voter_position_[at] != no_voter) {
    last_loans_.stops(voter_position_[at], (*machines_)[at], *locks_);
  }
}

void judge::stopped(machine_index at) {
  beliefs_.end_all(at);
  rings_.stopped(at);
  requests_[at].clear();
}

void judge::stepped(machine_index at, true_time now) {
  const core::request_id alone = requests_[at].granted_without_others();
  require(!alone, promise::one_ending, at, alone, now,
          "it was granted without those that were asked for together with it");
  if (doubt_ && !tokens_void_ && !broken_) {
    broken_ = doubt_;
  }
  if (core::mix(++steps_) % look_every == 0) {
    look(at, now);
  } else if (views_.changed(at)) {
    require_none(views_.look(at, now), promise::membership, now);
  }
}

void judge::look(machine_index at, true_time now) {
  check_process(at, now);
  const bool is_voter = at < voter_position_.size() && voter_position_[at] != no_voter;
  if (!is_voter || broken_) {
    return;
  }
  check_floors(now);
  // What this voter still reserves for long enough it has not made wrong.
  const bool all = core::mix(steps_) % compare_every == 0;
  const std::size_t position = voter_position_[at];
  for (const belief& one : beliefs_.open(now)) {
    if (all || reserved_until((*machines_)[at], one, (*locks_)[one.lock],
                              last_loans_.was_lent(position, one)) < one.until) {
      check_coverage(one, now);
    }
  }
}

// The belief of a holder ends at another true time now, and so does what a voter keeps.
void judge::clock_changed(machine_index at, true_time now) {
  alarms_.clock_changed(at, now);
  const machine& where = (*machines_)[at];
  std::vector<holder> moved;
  for (belief& one : beliefs_.open(now)) {
    if (one.who.machine == at) {
      one.until = where.clock.first_reaching(requests_[at].find(one.who.request).deadline);
      moved.push_back(one.who);
    }
  }
  for (const holder& each : moved) {
    belief* one = beliefs_.find(each);
    require_alone(beliefs_.extend(each, now, one->until), each, now);
    check_coverage(*one, now);
  }
  look(at, now);
}

// As a token out of order: in the same step it may turn out that tokens are promised no longer.
void judge::store_broken(const std::string& how, true_time now) {
  if (!doubt_) {
    doubt_ = {.broken = promise::store, .at = now, .text = how};
  }
}

void judge::ticked(machine_index at, true_time now) {
  require_none(overdue((*machines_)[at], now, true), promise::one_ending, now);
}

// What the process there believes and owes, whoever it is.
void judge::check_process(machine_index at, true_time now) {
  if (broken_) {
    return;
  }
  if (const auto& process = (*machines_)[at].process; process) {
    process->check_invariants((*machines_)[at].local(now));
  }
  if (!any_clocks_ && core::mix(steps_) % compare_every == 0) {
    require_none(false_belief(*machines_, at, now), promise::reservation, now);
  }
  require_none(overdue((*machines_)[at], now, false), promise::one_ending, now);
  require_none(kept_after_the_end((*machines_)[at]), promise::one_ending, now);
  require_none(views_.look(at, now), promise::membership, now);
  require_none(far_ahead((*machines_)[at], now), promise::fencing, now);
  require_none(lends_too_soon((*machines_)[at], now), promise::reservation, now);
}

void judge::check_floors(true_time now) {
  if (tokens_void_ || doubt_ || any_clocks_ || core::mix(steps_) % compare_every != 0) {
    return;
  }
  for (std::size_t i = 0; i < voters_.size(); ++i) {
    floors_.look(i, (*machines_)[voters_[i]], *locks_);
  }
  std::string forgotten = floors_.forgotten(*locks_);
  if (!forgotten.empty()) {
    broken_ = {.broken = promise::fencing, .at = now, .text = std::move(forgotten)};
  }
}

std::optional<holder> judge::holder_of(lock_index lock, true_time now) {
  for (const belief& one : beliefs_.open(now)) {
    if (one.lock == lock) {
      return one.who;
    }
  }
  return std::nullopt;
}

void judge::note_token(machine_index at, core::request_id id, fencing_token token, true_time now) {
  const tracked_request one = requests_[at].find(id);
  const std::size_t row = row_of(one.lock, one.slot, locks_->size());
  if (row >= last_token_.size()) {
    last_token_.resize(row + 1);
  }
  floors_.given(one.lock, token);
  tokens_seen& seen = last_token_[row];
  const bool shares = one.mode == core::lock_mode::shared;
  const fencing_token last = shares ? seen.exclusive : seen.any;
  if (token <= last && !doubt_ && !any_clocks_) {
    doubt_ = {.broken = promise::fencing,
              .at = now,
              .text = describe(holder_at(at, id)) + ": token " + std::to_string(token.value()) +
                      " is not greater than " + std::to_string(last.value())};
  }
  // Who looks at a token alone can tell which permit it is of.
  for (core::permit_slot other = core::only_slot; other <= one.permits; ++other) {
    const std::size_t its_row = row_of(one.lock, other, locks_->size());
    const bool taken =
        other != one.slot && its_row < last_token_.size() && last_token_[its_row].any == token;
    require(!taken || any_clocks_, promise::fencing, at, id, now,
            "another permit was given the same token");
  }
  seen.any = std::max(seen.any, token);
  seen.exclusive = std::max(seen.exclusive, shares ? fencing_token() : token);
}

void judge::check_coverage(const belief& one, true_time now) {
  if (any_clocks_ || one.until <= now) {
    return;
  }
  std::array<true_time, core::voters_max> reserved{};
  for (std::size_t i = 0; i < voters_.size(); ++i) {
    reserved[i] = reserved_until((*machines_)[voters_[i]], one, (*locks_)[one.lock],
                                 last_loans_.was_lent(i, one));
  }
  const true_time covered = majority_until(std::span(reserved).first(voters_.size()));
  if (covered == end_of_time) {
    return;
  }
  least_slack_ = std::min(least_slack_, covered - one.until);
  if (covered < one.until) {
    require(false, promise::reservation, one.who.machine, one.who.request, now,
            "it believes for " + std::to_string((one.until - covered).count()) +
                " ns longer than a quorum keeps its votes for it");
  }
}

void judge::require(bool ok, promise which, machine_index at, core::request_id id, true_time now,
                    std::string_view what) {
  if (ok || broken_) {
    return;
  }
  broken_ = {
      .broken = which, .at = now, .text = describe(holder_at(at, id)) + ": " + std::string(what)};
}

void judge::require_none(std::string wrong, promise which, true_time now) {
  if (!wrong.empty() && !broken_) {
    broken_ = {.broken = which, .at = now, .text = std::move(wrong)};
  }
}

void judge::require_alone(const std::optional<belief>& other, const holder& who, true_time now) {
  if (other && !any_clocks_) {
    require(false, promise::exclusion, who.machine, who.request, now,
            "it holds while " + describe(other->who) + " does, for " +
                std::to_string((other->until - now).count()) + " ns more");
  }
}

holder judge::holder_at(machine_index at, core::request_id id) const {
  const machine& where = (*machines_)[at];
  return {.machine = at,
          .process = {.node = core::node_id_of(where.name()), .boot = where.boot},
          .request = id};
}

std::string judge::describe(const holder& who) const {
  const tracked_request known = requests_[who.machine].find(who.request);
  std::string text = (*machines_)[who.machine].name() + " r" + std::to_string(who.request.value);
  if (known.phase != request_phase::unknown) {
    text += " \"" + (*locks_)[known.lock] + "\"";
  }
  return text;
}

}  // namespace conclave::sim
