// What happened in a run, counted.
#pragma once

#include "node/node.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace conclave::sim {

enum class counter : std::uint8_t {
  // what users did and got
  locks_asked,
  grants,
  tokens_taken,
  contended,
  timed_out,
  would_block,
  failed_otherwise,
  cancelled,
  unlocked_in_time,
  unlocked_too_late,
  lost_expired,
  lost_no_quorum,
  lost_otherwise,
  // what voters and candidates did
  votes_lent,
  votes_relinquished,
  late_votes,
  unknown_released,
  unequal_ballots,
  sessions_opened,
  sessions_lapsed,
  requests_withheld,
  floors_on_wall_clock,
  retransmissions,
  // what was done to them
  starts,
  crashes,
  restarts,
  abstentions,
  leaves,
  pauses,
  splits,
  cuts,
  storms,
  blackouts,
  // datagrams
  frames_sent,
  frames_delivered,
  frames_lost,
  frames_blocked,
  frames_duplicated,
  frames_damaged,
  frames_refused,
  frames_to_nobody,
  frames_over_buffer,
  // the run itself
  events,
};

inline constexpr std::size_t counters_count = static_cast<std::size_t>(counter::events) + 1;

[[nodiscard]] std::string_view to_string(counter which);

class counters {
 public:
  void add(counter which, std::uint64_t by = 1) { values_[static_cast<std::size_t>(which)] += by; }
  [[nodiscard]] std::uint64_t of(counter which) const {
    return values_[static_cast<std::size_t>(which)];
  }
  // What a process counted itself; once, when it ends.
  void add(const core::node& process);
  void add(const counters& other);

 private:
  std::array<std::uint64_t, counters_count> values_{};
};

}  // namespace conclave::sim
