// How fast the simulator goes.
#pragma once

#include "summary.hpp"

namespace conclave::bench {

// Adds sim_events_per_second and sim_seconds_per_second.
void measure_simulator(summary& to);

// Adds explore_states_per_second: states of a small world that are met, on one core.
void measure_explorer(summary& to);

}  // namespace conclave::bench
