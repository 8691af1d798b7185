// Where a command takes its plan from: a seed and what is drawn anew of it, or a file.
#pragma once

#include "sim/plan.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

namespace conclave::sim {

struct plan_source {
  std::uint64_t seed = 0;
  std::string variant;  // as "0.0.3.0.0.0.0.0"; empty: the seed's own
  std::string file;
};

// --seed, --variant and --plan.
void add_plan_options(CLI::App& command, plan_source& source);

// Throws CLI::ValidationError, with the rule that is broken.
[[nodiscard]] plan plan_of(const plan_source& source);
[[nodiscard]] variation variation_of(const std::string& text);
[[nodiscard]] std::string to_text(const variation& variant);
// What to type to run it again.
[[nodiscard]] std::string replay_command(const plan_source& source);

}  // namespace conclave::sim
