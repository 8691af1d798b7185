// A run told shortly: faults, phases, and what came of requests; no datagrams.
#pragma once

#include "sim/plan.hpp"
#include "sim/simulation.hpp"

#include <string>

namespace conclave::sim {

struct story {
  std::string lines;
  run_result result;
};

[[nodiscard]] story tell(const plan& what);

}  // namespace conclave::sim
