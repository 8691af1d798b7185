// What membership does, measured: each experiment is a table over protocols, sizes and losses,
// medians over seeds (docs/simulator.md, "Experiments").
#pragma once

#include "sim/experiment/runs.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

// The core's own membership, or a model of another one with some of its parts.
struct protocol {
  std::string name;
  std::string about;
  std::optional<model_settings> model;
  // Of the false positives of SWIM, in the Lifeguard paper's own experiment.
  std::optional<double> percent_in_paper = std::nullopt;
};

[[nodiscard]] const std::vector<protocol>& protocols();
[[nodiscard]] const protocol* find_protocol(const std::string& name);

struct experiment_options {
  std::vector<std::string> protocols = {"conclave"};
  std::vector<std::uint32_t> members;  // a row for each
  std::vector<double> loss_percent;    // and each of these
  std::uint32_t seeds = 5;
  std::uint64_t first_seed = 1;
  membership_config config;
  duration delay_min = swarm_settings{}.delay_min;
  duration delay_spread = swarm_settings{}.delay_spread;
};

struct measured_column {
  std::string name;  // as in JSON: "known_to_all_s"
  std::string what;  // as in the table: "known to all"
  std::string unit;
  bool greatest = false;  // of all seeds, not the median
};

struct measured_row {
  std::string protocol;
  std::uint32_t members = 0;
  double loss_percent = 0;
  figures medians;  // or greatest, one for each column; nothing: it never came
};

struct experiment {
  std::string name;
  std::string about;
  std::vector<measured_column> columns;
  std::function<figures(const swarm_settings&)> run;
};

[[nodiscard]] const std::vector<experiment>& experiments();
[[nodiscard]] const experiment* find_experiment(const std::string& name);

// `done` is told after each run.
[[nodiscard]] std::vector<measured_row> measure(const experiment& which,
                                                const experiment_options& options,
                                                const std::function<void()>& done);

// What a model leaves of SWIM's false positives, beside what the Lifeguard paper says of it.
struct ablation {
  std::string protocol;
  std::optional<double> percent;  // nothing: SWIM had none, or its run never began
  double percent_in_paper = 0;

  [[nodiscard]] bool agrees() const;  // within a factor of two
};

// Of each model that the paper has, where SWIM was measured too, both with as many members as there
// and nothing lost. Only of "anomaly", which is the paper's experiment.
[[nodiscard]] std::vector<ablation> compare_with_paper(const experiment& which,
                                                       const std::vector<measured_row>& rows);

}  // namespace conclave::sim
