// A part of a recording.
#pragma once

#include "sim/report/recording.hpp"

#include <cstddef>

namespace conclave::sim {

// Leaves what happened within `window`, and of that the last `events_max` events: the window then
// begins with the first of them. Intervals that reach into it stay whole.
void cut(recording& all, const interval& window, std::size_t events_max);

}  // namespace conclave::sim
