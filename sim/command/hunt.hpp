// Looks for trouble where it is nearest: draws parts of the runs anew in which least was left
// between what a holder believed and what its quorum kept for it, and goes on from the closest.
#pragma once

#include "sim/campaign/must_happen.hpp"
#include "sim/command/report.hpp"

#include <cstdint>

namespace conclave::sim {

struct hunt_settings {
  double minutes = 1;
  std::uint64_t first_seed = 1;
  unsigned threads = 2;
  std::uint64_t seeds_enough = runs_enough;
  bool json = false;
};

[[nodiscard]] exit_status run_hunt(const hunt_settings& settings);

}  // namespace conclave::sim
