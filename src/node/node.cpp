// One node: what its owner wants, what time brings, and the routing between its machines.
#include "node/node.hpp"

#include "base/check.hpp"
#include "base/digest.hpp"
#include "lock/quorum.hpp"
#include "node/settings.hpp"

#include <algorithm>
#include <utility>

namespace conclave::core {

namespace {

// How long leave() waits for the voters to acknowledge what was released.
constexpr duration leave_wait_max = std::chrono::milliseconds(500);
// How often a restarted voter asks the others for their Lamport time.
constexpr duration ask_lamport_every = std::chrono::milliseconds(250);

// How long it waits for their answers before it lends all the same.
constexpr duration ask_lamport_max = std::chrono::seconds(1);

}  // namespace

node::node(node_start start)
    : settings_(start.settings),
      self_{.node = node_id_of(start.settings.name), .boot = start.boot},
      roster_(roster_of(start.settings)),
      fingerprint_(roster_.fingerprint()),
      lamport_(start.wall_ns, start.now, start.settings.lamport_jump_max),
      link_(link_settings_of(start)),
      membership_(membership_settings_of(start), start.now, random_source(start.random_seed)),
      candidate_(candidate_settings_of(start), roster_),
      observer_(roster_) {
  check(static_cast<bool>(start.boot), "a boot has a number");
  check(validate(settings_).empty(), "the configuration was validated");
  candidate_.close(errc::not_joined);
  if (!roster_.names(self_.node)) {
    return;
  }
  voter_.emplace(self_, roster_, !settings_.new_cluster, lamport_.time(),
                 settings_.voter_requests_per_candidate_max);
  if (voter_->abstains()) {
    // Asked before, the others could not know of a token that a vote of the earlier run, still
    // under way, makes later. By then no such vote counts any more.
    abstain_until_ = saturating_add(start.now, roster_.abstention());
    ask_lamport_at_ = abstain_until_;
  }
}

lock_step node::step_at(instant now) {
  return {
      .now = now, .lamport = lamport_, .sends = sends_, .events = events_, .contacts = contacts_};
}

void node::join(instant now, actions& out) {
  lock_step step = step_at(now);
  membership_.join(now, gossip_);
  candidate_.open();
  candidate_.use_sessions(now);
  if (voter_) {
    extend_own_session(step);
    if (voter_->abstains()) {
      const auto wait = static_cast<std::uint64_t>(roster_.abstention().count());
      tell({.kind = report_kind::abstaining, .peer = {}, .from = {}, .value = wait});
    }
  }
  settle(step, out);
}

void node::leave(instant now, actions& out) {
  if (leaving() || superseded_) {
    leave_by_ = std::min(leave_by_, now);
    return;
  }
  lock_step step = step_at(now);
  leave_by_ = now + leave_wait_max;
  ask_lamport_at_ = never;
  candidate_.stop(loss_reason::shut_down, errc::leaving, step);
  membership_.leave(now, gossip_);
  settle(step, out);
  // After its own releases have reached it.
  if (voter_) {
    voter_->stop();
  }
}

request_id node::lock(std::string_view name, const lock_request& options, instant now,
                      actions& out) {
  const lock_name one(name);
  return lock_all({&one, 1}, options, now, out);
}

request_id node::lock_all(std::span<const lock_name> names, const lock_request& options,
                          instant now, actions& out) {
  lock_step step = step_at(now);
  if (voter_ && candidate_.sessions_wanted(now)) {
    extend_own_session(step);  // as the frame of a REQUEST does at the other voters
  }
  const request_id request = candidate_.lock_all(names, options, step);
  settle(step, out);
  return request;
}

bool node::unlock(request_id request, instant now, actions& out) {
  lock_step step = step_at(now);
  const bool held = candidate_.unlock(request, step);
  settle(step, out);
  return held;
}

bool node::downgrade(request_id request, instant now, actions& out) {
  lock_step step = step_at(now);
  const bool held = candidate_.downgrade(request, step);
  settle(step, out);
  return held;
}

std::optional<fencing_token> node::take_token(request_id request, instant now, actions& out) {
  lock_step step = step_at(now);
  const auto token = candidate_.take_token(request, step);
  settle(step, out);
  return token;
}

void node::set_metadata(std::string metadata, instant now, actions& out) {
  lock_step step = step_at(now);
  membership_.set_metadata(std::move(metadata), now, gossip_);
  settle(step, out);
}

bool node::inquire(node_id voter, const inquiry& asked, instant now, actions& out) {
  lock_step step = step_at(now);
  if (voter == self_.node) {
    dispatch(self_, {}, asked, standing::addressed, step);
    settle(step, out);
    return true;
  }
  const auto* known = membership_.table().find(voter);
  if (known == nullptr) {
    return false;
  }
  link_.introduce(voter, known->record->where, now);
  link_.send(voter, asked);
  settle(step, out);
  return true;
}

void node::observe(const lock_name& lock, instant now, actions& out) {
  lock_step step = step_at(now);
  observer_.observe(lock, now, sightings_);
  settle(step, out);
}

void node::route_observer(lock_step& step) {
  for (const auto& [voter, content] : sightings_.sends) {
    if (voter == self_.node) {
      step.sends.push_back({self_, content});
    } else if (const auto* known = membership_.table().find(voter); known != nullptr) {
      link_.introduce(voter, known->record->where, step.now);
      link_.send(voter, content);
    }
  }
  sightings_.sends.clear();
}

void node::tick(instant now, actions& out) {
  lock_step step = step_at(now);
  if (superseded_) {
    if (leave_by_ <= now && !std::exchange(departed_, true)) {
      out.list.emplace_back(departed{});
    }
    return;
  }
  link_.tick(now);
  if (voter_ && !leaving()) {
    voter_->tick(step);
    if (ask_lamport_at_ <= now) {
      ask_for_lamport_times(step);
    }
  }
  candidate_.tick(step);
  membership_.tick(now, gossip_);
  observer_.tick(now, sightings_);
  settle(step, out);
  if (leaving() && !departed_ && (leave_by_ <= now || link_.outstanding() == 0)) {
    departed_ = true;
    out.list.emplace_back(departed{});
  }
}

instant node::next_deadline() const {
  if (superseded_) {
    return departed_ ? never : leave_by_;
  }
  const instant voting = voter_ && !leaving() ? voter_->next_deadline() : never;
  const instant leaving_by = departed_ ? never : leave_by_;
  return std::min({link_.next_deadline(), voting, candidate_.next_deadline(),
                   membership_.next_deadline(), leaving_by, ask_lamport_at_,
                   observer_.next_deadline()});
}

// A newer process has this name: it may believe that whatever this one lent or held is over.
void node::supersede(boot_id by, instant now) {
  if (superseded_) {
    return;
  }
  superseded_ = true;
  lock_step step = step_at(now);
  if (voter_) {
    voter_->stop();
  }
  candidate_.stop(loss_reason::superseded, errc::superseded, step);
  tell({.kind = report_kind::superseded, .peer = self_.node, .from = {}, .value = by.value});
}

// What this voter lent before it started it does not know. The others' Lamport times are above
// every token that any of them recorded.
void node::ask_for_lamport_times(lock_step& step) {
  // A majority that does not count this voter: so small a roster has none.
  const bool can_know = roster_.voters.size() > 2;
  const instant give_up_at = abstain_until_ + ask_lamport_max;
  if (give_up_at <= step.now || !can_know) {
    end_abstention(step);
    return;
  }
  ask_lamport_at_ = std::min(step.now + ask_lamport_every, give_up_at);
  for (const node_id voter : roster_.voters) {
    const auto* known = membership_.table().find(voter);
    if (voter != self_.node && !told_its_time(voter) && known != nullptr) {
      link_.introduce(voter, known->record->where, step.now);
      link_.send(voter, lamport_query{});
    }
  }
}

void node::handle_lamport_answer(node_id voter, lock_step& step) {
  // Before it asks there are no answers: what comes all the same must not let it lend early.
  const bool asks =
      voter_ && voter_->abstains() && !voter_->stopped() && abstain_until_ <= step.now;
  if (!asks || told_its_time(voter)) {
    return;
  }
  remember_.push_back(voter);
  if (majority_told_its_time()) {
    end_abstention(step);
  }
}

bool node::told_its_time(node_id voter) const {
  return std::ranges::find(remember_, voter) != remember_.end();
}

bool node::majority_told_its_time() const {
  return quorum_value(roster_, [&](node_id id) { return told_its_time(id); });
}

void node::end_abstention(lock_step& step) {
  check(abstain_until_ <= step.now, "a vote is not lent while one of an earlier run can count");
  ask_lamport_at_ = never;
  voter_->end_abstention(step);
  tell({.kind = majority_told_its_time() ? report_kind::abstention_over
                                         : report_kind::floors_on_wall_clock,
        .peer = self_.node,
        .from = {},
        .value = remember_.size(),
        .other = roster_.voters.size() / 2 + 1});
}

void node::contact(node_id voter, lock_step& step) {
  if (voter == self_.node) {
    extend_own_session(step);
    return;
  }
  if (const auto* known = membership_.table().find(voter); known != nullptr) {
    link_.introduce(voter, known->record->where, step.now);
  }
  link_.touch(voter, true);
}

// This node's voter promises this node's candidate a session as it would any other: a process that
// stands still for a lease has lost it, whoever counts.
void node::extend_own_session(lock_step& step) {
  check(voter_.has_value(), "only a voter has a session with itself");
  voter_->end_lapsed(step);
  voter_->extend_session(self_, settings_.lease_ttl, step.now, step.now);
  if (const session* own = voter_->find_session(self_); own != nullptr) {
    candidate_.hear({.voter = self_, .generation = own->generation, .covered_echo = step.now},
                    step);
  }
}

// Who only watches may be silent for so long that the link has forgotten it.
void node::reach(const node_boot& who, instant now) {
  const belief* known = membership_.table().find(who.node);
  if (known != nullptr && known->record->boot == who.boot) {
    link_.introduce_run(who, known->record->where, now);
  }
}

void node::settle(lock_step& step, actions& out) {
  route_membership(step.now);
  route_observer(step);
  // Handling one message can add others behind it.
  for (std::size_t next = 0, met = 0;;) {
    if (met < contacts_.size()) {
      contact(contacts_[met++], step);
    } else if (next < sends_.size()) {
      const node_boot to = sends_[next].to;
      message content = std::move(sends_[next++].content);
      if (to == self_) {
        dispatch(self_, {}, content, standing::agreed, step);
      } else {
        if (std::holds_alternative<sighting>(content)) {
          reach(to, step.now);
        }
        link_.send(to, std::move(content));
      }
    } else if (voter_ && voter_->has_news()) {
      voter_->tell_watchers(step);
    } else {
      break;
    }
  }
  sends_.clear();
  contacts_.clear();
  link_.flush(
      step.now, [&](frame_header& header, node_boot to) { fill_header(header, to, step.now); },
      outbox_);
  const std::size_t base = out.bytes.size();
  out.bytes.insert(out.bytes.end(), outbox_.bytes.begin(), outbox_.bytes.end());
  for (const datagram& frame : outbox_.frames) {
    out.list.emplace_back(send{.to = frame.to, .offset = base + frame.offset, .size = frame.size});
  }
  outbox_.frames.clear();
  outbox_.bytes.clear();
  for (const lock_event& event : events_) {
    std::visit([&](const auto& one) { out.list.emplace_back(one); }, event);
  }
  events_.clear();
  for (const report& said : reports_) {
    out.list.emplace_back(said);
  }
  reports_.clear();
  for (const member_change& change : gossip_.changes) {
    out.list.emplace_back(member_changed{.kind = change.kind, .id = change.id});
  }
  if (gossip_.join_answered && !std::exchange(joined_, true)) {
    out.list.emplace_back(joined{});
  }
  gossip_.clear();
  for (answered& part : answers_) {
    out.list.emplace_back(std::move(part));
  }
  answers_.clear();
  for (observed& seen : sightings_.events) {
    out.list.emplace_back(std::move(seen));
  }
  sightings_.clear();
}

void node::route_membership(instant now) {
  if (gossip_.superseded_by) {
    supersede(gossip_.superseded_by, now);
  }
  for (gossip_send& said : gossip_.sends) {
    if (!said.to) {
      link_.send_to(said.where, std::move(said.content));
      continue;
    }
    link_.introduce(said.to, said.where, now);
    link_.send(said.to, std::move(said.content));
  }
  gossip_.sends.clear();
  for (const member_change& change : gossip_.changes) {
    if (change.kind == member_event_kind::joined) {
      observer_.found(change.id, sightings_);
    }
  }
}

void node::fill_header(frame_header& header, node_boot to, instant now) const {
  header.lamport = lamport_.time();
  header.epoch = roster_.epoch;
  header.roster_fingerprint = fingerprint_;
  if (candidate_.sessions_wanted(now) && roster_.names(to.node) && !link_.rests(to.node)) {
    header.lease_ttl = settings_.lease_ttl;
  }
  const session* own = voter_ ? voter_->find_session(to) : nullptr;
  if (own != nullptr) {
    header.generation = own->generation;
    header.session_covers_echo = header.echo && own->covered_anchor == *header.echo;
  }
}

void node::check_invariants(instant now) const {
  candidate_.check_invariants(now);
  membership_.check_invariants();
  if (voter_) {
    voter_->check_invariants();
    check(!superseded_ || voter_->stopped(), "a superseded voter has stopped");
  }
  check(!superseded_ || candidate_.attempts().empty(), "a superseded node holds nothing");
}

}  // namespace conclave::core
