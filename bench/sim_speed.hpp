// How fast the simulator goes.
#pragma once

#include "summary.hpp"

namespace conclave::bench {

// Adds sim_events_per_second and sim_seconds_per_second.
void measure_simulator(summary& to);

}  // namespace conclave::bench
