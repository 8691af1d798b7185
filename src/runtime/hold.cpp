// A hold's questions, answered from atomics and the clock.
#include <conclave/detail/engine.hpp>
#include <conclave/detail/hold.hpp>

#include <algorithm>
#include <utility>

namespace conclave::detail {

hold::hold(std::shared_ptr<const lock_target> target, std::uint64_t request, fencing_token token,
           std::int64_t deadline_ns, const hold_kind& held_as)
    : target_(std::move(target)),
      request_(request),
      token_(token),
      permits_(held_as.permits),
      slot_(held_as.slot),
      deadline_ns_(deadline_ns),
      shared_(held_as.shared) {}

bool hold::valid() const noexcept {
  return remaining() > std::chrono::nanoseconds(0);
}

std::chrono::nanoseconds hold::remaining() const noexcept {
  if (released_.load() || reason_.load() != loss_reason::none) {
    return std::chrono::nanoseconds(0);
  }
  // The deadline before the clock: a clock read first could be compared with a later promise.
  const std::int64_t deadline = deadline_ns_.load();
  const std::int64_t now = target_->engine->now_ns();
  return std::chrono::nanoseconds(now < deadline ? deadline - now : 0);
}

lease_clock::time_point hold::deadline() const noexcept {
  const lease_clock::time_point until{lease_clock::duration(deadline_ns_.load())};
  return valid() ? until : lease_clock::time_point();
}

loss_reason hold::reason() noexcept {
  const bool unnoticed = reason_.load() == loss_reason::none && !released_.load() && !valid();
  if (unnoticed) {
    try {
      target_->engine->catch_up();
    } catch (...) {
      // Out of memory, say: the node will notice by itself, and this hold is not valid anyway.
      return loss_reason::expired;
    }
  }
  return reason_.load();
}

bool hold::release(bool& was_valid) noexcept {
  was_valid = valid();
  if (!was_valid) {
    static_cast<void>(reason());  // so that it can be asked for afterwards
  }
  if (released_.exchange(true)) {
    return false;
  }
  target_->engine->release(*this);
  end_waits();
  return true;
}

void hold::wait_lost(std::uint64_t number, loss_completion done) {
  {
    const std::scoped_lock guard(waits_mutex_);
    if (!waits_ended_) {
      waits_.push_back({.number = number, .done = std::move(done)});
      return;
    }
  }
  complete(done);
}

void hold::cancel_wait(std::uint64_t number) {
  loss_completion done;
  {
    const std::scoped_lock guard(waits_mutex_);
    const auto found = std::ranges::find(waits_, number, &loss_wait::number);
    if (found == waits_.end()) {
      return;  // it has ended already
    }
    done = std::move(found->done);
    waits_.erase(found);
  }
  done->complete(invocation::later, errc::cancelled, loss_reason::none);
}

void hold::notify_lost() noexcept {
  stop_.request_stop();
  end_waits();
}

void hold::drop_waits() noexcept {
  static_cast<void>(take_waits());
}

std::vector<hold::loss_wait> hold::take_waits() noexcept {
  const std::scoped_lock guard(waits_mutex_);
  waits_ended_ = true;
  return std::exchange(waits_, {});
}

void hold::end_waits() noexcept {
  for (loss_wait& one : take_waits()) {
    complete(one.done);
  }
}

void hold::complete(loss_completion& done) {
  const loss_reason why = reason_.load();
  const bool lost = why != loss_reason::none;
  done->complete(invocation::later, lost ? boost::system::error_code() : errc::cancelled, why);
}

void hold::extend(std::int64_t deadline_ns) noexcept {
  if (deadline_ns > deadline_ns_.load()) {
    deadline_ns_.store(deadline_ns);
  }
}

void hold::shorten(std::int64_t deadline_ns) noexcept {
  if (deadline_ns < deadline_ns_.load()) {
    deadline_ns_.store(deadline_ns);
  }
}

void hold::lose(loss_reason reason) noexcept {
  loss_reason none = loss_reason::none;
  reason_.compare_exchange_strong(none, reason);
}

}  // namespace conclave::detail
