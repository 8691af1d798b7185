// The public semaphore: blocking calls, and what may be asked for.
#include "runtime/lock_call.hpp"
#include "wire/lock_messages.hpp"

#include <conclave/counting_semaphore.hpp>
#include <conclave/lock_all.hpp>
#include <conclave/mutex.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace conclave {

static_assert(counting_semaphore::permits_max == core::permits_max);
static_assert(counting_semaphore::acquire_max == lock_all_max);

namespace {

std::uint32_t checked(std::uint32_t permits, std::string_view name) {
  if (permits == 0 || permits > counting_semaphore::permits_max) {
    throw boost::system::system_error(make_error_code(errc::invalid_config),
                                      "the semaphore \"" + std::string(name) + "\" with " +
                                          std::to_string(permits) + " permits; it may have 1 to " +
                                          std::to_string(counting_semaphore::permits_max));
  }
  return permits;
}

template <class Wish>
typename Wish::result wait_for(Wish wish) {
  detail::refuse_deadlock(*wish.owner(), "conclave::counting_semaphore");
  std::optional<typename Wish::result> held = runtime::lock_and_wait(std::move(wish));
  return held ? *std::move(held) : typename Wish::result();
}

}  // namespace

counting_semaphore::counting_semaphore(node& owner, std::string_view name, std::uint32_t permits,
                                       const lock_options& options)
    : target_(runtime::target_of(owner, name, options)), permits_(checked(permits, name)) {}

detail::lock_wish counting_semaphore::try_wish() const {
  return wish(false, mutex::try_lock_patience);
}

detail::locks_wish counting_semaphore::wishes(
    std::uint32_t count, bool wait, std::optional<std::chrono::nanoseconds> patience) const {
  const std::uint32_t most = std::min(permits_, acquire_max);
  if (count == 0 || count > most) {
    runtime::refuse(boost::system::errc::invalid_argument,
                    std::to_string(count) + " permits of \"" + name() +
                        "\" at once; it may be 1 to " + std::to_string(most));
  }
  detail::locks_wish made;
  made.targets.assign(count, target_);
  made.wait = wait;
  made.patience = patience;
  made.permits = permits_;
  return made;
}

grant counting_semaphore::acquire() {
  return wait_for(wish(true, {}));
}

grant counting_semaphore::try_acquire() {
  return wait_for(try_wish());
}

grant counting_semaphore::acquire_within(std::chrono::nanoseconds patience) {
  return patience <= patience.zero() ? try_acquire() : wait_for(wish(true, patience));
}

std::vector<grant> counting_semaphore::acquire(std::uint32_t count) {
  return wait_for(wishes(count, true, {}));
}

std::vector<grant> counting_semaphore::try_acquire(std::uint32_t count) {
  return wait_for(wishes(count, false, mutex::try_lock_patience));
}

std::vector<grant> counting_semaphore::acquire_within(std::uint32_t count,
                                                      std::chrono::nanoseconds patience) {
  return patience <= patience.zero() ? try_acquire(count) : wait_for(wishes(count, true, patience));
}

}  // namespace conclave
