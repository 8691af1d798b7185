// The timerfd calls.
#include "runtime/deadline_timer.hpp"

#include <boost/system/system_error.hpp>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace conclave::runtime {

namespace {

int open_timer() {
  const int descriptor = ::timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor < 0) {
    throw boost::system::system_error(errno, boost::system::system_category(), "timerfd_create");
  }
  return descriptor;
}

}  // namespace

deadline_timer::deadline_timer(const boost::asio::any_io_executor& executor)
    : descriptor_(executor, open_timer()) {}

void deadline_timer::arm(core::instant when) {
  if (when >= armed_) {
    return;
  }
  armed_ = when;
  // Zero would disarm it; an instant in the past fires at once.
  const auto at = std::max(when.time_since_epoch(), core::duration(1));
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  itimerspec setting{};
  setting.it_value.tv_sec = static_cast<time_t>(whole.count());
  setting.it_value.tv_nsec = static_cast<long>((at - whole).count());
  ::timerfd_settime(descriptor_.native_handle(), TFD_TIMER_ABSTIME, &setting, nullptr);
}

void deadline_timer::fired() {
  std::uint64_t times = 0;
  // Fails when it was armed anew in between: then it fires again.
  [[maybe_unused]] const auto ignored = ::read(descriptor_.native_handle(), &times, sizeof times);
  armed_ = core::never;
}

}  // namespace conclave::runtime
