// conclave-sim experiment: what membership does, measured.
#include "sim/command/commands.hpp"
#include "sim/experiment/experiments.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace conclave::sim {

namespace {

struct experiment_settings {
  std::string name;
  std::string preset = "lan";
  experiment_options options{.members = {10, 100}, .loss_percent = {0}, .config = {}};
  bool json = false;
};

// The settings of that name, on a network of that kind.
void take_preset(const std::string& name, experiment_options& options) {
  using std::chrono::microseconds;
  if (name == "local") {
    options.config = membership_config::local();
    options.delay_min = microseconds(20);
    options.delay_spread = microseconds(80);
  } else if (name == "wan") {
    options.config = membership_config::wan();
    options.delay_min = microseconds(20'000);
    options.delay_spread = microseconds(130'000);
  }
}

std::string names() {
  std::string all;
  for (const experiment& one : experiments()) {
    all += fmt::format("  {:<10} {}\n", one.name, one.about);
  }
  return all;
}

void print(const experiment& which, const experiment_options& options,
           const std::vector<measured_row>& rows) {
  fmt::print("{}\nMedians of {} seeds from {}.\n\n", which.about, options.seeds,
             options.first_seed);
  fmt::print("{:>8} {:>7}", "members", "lost %");
  for (const measured_column& column : which.columns) {
    const std::string head =
        column.unit.empty() ? column.what : fmt::format("{}, {}", column.what, column.unit);
    fmt::print("  {:>{}}", head, std::max<std::size_t>(head.size(), 10));
  }
  fmt::print("\n");
  for (const measured_row& row : rows) {
    fmt::print("{:>8} {:>7.1f}", row.members, row.loss_percent);
    for (std::size_t i = 0; i < which.columns.size(); ++i) {
      const measured_column& column = which.columns[i];
      const std::size_t head =
          column.what.size() + (column.unit.empty() ? 0 : column.unit.size() + 2);
      const std::string figure = row.medians[i] ? fmt::format("{:.3f}", *row.medians[i]) : "never";
      fmt::print("  {:>{}}", figure, std::max<std::size_t>(head, 10));
    }
    fmt::print("\n");
  }
}

nlohmann::ordered_json to_json(const experiment& which, const std::string& preset,
                               const experiment_options& options,
                               const std::vector<measured_row>& rows) {
  nlohmann::ordered_json json;
  json["experiment"] = which.name;
  json["about"] = which.about;
  json["seeds"] = options.seeds;
  json["first_seed"] = options.first_seed;
  json["preset"] = preset;
  for (const measured_row& row : rows) {
    nlohmann::ordered_json one{{"members", row.members}, {"loss_percent", row.loss_percent}};
    for (std::size_t i = 0; i < which.columns.size(); ++i) {
      one[which.columns[i].name] =
          row.medians[i] ? nlohmann::ordered_json(*row.medians[i]) : nlohmann::ordered_json();
    }
    json["rows"].push_back(std::move(one));
  }
  return json;
}

exit_status run_experiment(const experiment_settings& asked) {
  const experiment* which = find_experiment(asked.name);
  const experiment_options& options = asked.options;
  const std::size_t runs = options.members.size() * options.loss_percent.size() * options.seeds;
  const bool shows_progress = isatty(STDERR_FILENO) == 1;
  std::size_t run = 0;
  const auto rows = measure(*which, options, [&] {
    ++run;
    if (shows_progress) {
      fmt::print(stderr, "\r{} of {} runs", run, runs);
      std::fflush(stderr);
    }
  });
  if (shows_progress) {
    fmt::print(stderr, "\r{:30}\r", "");
  }
  if (asked.json) {
    fmt::print("{}\n", to_json(*which, asked.preset, options, rows).dump(2));
  } else {
    print(*which, options, rows);
  }
  return exit_status::kept;
}

}  // namespace

void add_experiment(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<experiment_settings>();
  CLI::App* one = app.add_subcommand(
      "experiment", "Measures membership: detection, joining, idle load, healing.");
  std::vector<std::string> known;
  for (const experiment& each : experiments()) {
    known.push_back(each.name);
  }
  one->add_option("name", asked->name, "Which")->required()->check(CLI::IsMember(known));
  one->add_option("--preset", asked->preset,
                  "Settings and network: one way 20 to 100 us, 0.2 to 1 ms, or 20 to 150 ms")
      ->check(CLI::IsMember({"local", "lan", "wan"}))
      ->capture_default_str();
  one->add_option("--members", asked->options.members, "How many nodes; a row for each")
      ->check(CLI::Range(2, 20'000))
      ->capture_default_str();
  one->add_option("--loss", asked->options.loss_percent,
                  "Of a hundred datagrams so many are lost; a row for each")
      ->check(CLI::Range(0.0, 90.0))
      ->capture_default_str();
  one->add_option("--seeds", asked->options.seeds, "Runs for each row; the median is told")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  one->add_option("--seed", asked->options.first_seed, "The first seed")->capture_default_str();
  one->add_flag("--json", asked->json, "Writes the figures as JSON");
  one->footer("Experiments:\n" + names() +
              "\nExamples:\n"
              "  conclave-sim experiment crash\n"
              "  conclave-sim experiment crash --members 10 100 1000 --loss 0 5 20\n"
              "  conclave-sim experiment crash --preset wan\n"
              "  conclave-sim experiment idle --members 100 --json");
  one->callback([asked, &status] {
    take_preset(asked->preset, asked->options);
    status = run_experiment(*asked);
  });
}

}  // namespace conclave::sim
