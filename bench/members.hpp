// Many real processes of one machine that find each other, and notice who is gone.
#pragma once

#include "summary.hpp"

namespace conclave::bench {

// Ten, then sixty: all start at once; one is killed; a sixth are stopped for ten seconds. Takes
// about two minutes. The run fails when one that was neither killed nor stopped was declared dead.
void measure_members(summary& to);

}  // namespace conclave::bench
