// Seed after seed until the time is up: the only part of the simulator that reads a real clock.
#pragma once

#include "sim/command/report.hpp"

#include <cstdint>

namespace conclave::sim {

struct campaign_settings {
  double minutes = 1;
  std::uint64_t first_seed = 1;
  unsigned threads = 2;
  bool json = false;
};

[[nodiscard]] exit_status run_campaign(const campaign_settings& settings);

}  // namespace conclave::sim
