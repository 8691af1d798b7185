// The protocol alone, without a network: how much of the time is ours.
#pragma once

#include "summary.hpp"

namespace conclave::bench {

// Adds voter_messages_per_second and frame figures, measured by Google Benchmark.
void measure_core(summary& to);

}  // namespace conclave::bench
