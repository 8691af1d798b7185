// Many real processes of one machine that find each other, and notice who is gone.
#pragma once

#include "summary.hpp"

namespace conclave::bench {

// Sixty start at once; one is killed; ten are stopped for ten seconds. Takes about a minute.
void measure_members(summary& to);

}  // namespace conclave::bench
