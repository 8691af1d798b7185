// What a shrunk failure is written as: a golden scenario, and a test in C++.
#pragma once

#include "sim/plan.hpp"

#include <string>

namespace conclave::sim {

// For tests/scenarios. Its trace is that of a run as it should be: one that fails has no such
// trace, and says so instead.
[[nodiscard]] std::string scenario_of(const plan& failing, const std::string& what);

// For tests/sim: it fails as long as the plan does.
[[nodiscard]] std::string test_of(const plan& failing, const std::string& name,
                                  const std::string& what);

}  // namespace conclave::sim
