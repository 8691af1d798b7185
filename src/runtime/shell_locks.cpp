// The shell's part in locks: from users to the core, and what the core says to users.
#include "base/check.hpp"
#include "node/actions.hpp"
#include "runtime/gathering.hpp"
#include "runtime/kept_hold.hpp"
#include "runtime/shell.hpp"

#include <algorithm>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <variant>

namespace conclave::runtime {

namespace {

// So many acquisitions inside this process can follow each other without a message. Each hold moves
// the cluster's Lamport clock on by as many nanoseconds: 60,000 holds a second would move it as
// fast as time goes.
constexpr std::uint64_t tokens_of_a_hold = 16'384;

std::int64_t ns_of(core::instant when) {
  return when.time_since_epoch().count();
}

template <class Wish>
core::lock_request request_of(const detail::lock_target& target, const Wish& wish,
                              core::instant now) {
  core::lock_request made;
  made.mode = wish.permits > 0 ? core::lock_mode::permit : core::lock_mode::exclusive;
  made.permits = wish.permits;
  made.span = tokens_of_a_hold;
  made.wait = wish.wait;
  made.give_up_at = wish.patience ? core::saturating_add(now, *wish.patience) : core::never;
  made.keep = target.options.keep;
  made.hold_max = target.options.hold_max;
  made.lease = target.options.lease;
  made.owner = core::owner_id{target.options.owner.value()};
  made.nested = static_cast<bool>(made.owner);
  return made;
}

}  // namespace

// Only when it does not run.
errc shell::why_not() const {
  const bool early = phase_ == phase::idle || phase_ == phase::resolving;
  return early ? errc::not_joined : errc::leaving;
}

void shell::lock(detail::lock_wish wish, const detail::request_key& key, lock_completion done) {
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    if (!runs()) {
      due.add(std::move(done), why_not());
      return;
    }
    core::lock_request options = request_of(*wish.target, wish, now);
    options.mode = wish.shared ? core::lock_mode::shared : options.mode;
    options.shared = wish.target->kept;
    options.span = wish.one_token ? 1 : options.span;
    if (wish.thread) {
      options.owner = core::owner_id{wish.thread.value()};
      options.nested = wish.nested;
    }
    const core::request_id request = core_->lock(wish.target->name, options, now, actions_);
    // The answer may be among the actions already.
    waiting_.emplace(
        request, waiting_lock{std::move(wish.target), std::move(done), wish.shared, wish.permits});
    if (key) {
      key->store(request.value);
    }
  });
}

void shell::lock(detail::locks_wish wish, const detail::request_key& key,
                 std::unique_ptr<detail::completion<std::vector<grant>>> done) {
  std::vector<lock_completion> parts = gather(std::move(done), wish.targets.size());
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    if (!runs()) {
      for (lock_completion& each : parts) {
        due.add(std::move(each), why_not());
      }
      return;
    }
    std::vector<core::lock_name> names;
    for (const auto& target : wish.targets) {
      names.push_back(target->name);
    }
    const core::lock_request options = request_of(*wish.targets.front(), wish, now);
    const core::request_id first = core_->lock_all(names, options, now, actions_);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      waiting_.emplace(first.next(i), waiting_lock{std::move(wish.targets[i]), std::move(parts[i]),
                                                   false, wish.permits});
    }
    if (key) {
      key->store(first.value);
    }
  });
}

void shell::cancel(std::uint64_t request) {
  enter(detail::invocation::later, [&](outcomes& due, core::instant now) {
    const auto found = waiting_.find(core::request_id{request});
    if (found == waiting_.end()) {
      return;  // it has ended already
    }
    due.add(std::move(found->second.done), errc::cancelled);
    waiting_.erase(found);
    core_->unlock(core::request_id{request}, now, actions_);
  });
}

void shell::release(const detail::hold& released) {
  enter(detail::invocation::later, [&](outcomes&, core::instant now) {
    const core::request_id request{released.request()};
    if (holds_.erase(request) == 1) {
      if (witness_ != nullptr) {
        witness_->ended(released);
      }
      core_->unlock(request, now, actions_);
    }
  });
}

bool shell::downgrade(detail::hold& held) {
  bool done = false;
  enter(detail::invocation::later, [&](outcomes&, core::instant now) {
    const core::request_id request{held.request()};
    done = holds_.contains(request) && core_->downgrade(request, now, actions_);
    if (done) {
      held.share();
      if (witness_ != nullptr) {
        witness_->shared(held);
      }
    }
  });
  return done;
}

std::shared_ptr<runtime::kept_hold> shell::kept_hold_of(const std::string& name) {
  const std::scoped_lock guard(mutex_);
  if (kept_holds_.size() >= kept_holds_max_) {
    boost::unordered::erase_if(kept_holds_, [](const auto& one) { return one.second.expired(); });
    kept_holds_max_ = std::max<std::size_t>(64, 2 * kept_holds_.size());
  }
  std::weak_ptr<runtime::kept_hold>& known = kept_holds_[name];
  std::shared_ptr<runtime::kept_hold> kept = known.lock();
  if (!kept) {
    kept = std::make_shared<runtime::kept_hold>();
    known = kept;
  }
  return kept;
}

