// The clock that leases are measured with.
#pragma once

#include <chrono>

namespace conclave {

// Nanoseconds since the machine was started, those included in which it was suspended: Linux's
// CLOCK_BOOTTIME. In a simulated world each machine has one of its own. So there is no static
// now(): conclave::node::now() has the time.
struct lease_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<lease_clock>;
  static constexpr bool is_steady = true;
};

}  // namespace conclave
