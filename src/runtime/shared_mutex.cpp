// The public shared mutex: what a mutex does not do for it.
#include "runtime/lock_call.hpp"

#include <conclave/shared_mutex.hpp>

#include <optional>
#include <utility>

namespace conclave {

using runtime::refuse;

shared_mutex::shared_mutex(node& owner, std::string_view name, const lock_options& options)
    : alone_(owner, name, options) {}

// Two that share it and want it alone would each wait for the other.
void shared_mutex::refuse_upgrade() const {
  if (together_.any()) {
    refuse(boost::system::errc::resource_deadlock_would_occur,
           "this thread shares \"" + name() +
               "\" and wants it alone: of two that do so neither could go on; unlock_shared() it "
               "first");
  }
}

void shared_mutex::lock() {
  refuse_upgrade();
  alone_.lock();
}

bool shared_mutex::try_lock() {
  refuse_upgrade();
  return alone_.try_lock();
}

void shared_mutex::lock_shared() {
  take_shared(shared_wish({}));
}

bool shared_mutex::try_lock_shared() {
  return take_shared(try_shared_wish());
}

bool shared_mutex::lock_shared_within(std::chrono::nanoseconds patience) {
  return patience <= patience.zero() ? try_lock_shared() : take_shared(shared_wish(patience));
}

bool shared_mutex::take_shared(detail::lock_wish wish) {
  detail::refuse_deadlock(*wish.target->engine, "conclave::shared_mutex");
  if (together_.any()) {
    refuse(boost::system::errc::resource_deadlock_would_occur,
           "this thread shares \"" + name() +
               "\" already: whoever waits to hold it alone comes "
               "before a second time");
  }
  if (alone_.is_own()) {
    refuse(boost::system::errc::resource_deadlock_would_occur,
           "this thread holds \"" + name() + "\" alone: downgrade() shares it");
  }
  std::optional<grant> held = runtime::lock_by_thread(std::move(wish));
  if (held) {
    together_.add(*std::move(held));
  }
  return held.has_value();
}

grant shared_mutex::take_own() {
  std::optional<grant> held = together_.take();
  if (!held) {
    refuse(boost::system::errc::operation_not_permitted,
           "this thread does not share \"" + name() + "\"");
  }
  return *std::move(held);
}

void shared_mutex::unlock_shared() {
  static_cast<void>(take_own().release());
}

boost::system::error_code shared_mutex::release_shared() {
  return take_own().release();
}

boost::system::error_code shared_mutex::downgrade() {
  grant held = alone_.take_hold();
  const boost::system::error_code error = held.downgrade();
  together_.add(std::move(held));
  return error;
}

fencing_token shared_mutex::token() const {
  return together_.any() ? together_.ask([](const grant& held) { return held.token(); })
                         : alone_.token();
}

bool shared_mutex::valid() const {
  return together_.ask([](const grant& held) { return held.valid(); }) || alone_.valid();
}

std::chrono::nanoseconds shared_mutex::remaining() const {
  return together_.any() ? together_.ask([](const grant& held) { return held.remaining(); })
                         : alone_.remaining();
}

lease_clock::time_point shared_mutex::deadline() const {
  return together_.any() ? together_.ask([](const grant& held) { return held.deadline(); })
                         : alone_.deadline();
}

std::stop_token shared_mutex::stop_token() const {
  return together_.any() ? together_.ask([](const grant& held) { return held.stop_token(); })
                         : alone_.stop_token();
}

loss_reason shared_mutex::reason() const {
  return together_.any() ? together_.ask([](const grant& held) { return held.reason(); })
                         : alone_.reason();
}

}  // namespace conclave
