// Locks that nobody else wants, against a lock that knows only its own process.
#pragma once

#include "summary.hpp"

namespace conclave::bench {

// kept_lock_over_std_mutex and kept_lock_4_threads_over_std_mutex.
void measure_kept(summary& to);

}  // namespace conclave::bench
