// The surroundings of a real process: sockets, timerfd, clocks, names and chance of the system.
#pragma once

#include "runtime/surroundings.hpp"

#include <memory>

namespace conclave::runtime {

// Without state: all shells share it.
[[nodiscard]] const std::shared_ptr<surroundings>& the_system();

}  // namespace conclave::runtime
