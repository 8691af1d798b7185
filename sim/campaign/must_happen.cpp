// By counters, each of which some seeds in a few hundred raise.
#include "sim/campaign/must_happen.hpp"

#include <array>

namespace conclave::sim {

namespace {

constexpr std::array must_happen = {counter::contended,
                                    counter::timed_out,
                                    counter::would_block,
                                    counter::cancelled,
                                    counter::tokens_taken,
                                    counter::lost_expired,
                                    counter::lost_no_quorum,
                                    counter::votes_relinquished,
                                    counter::late_votes,
                                    counter::unknown_released,
                                    counter::unequal_ballots,
                                    counter::sessions_lapsed,
                                    counter::leases_lapsed,
                                    counter::requests_withheld,
                                    counter::abstentions,
                                    counter::retransmissions,
                                    counter::frames_lost,
                                    counter::frames_blocked,
                                    counter::frames_duplicated,
                                    counter::frames_refused,
                                    counter::frames_over_buffer,
                                    counter::frames_over_queue,
                                    counter::frames_jammed,
                                    counter::frames_sieved,
                                    counter::superseded,
                                    counter::faults_at_holder,
                                    counter::faults_at_voters,
                                    counter::writes_refused,
                                    counter::passed_on,
                                    counter::kept,
                                    counter::lost_held_too_long,
                                    counter::shared,
                                    counter::downgraded,
                                    counter::together,
                                    counter::permits_had,
                                    counter::slots_chosen,
                                    counter::slots_avoided,
                                    counter::clock_warned,
                                    counter::clock_distrusted,
                                    counter::clock_trusted,
                                    counter::lost_clocks_disagree,
                                    counter::nested,
                                    counter::deadlocked,
                                    counter::waits_followed,
                                    counter::sightings};

}  // namespace

std::vector<std::string> never_happened(const counters& counted, std::uint64_t runs,
                                        std::uint64_t enough) {
  std::vector<std::string> missing;
  if (runs < enough) {
    return missing;
  }
  for (const counter which : must_happen) {
    if (counted.of(which) == 0) {
      missing.emplace_back(to_string(which));
    }
  }
  for (std::size_t i = 0; i < fault_kinds_count; ++i) {
    const auto met = static_cast<fault_kind>(i);
    if (counted.of(met) == 0) {
      missing.push_back("fault_" + std::string(to_string(met)));
    }
  }
  return missing;
}

}  // namespace conclave::sim