void shell::release_kept(runtime::kept_hold& kept, std::uint64_t opening) {
  enter(detail::invocation::later, [&](outcomes&, core::instant now) {
    if (core_ && kept.is_wanted(opening)) {
      core_->unlock(kept.request(), now, actions_);
    }
  });
}

std::shared_ptr<detail::hold> shell::claim_kept(
    const std::shared_ptr<const detail::lock_target>& target, std::uint64_t opening,
    std::uint64_t token) {
  const std::scoped_lock guard(mutex_);
  runtime::kept_hold& kept = *target->kept;
  const core::request_id request = kept.request();
  const core::instant deadline =
      core_ && kept.is_had(opening) ? core_->claim(request) : core::long_ago;
  auto held =
      std::make_shared<detail::hold>(target, request.value, fencing_token(token), ns_of(deadline));
  if (deadline == core::long_ago) {
    const bool known = kept.loss() != loss_reason::none;
    held->lose(known ? kept.loss() : loss_reason::shut_down);
    held->notify_lost();
  } else {
    holds_.emplace(request, held);
    arm_timer();
  }
  return held;
}

void shell::obey(outcomes& due) {
  if (actions_.list.empty()) {
    return;
  }
  // The frames last: a lock is seen as lost before a frame leaves that lets others have it.
  for (const core::action& one : actions_.list) {
    std::visit([&](const auto& asked) { obey_one(asked, due); }, one);
  }
  for (const core::action& one : actions_.list) {
    if (const auto* frame = std::get_if<core::send>(&one); frame != nullptr) {
      send(*frame);
    }
  }
  actions_.clear();
}

template <class Action>
void shell::obey_one(const Action& asked, outcomes& due) {
  if constexpr (std::is_same_v<Action, core::granted>) {
    grant_lock(asked, due);
  } else if constexpr (std::is_same_v<Action, core::extended>) {
    if (const auto held = holds_.find(asked.request); held != holds_.end()) {
      held->second->extend(ns_of(asked.deadline));
      if (witness_ != nullptr) {
        witness_->extended(*held->second, asked.deadline);
      }
    }
  } else if constexpr (std::is_same_v<Action, core::shortened>) {
    if (const auto held = holds_.find(asked.request); held != holds_.end()) {
      held->second->shorten(ns_of(asked.deadline));
    }
  } else if constexpr (std::is_same_v<Action, core::lost>) {
    lose_lock(asked, due);
  } else if constexpr (std::is_same_v<Action, core::failed>) {
    fail_lock(asked, due);
  } else if constexpr (std::is_same_v<Action, core::member_changed>) {
    tell_change(asked);
  } else if constexpr (std::is_same_v<Action, core::report>) {
    log_report(asked, due);
  } else if constexpr (std::is_same_v<Action, core::answered>) {
    inquiries_.heard(asked);
  } else if constexpr (std::is_same_v<Action, core::observed>) {
    tell_sighting(asked);
  } else if constexpr (std::is_same_v<Action, core::joined>) {
    joined_ = true;
    end_waits(joins_, core::never, {}, due);
  } else if constexpr (std::is_same_v<Action, core::departed>) {
    departed_ = true;
  } else {
    // Users are not told who else waits: what they hold they keep until they release it.
    static_assert(std::is_same_v<Action, core::send> || std::is_same_v<Action, core::contended>);
  }
}

// The link repeats what matters, so a frame that the system does not take is as good as lost.
void shell::send(const core::send& frame) {
  const auto bytes = std::span(actions_.bytes).subspan(frame.offset, frame.size);
  const bool sent = io_ && io_->port->send(bytes, frame.to);
  ++(sent ? datagrams_sent_ : sends_failed_);
}

void shell::grant_lock(const core::granted& given, outcomes& due) {
  const auto found = waiting_.find(given.request);
  core::check(found != waiting_.end(), "a lock is granted to somebody who waits for it",
              given.request.value);
  auto held = std::make_shared<detail::hold>(
      std::move(found->second.target), given.request.value, given.token, ns_of(given.deadline),
      detail::hold_kind{.shared = found->second.shared,
                        .permits = found->second.permits,
                        .slot = std::uint32_t{given.slot} - core::only_slot});
  holds_.emplace(given.request, held);
  if (witness_ != nullptr) {
    witness_->granted(*held, given.deadline);
  }
  due.add(std::move(found->second.done), {}, grant(std::move(held)));
  waiting_.erase(found);
}

void shell::lose_lock(const core::lost& gone, outcomes& due) {
  const auto found = holds_.find(gone.request);
  if (found == holds_.end()) {
    return;
  }
  std::shared_ptr<detail::hold> held = std::move(found->second);
  holds_.erase(found);
  held->lose(gone.reason);
  if (witness_ != nullptr) {
    witness_->ended(*held);
  }
  if (logger_) {
    due.add_line(spdlog::level::warn,
                 "lost the lock \"" + held->target().name + "\": " + to_string(gone.reason));
  }
  notifier_->add(std::move(held), executor_);
}

void shell::fail_lock(const core::failed& refused, outcomes& due) {
  if (const auto found = waiting_.find(refused.request); found != waiting_.end()) {
    due.add(std::move(found->second.done), refused.reason);
    waiting_.erase(found);
  }
}

}  // namespace conclave::runtime
