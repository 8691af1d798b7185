// The clocks of a real process, read here and nowhere else.
#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>

namespace conclave::runtime {

// CLOCK_BOOTTIME goes on while the machine is suspended: a lease that ran out meanwhile is seen to
// have run out. It needs no system call.
[[nodiscard]] inline core::instant boot_time_now() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return core::instant(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

// Nanoseconds since 1970. Read once at a node's start, for its boot number and its Lamport clock.
[[nodiscard]] inline std::uint64_t wall_clock_ns() noexcept {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(since_1970).count();
  return ns > 0 ? static_cast<std::uint64_t>(ns) : 1;
}

}  // namespace conclave::runtime
