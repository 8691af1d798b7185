// What happened in a run, counted.
#pragma once

#include "node/node.hpp"
#include "sim/options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace conclave::sim {

enum class counter : std::uint8_t {
  // what users did and got, and what the fenced store said to their writes
  locks_asked,
  grants,
  shared,
  downgraded,
  together,
  permits_had,
  nested,
  deadlocked,
  sightings,
  tokens_taken,
  contended,
  timed_out,
  would_block,
  failed_otherwise,
  cancelled,
  unlocked_in_time,
  unlocked_too_late,
  writes_accepted,
  writes_refused,
  lost_expired,
  lost_no_quorum,
  lost_held_too_long,
  lost_clocks_disagree,
  lost_otherwise,
  // what voters and candidates did
  votes_lent,
  votes_relinquished,
  late_votes,
  passed_on,
  kept,
  slots_chosen,
  slots_avoided,
  waits_followed,
  unknown_released,
  unequal_ballots,
  sessions_opened,
  sessions_lapsed,
  leases_lapsed,
  requests_withheld,
  floors_on_wall_clock,
  clock_warned,
  clock_distrusted,
  clock_trusted,
  retransmissions,
  // what was done to them
  starts,
  restarts,
  abstentions,
  superseded,
  faults_at_holder,  // that met whoever held a lock just then
  faults_at_voters,  // that were meant for voters, and met some
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
  frames_over_queue,
  frames_jammed,
  frames_sieved,
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
  // Faults that were met, by kind.
  void add(fault_kind met) { ++faults_[static_cast<std::size_t>(met)]; }
  [[nodiscard]] std::uint64_t of(fault_kind met) const {
    return faults_[static_cast<std::size_t>(met)];
  }
  // What a process counted itself; once, when it ends.
  void add(const core::node& process);
  void add(const counters& other);

 private:
  std::array<std::uint64_t, counters_count> values_{};
  std::array<std::uint64_t, fault_kinds_count> faults_{};
};

}  // namespace conclave::sim
