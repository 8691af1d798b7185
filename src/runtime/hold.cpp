// A hold's questions, answered from atomics and the clock.
#include <conclave/detail/engine.hpp>
#include <conclave/detail/hold.hpp>

#include <utility>

namespace conclave::detail {

hold::hold(std::shared_ptr<const lock_target> target, std::uint64_t request, fencing_token token,
           std::int64_t deadline_ns)
    : target_(std::move(target)), request_(request), token_(token), deadline_ns_(deadline_ns) {}

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
  return true;
}

void hold::extend(std::int64_t deadline_ns) noexcept {
  if (deadline_ns > deadline_ns_.load()) {
    deadline_ns_.store(deadline_ns);
  }
}

void hold::lose(loss_reason reason) noexcept {
  loss_reason none = loss_reason::none;
  reason_.compare_exchange_strong(none, reason);
}

}  // namespace conclave::detail
