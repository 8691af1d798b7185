// conclave-sim shrink: cuts a failing run down, and writes it as a scenario and as a test.
#include "sim/command/commands.hpp"
#include "sim/command/plan_source.hpp"
#include "sim/shrink/artifacts.hpp"
#include "sim/shrink/isolated_run.hpp"
#include "sim/shrink/shrinker.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

namespace conclave::sim {

namespace {

using steady = std::chrono::steady_clock;

// A run that takes longer than this hangs.
constexpr std::chrono::seconds patience{10};

struct shrink_settings {
  plan_source source;
  double seconds = 30;
  std::string output = "shrunk";
  bool json = false;
};

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (!file) {
    fmt::print(stderr, "conclave-sim: can't write {}\n", path);
  }
  return !file.fail();
}

// The last part of a path, as a name in C++.
std::string name_of(const std::string& path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

exit_status shrink(const shrink_settings& asked) {
  const plan failing = plan_of(asked.source);
  const auto began = steady::now();
  const auto end = began + std::chrono::duration_cast<steady::duration>(
                               std::chrono::duration<double>(asked.seconds));
  auto said = began;
  const auto out_of_time = [&] {
    if (isatty(STDERR_FILENO) != 0 && steady::now() - said > std::chrono::seconds(2)) {
      said = steady::now();
      fmt::print(stderr, "shrinking for {:.0f} s\n",
                 std::chrono::duration<double>(said - began).count());
    }
    return steady::now() >= end;
  };
  shrinker cutter([](const plan& tried) { return run_isolated(tried, patience); }, out_of_time);
  const plan shrunk = cutter.shrink(failing);
  if (cutter.found().cause.empty()) {
    fmt::print(stderr, "conclave-sim: all promises held: there is nothing to shrink\n");
    return exit_status::nothing_fails;
  }
  const double took = std::chrono::duration<double>(steady::now() - began).count();
  const std::string scenario = asked.output + ".txt";
  const std::string test = asked.output + "_test.cpp";
  if (!write_file(scenario, scenario_of(shrunk, cutter.found().what)) ||
      !write_file(test, test_of(shrunk, name_of(asked.output), cutter.found().what))) {
    return exit_status::not_written;
  }
  nlohmann::ordered_json json;
  json["cause"] = cutter.found().cause;
  json["what"] = cutter.found().what;
  json["faults"] = shrunk.faults.size();
  json["operations"] = shrunk.operations ? shrunk.operations->size() : 0;
  json["incidents"] = shrunk.incidents ? shrunk.incidents->size() : 0;
  json["events"] = events_of(shrunk);
  json["whole"] = shrunk.operations.has_value() && shrunk.incidents.has_value();
  json["machines"] = shrunk.world.machines();
  json["runs"] = cutter.runs();
  json["seconds"] = took;
  json["scenario"] = scenario;
  json["test"] = test;
  if (asked.json) {
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}\n", to_text(shrunk));
    for (const auto& [name, value] : json.items()) {
      fmt::print("  {:<12}{}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return exit_status::kept;
}

}  // namespace

void add_shrink(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<shrink_settings>();
  CLI::App* command = app.add_subcommand(
      "shrink", "Cuts a failing run down to what it takes to fail, and writes it.");
  add_plan_options(*command, asked->source);
  command->add_option("--seconds", asked->seconds, "For how long at most")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--output", asked->output,
                   "Writes the scenario to this name with .txt, the test to it with _test.cpp")
      ->capture_default_str();
  command->add_flag("--json", asked->json, "Writes the result as JSON");
  command->footer(
      "Exit status: 0 the files are written; 7 the run does not fail; 74 a file can't be written.\n"
      "Examples:\n"
      "  conclave-sim shrink --seed 42\n"
      "  conclave-sim shrink --plan failing.txt --output tests/scenarios/late_vote --json");
  command->callback([asked, &status] { status = shrink(*asked); });
}

}  // namespace conclave::sim
