// What each experiment does with its swarm, once.
#pragma once

#include "sim/experiment/swarm.hpp"

#include <optional>
#include <vector>

namespace conclave::sim {

// One for each column of the experiment, or none at all when it came to nothing; one that is
// nothing never came.
using figures = std::vector<std::optional<double>>;

// What never came is later than all else. Nothing of none.
[[nodiscard]] std::optional<double> median_of(std::vector<std::optional<double>> all);

[[nodiscard]] std::optional<double> greatest_of(const std::vector<std::optional<double>>& all);

[[nodiscard]] figures run_crash(const swarm_settings& settings);
[[nodiscard]] figures run_join(const swarm_settings& settings);
[[nodiscard]] figures run_idle(const swarm_settings& settings);
[[nodiscard]] figures run_partition(const swarm_settings& settings);
[[nodiscard]] figures run_alone(const swarm_settings& settings);
[[nodiscard]] figures run_deaf(const swarm_settings& settings);
[[nodiscard]] figures run_lossy(const swarm_settings& settings);
[[nodiscard]] figures run_pauses(const swarm_settings& settings);
[[nodiscard]] figures run_anomaly(const swarm_settings& settings);
[[nodiscard]] figures run_rolling(const swarm_settings& settings);
[[nodiscard]] figures run_restart(const swarm_settings& settings);
[[nodiscard]] figures run_ghosts(const swarm_settings& settings);

}  // namespace conclave::sim
