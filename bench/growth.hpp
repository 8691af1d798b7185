// What must not grow: messages with waiters, keep-alives with locks, a voter's memory beyond a
// small number of bytes for each lock, and what one candidate gets more often than its equals.
#pragma once

#include "summary.hpp"

namespace conclave::bench {

// Adds voter_bytes_per_held_lock.
void measure_voter_memory(summary& to);

// In virtual time, so that each run gives the same. Adds
// - keep_alive_frames_100000_over_1: frames without a message that a node with so many locks sends,
//   over those of a node with one;
// - hand_over_messages_500_over_10: lock messages for each hand-over, with so many that wait;
// - fairness_most_over_fewest: of the acquisitions of those who contend alike, and
//   fairness_far_share: the mean of those 20 times as far away, over the mean of the near ones.
void measure_growth(summary& to);

}  // namespace conclave::bench
