// conclave-sim experiment: what membership does, measured.
#include "sim/command/commands.hpp"
#include "sim/command/report.hpp"
#include "sim/experiment/experiments.hpp"
#include "sim/experiment/page.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

namespace {

// Gigabytes: each of very many members has a table of all.
constexpr unsigned experiment_memory_max = 12;

struct experiment_settings {
  std::string name;
  std::string preset = "lan";
  std::optional<unsigned> gossip_fanout;  // in place of the preset's
  experiment_options options{.members = {10, 100}, .loss_percent = {0}, .config = {}};
  bool json = false;
  std::string html;  // a file
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

template <class Named>
std::string list_of(const std::vector<Named>& named) {
  std::string all;
  for (const Named& one : named) {
    all += fmt::format("  {:<14} {}\n", one.name, one.about);
  }
  return all;
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& named) {
  std::vector<std::string> all;
  all.reserve(named.size());
  for (const Named& one : named) {
    all.push_back(one.name);
  }
  return all;
}

void print(const experiment& which, const experiment_settings& asked,
           const std::vector<measured_row>& rows) {
  fmt::print(
      "{}\nMedians of {} seeds from {}, preset {}. All protocols but conclave are models.\n\n",
      which.about, asked.options.seeds, asked.options.first_seed, asked.preset);
  fmt::print("{:<14} {:>8} {:>7}", "protocol", "members", "lost %");
  for (const measured_column& column : which.columns) {
    const std::string head =
        column.unit.empty() ? column.what : fmt::format("{}, {}", column.what, column.unit);
    fmt::print("  {:>{}}", head, std::max<std::size_t>(head.size(), 10));
  }
  fmt::print("\n");
  for (const measured_row& row : rows) {
    fmt::print("{:<14} {:>8} {:>7.1f}", row.protocol, row.members, row.loss_percent);
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

void print(const std::vector<ablation>& compared) {
  if (!compared.empty()) {
    fmt::print(
        "\nModels, beside the Lifeguard paper: deaths of healthy, in % of those of swim\n\n");
  }
  for (const ablation& one : compared) {
    const std::string percent = one.percent ? fmt::format("{:.1f}", *one.percent) : "none";
    fmt::print("{:<14} {:>8}   paper {:>5.1f}   {}\n", one.protocol, percent, one.percent_in_paper,
               one.agrees() ? "within a factor of two" : "NOT within a factor of two");
  }
}

nlohmann::ordered_json to_json(const experiment& which, const std::string& preset,
                               const experiment_options& options,
                               const std::vector<measured_row>& rows,
                               const std::vector<ablation>& compared) {
  nlohmann::ordered_json json;
  json["experiment"] = which.name;
  json["about"] = which.about;
  json["seeds"] = options.seeds;
  json["first_seed"] = options.first_seed;
  json["preset"] = preset;
  json["gossip_fanout"] = options.config.gossip_fanout;
  for (const measured_row& row : rows) {
    nlohmann::ordered_json one{
        {"protocol", row.protocol}, {"members", row.members}, {"loss_percent", row.loss_percent}};
    for (std::size_t i = 0; i < which.columns.size(); ++i) {
      one[which.columns[i].name] =
          row.medians[i] ? nlohmann::ordered_json(*row.medians[i]) : nlohmann::ordered_json();
    }
    json["rows"].push_back(std::move(one));
  }
  for (const ablation& one : compared) {
    json["models"].push_back({{"protocol", one.protocol},
                              {"percent_of_swim", one.percent ? nlohmann::ordered_json(*one.percent)
                                                              : nlohmann::ordered_json()},
                              {"percent_in_paper", one.percent_in_paper},
                              {"agrees", one.agrees()}});
  }
  return json;
}

bool write_page(const experiment_settings& asked, const experiment& which,
                const std::vector<measured_row>& rows) {
  std::ofstream file(asked.html);
  file << to_html(which, asked.options, asked.preset, rows) << std::flush;
  if (!file) {
    fmt::print(stderr, "error: {} can't be written: {}\n", asked.html, std::strerror(errno));
  }
  return static_cast<bool>(file);
}

exit_status run_experiment(const experiment_settings& asked) {
  limit_memory(experiment_memory_max);
  const experiment* which = find_experiment(asked.name);
  const experiment_options& options = asked.options;
  const std::size_t runs = options.protocols.size() * options.members.size() *
                           options.loss_percent.size() * options.seeds;
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
  // The paper's network was that of one data centre.
  const auto compared =
      asked.preset == "lan" ? compare_with_paper(*which, rows) : std::vector<ablation>{};
  if (!asked.html.empty() && !write_page(asked, *which, rows)) {
    return exit_status::not_written;
  }
  if (asked.json) {
    fmt::print("{}\n", to_json(*which, asked.preset, options, rows, compared).dump(2));
  } else {
    print(*which, asked, rows);
    print(compared);
  }
  return std::ranges::all_of(compared, &ablation::agrees) ? exit_status::kept
                                                          : exit_status::disagrees;
}

}  // namespace

void add_experiment(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<experiment_settings>();
  CLI::App* one = app.add_subcommand(
      "experiment", "Measures membership: detection, joining, idle load, healing.");
  one->add_option("name", asked->name, "Which")
      ->required()
      ->check(CLI::IsMember(names_of(experiments())));
  one->add_option("--protocol", asked->options.protocols, "Whose membership; a row for each")
      ->check(CLI::IsMember(names_of(protocols())))
      ->capture_default_str();
  one->add_option("--preset", asked->preset,
                  "Settings and network: one way 20 to 100 us, 0.2 to 1 ms, or 20 to 150 ms")
      ->check(CLI::IsMember({"local", "lan", "wan"}))
      ->capture_default_str();
  one->add_option("--gossip-fanout", asked->gossip_fanout,
                  "Of conclave, in place of the preset's: targets in each round of gossip")
      ->check(CLI::Range(1, 100));
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
  one->add_option("--html", asked->html, "Writes charts of them to this file, too");
  one->footer("Experiments:\n" + list_of(experiments()) + "\nProtocols:\n" + list_of(protocols()) +
              "\nExamples:\n"
              "  conclave-sim experiment crash\n"
              "  conclave-sim experiment crash --members 10 100 1000 --loss 0 5 20\n"
              "  conclave-sim experiment crash --preset wan\n"
              "  conclave-sim experiment anomaly --gossip-fanout 2\n"
              "  conclave-sim experiment lossy --protocol conclave memberlist --html lossy.html\n"
              "  conclave-sim experiment idle --members 100 --json");
  one->callback([asked, &status] {
    take_preset(asked->preset, asked->options);
    membership_config& config = asked->options.config;
    config.gossip_fanout = asked->gossip_fanout.value_or(config.gossip_fanout);
    status = run_experiment(*asked);
  });
}

}  // namespace conclave::sim
