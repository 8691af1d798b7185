// Whether holds that exclude each other were certainly there at once. Tokens play no part.
#pragma once

#include "sim/history/violation.hpp"

namespace conclave::histories {

// Exact: what this does not find can be explained by some moments of beginning and end. The one
// exception are permits of which some name slots and some do not: there, slots and number are
// looked at each on its own. O(n log n).
void check_overlaps(const lock_record& record, const wording& words, findings& found);

}  // namespace conclave::histories
