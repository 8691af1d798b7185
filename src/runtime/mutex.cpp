// The public mutex: blocking calls, and whose hold is whose.
#include "runtime/kept_hold.hpp"
#include "runtime/lock_call.hpp"

#include <conclave/mutex.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <optional>
#include <thread>
#include <utility>

namespace conclave {

namespace {

// A thread that finds the lock in the hands of another lets others run so often, for about as long
// as falling asleep and being woken takes; most are done by then. Then it sleeps.
constexpr int looks_awake = 16;
// After so long it takes its place among the requests of the node, in the order of all.
constexpr std::chrono::milliseconds without_a_place(1);

core::instant now_of(const detail::engine& engine) {
  return core::instant(core::duration(engine.now_ns()));
}

}  // namespace

using runtime::refuse;

mutex::mutex(node& owner, std::string_view name, const lock_options& options)
    : target_(runtime::target_of(owner, name, options)) {}

mutex::~mutex() {
  if (taker_.load() != std::thread::id()) {
    give_back_kept();
  }
}

// Each tries the kept hold before it makes a wish: that would count a reference to the target.
void mutex::lock() {
  if (!take_kept()) {
    take({.target = target_, .wait = true, .patience = {}});
  }
}

bool mutex::try_lock() {
  return take_kept() || take({.target = target_, .wait = false, .patience = try_lock_patience});
}

bool mutex::lock_within(std::chrono::nanoseconds patience) {
  if (patience <= std::chrono::nanoseconds(0)) {
    return try_lock();
  }
  return take_kept() || take({.target = target_, .wait = true, .patience = patience});
}

// False when the lock was not to be had in time.
bool mutex::take(detail::lock_wish wish) {
  if (!wish.wait && target_->kept->is_taken() && !took_kept()) {
    return false;
  }
  detail::refuse_deadlock(*target_->engine, "conclave::mutex");
  if (is_own()) {
    refuse(boost::system::errc::resource_deadlock_would_occur,
           "this thread has locked \"" + name() + "\" and not unlocked it");
  }
  if (wish.wait && !wish.patience && wait_for_kept()) {
    return true;
  }
  std::optional<grant> held = runtime::lock_by_thread(std::move(wish));
  if (held) {
    own_.add(*std::move(held));
  }
  return held.has_value();
}

void mutex::unlock() {
  if (took_kept()) {
    give_back_kept();
  } else {
    static_cast<void>(take_own().release());
  }
}

boost::system::error_code mutex::release() {
  if (!took_kept()) {
    return take_own().release();
  }
  const bool was_valid = kept_remaining() > std::chrono::nanoseconds(0);
  give_back_kept();
  return was_valid ? boost::system::error_code() : errc::lock_lost;
}

// No message, no allocation, no lock of the node: a look at the clock and a compare-and-swap.
bool mutex::take_kept() {
  const lock_options& wanted = target_->options;
  if (wanted.keep == wanted.keep.zero() || wanted.hold_max != wanted.hold_max.max() ||
      wanted.lease != wanted.lease.zero()) {
    return false;  // the node sees to these
  }
  const lock_owner by = wanted.owner ? wanted.owner : lock_owner::this_thread();
  const auto got = target_->kept->take([&] { return now_of(*target_->engine); }, by);
  if (got) {
    note_taken({.opening = got->opening, .token = fencing_token(got->token)});
  }
  return got.has_value();
}

// Another thread of this process has it: that is over sooner than the node could say so.
bool mutex::wait_for_kept() {
  runtime::kept_hold& kept = *target_->kept;
  for (int look = 0; look < looks_awake; ++look) {
    std::this_thread::yield();
    if (!kept.is_taken() && take_kept()) {
      return true;
    }
  }
  const auto until = std::chrono::steady_clock::now() + without_a_place;
  while (kept.is_taken() && std::chrono::steady_clock::now() < until) {
    kept.wait_while_taken(until);
    if (take_kept()) {
      return true;
    }
  }
  return false;
}

void mutex::note_taken(const taken& got) {
  const std::thread::id self = std::this_thread::get_id();
  if (taker_.load(std::memory_order_relaxed) == std::thread::id()) {
    taken_ = got;  // only who has it comes here
    detail::thread_locks::add();
    taker_.store(self, std::memory_order_relaxed);
    return;
  }
  // Another thread has lost it and not unlocked yet.
  keep_claimed(got);
}

bool mutex::took_kept() const noexcept {
  return taker_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

void mutex::give_back_kept() noexcept {
  const std::uint64_t opening = taken_.opening;
  // Before it is free: the next thread writes these.
  taker_.store(std::thread::id(), std::memory_order_relaxed);
  detail::thread_locks::remove();
  if (target_->kept->give_back(opening) == runtime::kept_hold::given::wanted) {
    target_->engine->release_kept(*target_->kept, opening);
  }
}

std::chrono::nanoseconds mutex::kept_remaining() const noexcept {
  // The deadline first: once it is had at this opening after that, the deadline was of this one.
  const core::instant deadline = target_->kept->deadline();
  const bool had = target_->kept->is_had(taken_.opening);
  const core::instant now = now_of(*target_->engine);
  return had && now < deadline ? deadline - now : std::chrono::nanoseconds(0);
}

// The node does not know who has it. Who asks for more than the time makes it a hold like others.
void mutex::claim_kept() const {
  if (!took_kept()) {
    return;
  }
  keep_claimed(taken_);
  detail::thread_locks::remove();  // counted once
  taker_.store(std::thread::id(), std::memory_order_relaxed);
}

void mutex::keep_claimed(const taken& got) const {
  own_.add(grant(target_->engine->claim_kept(target_, got.opening, got.token.value())));
}

grant mutex::take_own() {
  std::optional<grant> held = own_.take();
  if (!held) {
    refuse(boost::system::errc::operation_not_permitted,
           "this thread has not locked \"" + name() + "\"");
  }
  return *std::move(held);
}

// The same, and what was taken without the node is known to it from now on.
grant mutex::take_hold() {
  claim_kept();
  return take_own();
}

fencing_token mutex::token() const {
  if (took_kept()) {
    return taken_.token;
  }
  return own_.ask([](const grant& held) { return held.token(); });
}

bool mutex::valid() const {
  if (took_kept()) {
    return kept_remaining() > std::chrono::nanoseconds(0);
  }
  return own_.ask([](const grant& held) { return held.valid(); });
}

std::chrono::nanoseconds mutex::remaining() const {
  if (took_kept()) {
    return kept_remaining();
  }
  return own_.ask([](const grant& held) { return held.remaining(); });
}

lease_clock::time_point mutex::deadline() const {
  claim_kept();
  return own_.ask([](const grant& held) { return held.deadline(); });
}

std::stop_token mutex::stop_token() const {
  claim_kept();
  return own_.ask([](const grant& held) { return held.stop_token(); });
}

loss_reason mutex::reason() const {
  claim_kept();
  return own_.ask([](const grant& held) { return held.reason(); });
}

}  // namespace conclave
