// One timer on the clock that leases are measured with.
#pragma once

#include "base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <utility>

namespace conclave::runtime {

// A timerfd on CLOCK_BOOTTIME: Boost.Asio's own timers run on clocks that stop while the machine is
// suspended. Not thread-safe: its owner's mutex guards it.
class deadline_timer {
 public:
  // Throws boost::system::system_error.
  explicit deadline_timer(const boost::asio::any_io_executor& executor);

  // Fires at `when` or earlier. A deadline that moves to later leaves the timer as it is: one
  // early wake costs less than a system call for each frame.
  void arm(core::instant when);

  // Calls back when it has fired, or with an error when it is destroyed.
  template <class Handler>
  void wait(Handler&& handler) {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           std::forward<Handler>(handler));
  }
  // In the callback: it may be armed anew.
  void fired();

 private:
  boost::asio::posix::stream_descriptor descriptor_;
  core::instant armed_ = core::never;
};

}  // namespace conclave::runtime
