// A run in a process of its own: an assertion of the core that fails there, or a run without an
// end, ends that process only.
#pragma once

#include "sim/shrink/shrinker.hpp"

#include <chrono>

namespace conclave::sim {

// The cause is that of the run; "rule" when an assertion failed, "crash" when the process died of
// something else, "hang" when it was not done in time. Not for a process with several threads.
[[nodiscard]] verdict run_isolated(const plan& what, std::chrono::milliseconds patience);

}  // namespace conclave::sim
