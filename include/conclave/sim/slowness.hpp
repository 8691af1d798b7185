// How slow or late a machine of a simulated world is.
#pragma once

#include <chrono>

namespace conclave::sim {

// Written with designated initialisers; members left out keep what stands here.
struct slowness {
  // Each handler that runs, and each datagram that is taken in, takes the process so long: nothing
  // else of it runs meanwhile.
  std::chrono::nanoseconds handler_takes{0};
  // Timers, the node's and those of users, go off late by up to so much, drawn for each. What
  // arrives is handled at once: it overtakes them.
  std::chrono::nanoseconds timers_late_max{0};
  // What could run waits for its turn by up to so much more than conditions::turn_delay_max.
  std::chrono::nanoseconds turn_delay_max{0};
};

}  // namespace conclave::sim
