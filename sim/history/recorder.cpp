// From what an observer is told to operations.
#include "sim/history/recorder.hpp"

#include "sim/cluster.hpp"

#include <algorithm>
#include <string>
#include <variant>

namespace conclave::sim {

namespace {

using histories::operation_kind;
using histories::outcome;

histories::lock_mode mode_of(core::lock_mode mode) {
  switch (mode) {
    case core::lock_mode::exclusive:
      return histories::lock_mode::exclusive;
    case core::lock_mode::shared:
      return histories::lock_mode::shared;
    case core::lock_mode::permit:
      return histories::lock_mode::permit;
  }
  return histories::lock_mode::exclusive;
}

histories::moment moment_of(true_time at) {
  return histories::moment(at.time_since_epoch());
}

}  // namespace

histories::history history_recorder::told() const {
  histories::history all = told_;
  for (const auto& [which, asked] : waiting_) {
    all.operations.push_back(asked);
    all.operations.back().line = all.operations.size();
  }
  return all;
}

// That of its machine; but a second process of one name is another process.
histories::process_id history_recorder::process_at(machine_index at) {
  std::string name = cluster_->at(at).name();
  for (machine_index other = 0; other < at; ++other) {
    name += cluster_->at(other).name() == cluster_->at(at).name() ? " (twin)" : "";
  }
  return told_.process(name);
}

void history_recorder::tell(histories::operation one) {
  one.line = told_.operations.size() + 1;
  told_.operations.push_back(one);
}

histories::operation history_recorder::about(const request& which, operation_kind kind,
                                             true_time now) const {
  histories::operation one;
  one.kind = kind;
  one.called = one.returned = moment_of(now);
  if (const auto held = holding_.find(which); held != holding_.end()) {
    one.process = held->second.acquired.process;
    one.lock = held->second.acquired.lock;
    one.token = held->second.acquired.token;
  }
  return one;
}

void history_recorder::asked(machine_index at, lock_index lock, core::request_id id,
                             const core::lock_request& how, true_time now) {
  histories::operation one;
  one.process = process_at(at);
  one.lock = told_.lock(cluster_->locks()[lock]);
  one.mode = mode_of(how.mode);
  one.permits = std::max(how.permits, 1U);
  one.called = moment_of(now);
  one.returned = histories::never;
  one.result = outcome::unknown;
  waiting_[{at, id}] = one;
}

void history_recorder::stopped(machine_index at, true_time now) {
  histories::operation crash;
  crash.kind = operation_kind::crash;
  crash.process = process_at(at);
  crash.lock = histories::no_lock;
  crash.called = crash.returned = moment_of(now);
  tell(crash);
  for (auto asked = waiting_.begin(); asked != waiting_.end();) {
    if (asked->first.first == at) {
      tell(asked->second);
      asked = waiting_.erase(asked);
    } else {
      ++asked;
    }
  }
  std::erase_if(holding_, [&](const auto& one) { return one.first.first == at; });
}

void history_recorder::unlocked(machine_index at, core::request_id id, bool held, true_time now) {
  const request which{at, id};
  if (const auto asked = waiting_.find(which); asked != waiting_.end()) {
    // Withdrawn: it is not granted any more.
    asked->second.returned = moment_of(now);
    asked->second.result = outcome::fail;
    tell(asked->second);
    waiting_.erase(asked);
  } else if (holding_.contains(which)) {
    histories::operation release = about(which, operation_kind::release, now);
    release.result = held ? outcome::ok : outcome::fail;
    tell(release);
    holding_.erase(which);
  }
}

// As if it had been given back and had again, shared, at one moment.
void history_recorder::downgraded(machine_index at, core::request_id id, bool held, true_time now) {
  const request which{at, id};
  const auto holds = holding_.find(which);
  if (!held || holds == holding_.end()) {
    return;
  }
  tell(about(which, operation_kind::release, now));
  histories::operation& again = holds->second.acquired;
  again.called = again.returned = moment_of(now);
  again.mode = histories::lock_mode::shared;
  again.token = holds->second.last_token;
  again.valid_until = holds->second.valid_until;
  tell(again);
}

void history_recorder::token_taken(machine_index at, core::request_id id,
                                   std::optional<fencing_token> token, true_time now) {
  if (token) {
    histories::operation one = about({at, id}, operation_kind::renew, now);
    one.token = *token;
    tell(one);
    holding_.at({at, id}).last_token = *token;
  }
}

// When its clock gets there, as it runs now.
histories::moment history_recorder::true_moment(machine_index at, core::instant local) const {
  return moment_of(cluster_->at(at).clock.first_reaching(local));
}

void history_recorder::tell_deadline(const request& which, held_request& one, true_time now) {
  one.valid_until = true_moment(which.first, one.deadline);
  histories::operation renewal = about(which, operation_kind::renew, now);
  renewal.valid_until = one.valid_until;
  tell(renewal);
}

// Its clock may run at another rate than before: then the same deadline is at another time.
void history_recorder::stepped(machine_index at, true_time now) {
  for (auto one = holding_.lower_bound({at, {}}); one != holding_.end() && one->first.first == at;
       ++one) {
    if (one->second.valid_until != true_moment(at, one->second.deadline) &&
        moment_of(now) < one->second.valid_until) {
      tell_deadline(one->first, one->second, now);
    }
  }
}

void history_recorder::happened(machine_index at, const core::action& what, true_time now) {
  if (const auto* grant = std::get_if<core::granted>(&what)) {
    const request which{at, grant->request};
    histories::operation acquired = waiting_.at(which);
    waiting_.erase(which);
    acquired.returned = moment_of(now);
    acquired.result = outcome::ok;
    acquired.token = grant->token;
    if (acquired.mode == histories::lock_mode::permit) {
      acquired.slot = std::uint32_t{grant->slot} - core::only_slot;
    }
    acquired.valid_until = true_moment(at, grant->deadline);
    holding_[which] = {acquired, grant->deadline, acquired.valid_until, grant->token};
    tell(acquired);
  } else if (const auto* extension = std::get_if<core::extended>(&what)) {
    const auto held = holding_.find({at, extension->request});
    held->second.deadline = extension->deadline;
    tell_deadline(held->first, held->second, now);
  } else if (const auto* shorter = std::get_if<core::shortened>(&what)) {
    const auto held = holding_.find({at, shorter->request});
    held->second.deadline = shorter->deadline;
    tell_deadline(held->first, held->second, now);
  } else if (const auto* failure = std::get_if<core::failed>(&what)) {
    const auto asked = waiting_.find({at, failure->request});
    asked->second.returned = moment_of(now);
    asked->second.result = outcome::fail;
    tell(asked->second);
    waiting_.erase(asked);
  } else if (const auto* loss = std::get_if<core::lost>(&what)) {
    tell(about({at, loss->request}, operation_kind::lost, now));
    holding_.erase({at, loss->request});
  }
}

}  // namespace conclave::sim
