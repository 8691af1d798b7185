// conclave-sim run: one seed, and what happened.
#include "sim/command/commands.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace conclave::sim {

namespace {

struct run_settings {
  std::uint64_t seed = 1;
  bool trace = false;
  bool json = false;
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
  const run_result result = run_seed(asked.seed, {}, sink);
  if (asked.json) {
    fmt::print("{}\n", to_json(result, drawn).dump(2));
  } else {
    print(result, drawn);
  }
  return status_of(result);
}

}  // namespace

void add_run(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<run_settings>();
  CLI::App* run = app.add_subcommand("run", "Runs one seed and says what happened.");
  run->add_option("--seed", asked->seed, "What everything is drawn from")->required();
  run->add_flag("--trace", asked->trace, "Writes each event to standard error");
  run->add_flag("--json", asked->json, "Writes the result as JSON");
  run->footer(
      "Examples:\n"
      "  conclave-sim run --seed 42\n"
      "  conclave-sim run --seed 42 --trace 2>trace.txt\n"
      "  conclave-sim run --seed 42 --json | jq .counters");
  run->callback([asked, &status] { status = run_one(*asked); });
}

}  // namespace conclave::sim
