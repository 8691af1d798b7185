// Names of the counters, and what is taken over from processes.
#include "sim/counters.hpp"

namespace conclave::sim {

namespace {

constexpr std::array<std::string_view, counters_count> names = {
    "locks_asked",
    "grants",
    "shared",
    "downgraded",
    "together",
    "permits_had",
    "nested",
    "deadlocked",
    "sightings",
    "tokens_taken",
    "contended",
    "timed_out",
    "would_block",
    "failed_otherwise",
    "cancelled",
    "unlocked_in_time",
    "unlocked_too_late",
    "writes_accepted",
    "writes_refused",
    "lost_expired",
    "lost_no_quorum",
    "lost_held_too_long",
    "lost_clocks_disagree",
    "lost_otherwise",
    "votes_lent",
    "votes_relinquished",
    "late_votes",
    "passed_on",
    "kept",
    "slots_chosen",
    "slots_avoided",
    "waits_followed",
    "unknown_released",
    "unequal_ballots",
    "sessions_opened",
    "sessions_lapsed",
    "leases_lapsed",
    "requests_withheld",
    "floors_on_wall_clock",
    "clock_warned",
    "clock_distrusted",
    "clock_trusted",
    "retransmissions",
    "starts",
    "restarts",
    "abstentions",
    "superseded",
    "faults_at_holder",
    "faults_at_voters",
    "frames_sent",
    "frames_delivered",
    "frames_lost",
    "frames_blocked",
    "frames_duplicated",
    "frames_damaged",
    "frames_refused",
    "frames_to_nobody",
    "frames_over_buffer",
    "frames_over_queue",
    "frames_jammed",
    "frames_sieved",
    "events",
};
static_assert(!names.back().empty(), "every counter has a name");

}  // namespace

std::string_view to_string(counter which) {
  return names[static_cast<std::size_t>(which)];
}

void counters::add(const core::node& process) {
  const core::candidate_counters& asks = process.asks().counters();
  add(counter::votes_relinquished, asks.relinquished);
  add(counter::late_votes, asks.late_votes);
  add(counter::passed_on, asks.passed_on);
  add(counter::kept, asks.kept);
  add(counter::slots_chosen, asks.slots_chosen);
  add(counter::slots_avoided, asks.slots_avoided);
  add(counter::waits_followed, asks.chased);
  add(counter::unknown_released, asks.released_unknown);
  add(counter::unequal_ballots, asks.unequal_ballots);
  add(counter::retransmissions, process.links().counters().retransmissions);
  for (const std::uint64_t refused : process.counters().frame_errors) {
    add(counter::frames_refused, refused);
  }
  if (const core::voter* voter = process.lends(); voter != nullptr) {
    add(counter::votes_lent, voter->counters().votes_lent);
    add(counter::sessions_opened, voter->counters().sessions_opened);
    add(counter::sessions_lapsed, voter->counters().sessions_lapsed);
    add(counter::leases_lapsed, voter->counters().leases_lapsed);
    add(counter::requests_withheld, voter->counters().withheld);
  }
}

void counters::add(const counters& other) {
  for (std::size_t i = 0; i < counters_count; ++i) {
    values_[i] += other.values_[i];
  }
  for (std::size_t i = 0; i < fault_kinds_count; ++i) {
    faults_[i] += other.faults_[i];
  }
}

}  // namespace conclave::sim
