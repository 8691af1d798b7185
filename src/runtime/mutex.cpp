// The public mutex: blocking calls, and whose hold is whose.
#include "runtime/blocking.hpp"

#include <conclave/mutex.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace conclave {

namespace {

constexpr std::size_t name_bytes_max = 255;

std::shared_ptr<const detail::lock_target> target_of(const node& owner, std::string_view name) {
  if (name.empty() || name.size() > name_bytes_max) {
    throw boost::system::system_error(make_error_code(errc::invalid_lock_name),
                                      "a name of " + std::to_string(name.size()) + " bytes");
  }
  return std::make_shared<const detail::lock_target>(
      detail::lock_target{.engine = owner.engine(), .name = std::string(name)});
}

[[noreturn]] void refuse(boost::system::errc::errc_t reason, const std::string& text) {
  throw boost::system::system_error(make_error_code(reason), text);
}

}  // namespace

mutex::mutex(node& owner, std::string_view name) : target_(target_of(owner, name)) {}

mutex::~mutex() = default;

void mutex::lock() {
  take({.target = target_, .wait = true, .patience = {}});
}

bool mutex::try_lock() {
  return take({.target = target_, .wait = false, .patience = try_lock_patience});
}

bool mutex::lock_within(std::chrono::nanoseconds patience) {
  if (patience <= std::chrono::nanoseconds(0)) {
    return try_lock();
  }
  return take({.target = target_, .wait = true, .patience = patience});
}

// False when the lock was not to be had in time.
bool mutex::take(detail::lock_wish wish) {
  const std::thread::id self = std::this_thread::get_id();
  detail::engine& engine = *target_->engine;
  detail::refuse_deadlock(engine, "conclave::mutex");
  {
    const std::scoped_lock guard(own_mutex_);
    if (std::ranges::count(own_, self, &owned::owner) != 0) {
      refuse(boost::system::errc::resource_deadlock_would_occur,
             "this thread has locked \"" + name() + "\" and not unlocked it");
    }
  }
  auto [error, held] = runtime::block_on<grant>(
      [&](auto done) { engine.lock(std::move(wish), nullptr, std::move(done)); });
  if (error == errc::timed_out || error == errc::would_block) {
    return false;
  }
  if (error) {
    throw boost::system::system_error(error, "lock \"" + name() + "\"");
  }
  const std::scoped_lock guard(own_mutex_);
  own_.push_back({self, std::move(held)});
  return true;
}

void mutex::unlock() {
  static_cast<void>(release());
}

boost::system::error_code mutex::release() {
  return take_own().release();
}

grant mutex::take_own() {
  const std::scoped_lock guard(own_mutex_);
  const auto found = std::ranges::find(own_, std::this_thread::get_id(), &owned::owner);
  if (found == own_.end()) {
    refuse(boost::system::errc::operation_not_permitted,
           "this thread has not locked \"" + name() + "\"");
  }
  grant held = std::move(found->held);
  own_.erase(found);
  return held;
}

// The grant is only asked while nobody else can take it away; reason() may have to wake the node,
// which never comes back here.
template <class Question>
auto mutex::ask_own(Question question) const {
  const std::scoped_lock guard(own_mutex_);
  const auto found = std::ranges::find(own_, std::this_thread::get_id(), &owned::owner);
  static const grant none;
  return question(found == own_.end() ? none : found->held);
}

fencing_token mutex::token() const {
  return ask_own([](const grant& held) { return held.token(); });
}

bool mutex::valid() const {
  return ask_own([](const grant& held) { return held.valid(); });
}

std::chrono::nanoseconds mutex::remaining() const {
  return ask_own([](const grant& held) { return held.remaining(); });
}

lease_clock::time_point mutex::deadline() const {
  return ask_own([](const grant& held) { return held.deadline(); });
}

std::stop_token mutex::stop_token() const {
  return ask_own([](const grant& held) { return held.stop_token(); });
}

loss_reason mutex::reason() const {
  return ask_own([](const grant& held) { return held.reason(); });
}

}  // namespace conclave
