// conclave-sim run: one seed, and what happened.
#include "sim/command/commands.hpp"
#include "sim/command/plan_source.hpp"
#include "sim/history/json/writer.hpp"
#include "sim/history/recorder.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace conclave::sim {

namespace {

struct run_settings {
  plan_source source;
  bool trace = false;
  bool json = false;
  bool show_plan = false;
  std::string history;  // the file
};

// False when the file can't be written.
bool write_history(const std::string& file, const histories::history& told) {
  std::ofstream out(file, std::ios::binary);
  for (const histories::operation& one : told.operations) {
    out << histories::to_json_line(one, told);
  }
  out.close();
  if (!out) {
    fmt::print(stderr, "conclave-sim: {}: cannot be written\n", file);
  }
  return bool(out);
}

exit_status run_one(const run_settings& asked) {
  set_current_run(asked.source.seed, replay_command(asked.source));
  const plan chosen = plan_of(asked.source);
  if (asked.show_plan) {
    fmt::print("{}", to_text(chosen));
    return exit_status::kept;
  }
  if (!asked.json) {
    print(chosen.world);
  }
  trace_sink sink;
  if (asked.trace) {
    sink = [](true_time at, std::string_view line) {
      const std::int64_t ns = at.time_since_epoch().count();
      fmt::print(stderr, "{:3}.{:09} {}\n", ns / 1'000'000'000, ns % 1'000'000'000, line);
    };
  }
  simulation world(chosen, sink);
  history_recorder recorder;
  if (!asked.history.empty()) {
    world.watch(recorder);
  }
  const run_result result = world.run();
  if (!asked.history.empty() && !write_history(asked.history, recorder.told())) {
    return exit_status::not_written;
  }
  const std::string replay = replay_command(asked.source);
  if (asked.json) {
    fmt::print("{}\n", to_json(result, chosen.world, replay).dump(2));
  } else {
    print(result);
    fmt::print("replay: {}\n", replay);
  }
  return status_of(result);
}

}  // namespace

void add_run(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<run_settings>();
  CLI::App* run = app.add_subcommand("run", "Runs one seed and says what happened.");
  add_plan_options(*run, asked->source);
  run->add_flag("--trace", asked->trace, "Writes each event to standard error");
  run->add_flag("--json", asked->json, "Writes the result as JSON");
  run->add_flag("--show-plan", asked->show_plan,
                "Writes the plan of the run instead of running it");
  run->add_option("--history", asked->history,
                  "Writes what was done with locks to this file, for conclave-sim check");
  run->footer(
      "Examples:\n"
      "  conclave-sim run --seed 42\n"
      "  conclave-sim run --seed 42 --trace 2>trace.txt\n"
      "  conclave-sim run --seed 42 --json | jq .counters\n"
      "  conclave-sim run --seed 42 --show-plan >plan.txt\n"
      "  conclave-sim run --plan plan.txt\n"
      "  conclave-sim run --seed 42 --history run.jsonl && conclave-sim check run.jsonl");
  run->callback([asked, &status] { status = run_one(*asked); });
}

}  // namespace conclave::sim
