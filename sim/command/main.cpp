// conclave-sim: runs the protocol in simulated worlds and says whether its promises held.
#include "sim/command/campaign.hpp"
#include "sim/command/report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace conclave::sim {

namespace {

constexpr const char* about =
    "Runs clusters of conclave nodes under virtual time, with everything drawn from one seed:\n"
    "clocks, network, faults, users. Checks the promises of the protocol after every event.";

constexpr const char* exit_codes =
    "Exit status: 0 all promises held; 3 a promise was broken; 4 a healed majority did not serve\n"
    "everybody in time; 5 an assertion of the core failed; 6 a campaign never met something that\n"
    "must happen sometimes; 64 wrong usage.";

struct run_settings {
  std::uint64_t seed = 1;
  bool trace = false;
  bool json = false;
};

struct digests_settings {
  std::uint64_t seeds = 50;
  std::uint64_t first = 1;
};

exit_status run_one(const run_settings& asked) {
  set_current_seed(asked.seed);
  const options drawn = draw_options(asked.seed);
  if (!asked.json) {
    print(drawn);
  }
  trace_sink sink;
  if (asked.trace) {
    sink = [](true_time at, std::string_view line) {
      const std::int64_t ns = at.time_since_epoch().count();
      fmt::print(stderr, "{:3}.{:09} {}\n", ns / 1'000'000'000, ns % 1'000'000'000, line);
    };
  }
  const run_result result = run_seed(asked.seed, sink);
  if (asked.json) {
    fmt::print("{}\n", to_json(result, drawn).dump(2));
  } else {
    print(result, drawn);
  }
  return status_of(result);
}

exit_status print_digests(const digests_settings& asked) {
  for (std::uint64_t seed = asked.first; seed < asked.first + asked.seeds; ++seed) {
    set_current_seed(seed);
    fmt::print("{} {:016x}\n", seed, run_seed(seed).digest);
  }
  return exit_status::kept;
}

void add_run(CLI::App& app, run_settings& asked) {
  CLI::App* run = app.add_subcommand("run", "Runs one seed and says what happened.");
  run->add_option("--seed", asked.seed, "What everything is drawn from")->required();
  run->add_flag("--trace", asked.trace, "Writes each event to standard error");
  run->add_flag("--json", asked.json, "Writes the result as JSON");
  run->footer(
      "Examples:\n"
      "  conclave-sim run --seed 42\n"
      "  conclave-sim run --seed 42 --trace 2>trace.txt\n"
      "  conclave-sim run --seed 42 --json | jq .counters");
}

void add_digests(CLI::App& app, digests_settings& asked) {
  CLI::App* digests = app.add_subcommand(
      "digests", "Prints what each seed ends in: the same on every compiler and machine.");
  digests->add_option("--seeds", asked.seeds, "How many")->required();
  digests->add_option("--first", asked.first, "The first of them")->capture_default_str();
  digests->footer(
      "Examples:\n"
      "  conclave-sim digests --seeds 50\n"
      "  conclave-sim digests --seeds 10 --first 1000");
}

void add_campaign(CLI::App& app, campaign_settings& asked) {
  CLI::App* campaign =
      app.add_subcommand("campaign", "Runs seed after seed until the time is up or one fails.");
  campaign->add_option("--minutes", asked.minutes, "For how long")
      ->required()
      ->check(CLI::PositiveNumber);
  campaign->add_option("--seed", asked.first_seed, "The first seed; else drawn from the time");
  campaign->add_option("--threads", asked.threads, "Worlds that run at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  campaign->add_flag("--json", asked.json, "Writes the result as JSON");
  campaign->footer(
      "Examples:\n"
      "  conclave-sim campaign --minutes 10\n"
      "  conclave-sim campaign --minutes 0.5 --seed 1 --json");
}

exit_status run(int argc, char** argv) {
  CLI::App app(about, "conclave-sim");
  app.require_subcommand(1);
  app.footer(std::string("Examples:\n"
                         "  conclave-sim run --seed 42\n"
                         "  conclave-sim campaign --minutes 10\n"
                         "  conclave-sim digests --seeds 50\n\n") +
             exit_codes);
  run_settings one;
  digests_settings many;
  campaign_settings search;
  // Another place to look at each time, unless told.
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  search.first_seed = static_cast<std::uint64_t>(
                          std::chrono::duration_cast<std::chrono::seconds>(since_1970).count()) *
                      1'000'000;
  add_run(app, one);
  add_digests(app, many);
  add_campaign(app, search);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refused) {
    return app.exit(refused) == 0 ? exit_status::kept : exit_status::usage;
  }
  if (app.got_subcommand("run")) {
    return run_one(one);
  }
  if (app.got_subcommand("digests")) {
    return print_digests(many);
  }
  if (!search.json) {
    fmt::print("campaign of {} minutes from seed {}\n", search.minutes, search.first_seed);
  }
  return run_campaign(search);
}

}  // namespace

}  // namespace conclave::sim

int main(int argc, char** argv) {
  conclave::sim::install_terminate_handler();
  return static_cast<int>(conclave::sim::run(argc, argv));
}
