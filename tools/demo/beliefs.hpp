// What follows from who believed when: overlaps, the order of tokens, time without a holder.
#pragma once

#include "base/time.hpp"
#include "tools/demo/board.hpp"

#include <cstddef>
#include <vector>

namespace conclave::tools::demo {

// Pairs of beliefs of which one began before the other was over.
[[nodiscard]] std::size_t count_overlaps(std::vector<belief> all);

// Acquisitions whose token is not above that of the acquisition before.
[[nodiscard]] std::size_t count_out_of_order(std::vector<belief> all);

// A process that was killed or stopped: from then on it serves nobody, whatever it believes.
struct outage {
  std::size_t node = 0;
  core::instant from;
  core::instant until = core::never;
  bool killed = false;  // else stopped
};

// The longest stretch between the two instants in which no running process held the lock.
[[nodiscard]] core::duration longest_gap(const std::vector<belief>& all,
                                         const std::vector<outage>& outages, core::instant from,
                                         core::instant until);

}  // namespace conclave::tools::demo
