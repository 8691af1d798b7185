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
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

namespace conclave::sim {

namespace {

using steady = std::chrono::steady_clock;

// A run that takes longer than this hangs.
constexpr std::chrono::seconds patience{10};

// What a person can still follow. For longer runs it is worth to look for another one.
constexpr std::size_t faults_few = 6;
constexpr std::size_t events_few = 40;

// Of all the time.
constexpr double part_for_the_first = 0.4;
constexpr double part_for_others = 0.2;

struct shrink_settings {
  plan_source source;
  double seconds = 30;
  std::string output = "shrunk";
  bool only_this = false;
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

// One plan, cut down.
struct cut {
  plan left;
  verdict found;
};

bool is_long(const plan& left) {
  return left.faults.size() > faults_few || events_of(left) > events_few;
}

class cutting {
 public:
  explicit cutting(double seconds) : end_(began_ + in_ticks(seconds)) {}

  [[nodiscard]] bool out_of_time() const { return steady::now() >= end_; }
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(steady::now() - began_).count();
  }

  // For no more than this part of all the time that there is.
  [[nodiscard]] cut shorten(const plan& failing, double part) {
    const auto until = std::min(end_, steady::now() + in_ticks(part * length()));
    shrinker cutter([this](const plan& tried) { return run(tried); },
                    [&] {
                      say_that_it_goes_on();
                      return steady::now() >= until;
                    });
    plan left = cutter.shrink(failing);
    return {.left = std::move(left), .found = cutter.found()};
  }

  [[nodiscard]] verdict run(const plan& tried) {
    ++runs_;
    return run_isolated(tried, patience);
  }
  [[nodiscard]] std::size_t runs() const { return runs_; }

 private:
  static steady::duration in_ticks(double seconds) {
    return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds));
  }
  [[nodiscard]] double length() const {
    return std::chrono::duration<double>(end_ - began_).count();
  }
  void say_that_it_goes_on() {
    if (isatty(STDERR_FILENO) != 0 && steady::now() - said_ > std::chrono::seconds(2)) {
      said_ = steady::now();
      fmt::print(stderr, "shrinking for {:.0f} s\n", seconds());
    }
  }

  const steady::time_point began_ = steady::now();
  const steady::time_point end_;
  steady::time_point said_ = began_;
  std::size_t runs_ = 0;
};

// A run may be stuck in a shape from which nothing can be left out. Others that fail for the same
// cause may not be: the next seeds are looked through for them.
void look_elsewhere(cutting& time, std::uint64_t& seed, cut& best) {
  for (std::uint64_t other = seed + 1; is_long(best.left) && !time.out_of_time(); ++other) {
    const plan drawn = draw_plan(other);
    if (time.run(drawn).cause != best.found.cause) {
      continue;
    }
    cut shorter = time.shorten(drawn, part_for_others);
    if (events_of(shorter.left) < events_of(best.left) && shorter.found.cause == best.found.cause) {
      best = std::move(shorter);
      seed = other;
    }
  }
}

exit_status shrink(const shrink_settings& asked) {
  cutting time(asked.seconds);
  const bool may_look_elsewhere = asked.source.file.empty() && !asked.only_this;
  cut best = time.shorten(plan_of(asked.source), may_look_elsewhere ? part_for_the_first : 1);
  if (best.found.cause.empty()) {
    fmt::print(stderr, "conclave-sim: all promises held: there is nothing to shrink\n");
    return exit_status::nothing_fails;
  }
  std::uint64_t seed = asked.source.seed;
  if (may_look_elsewhere) {
    look_elsewhere(time, seed, best);
  }
  const plan& shrunk = best.left;
  const std::string scenario = asked.output + ".txt";
  const std::string test = asked.output + "_test.cpp";
  if (!write_file(scenario, scenario_of(shrunk, best.found.what)) ||
      !write_file(test, test_of(shrunk, name_of(asked.output), best.found.what))) {
    return exit_status::not_written;
  }
  nlohmann::ordered_json json;
  if (asked.source.file.empty()) {
    json["seed"] = seed;
  }
  json["cause"] = best.found.cause;
  json["what"] = best.found.what;
  json["faults"] = shrunk.faults.size();
  json["operations"] = shrunk.operations ? shrunk.operations->size() : 0;
  json["incidents"] = shrunk.incidents ? shrunk.incidents->size() : 0;
  json["events"] = events_of(shrunk);
  json["whole"] = shrunk.operations.has_value() && shrunk.incidents.has_value();
  json["machines"] = shrunk.world.machines();
  json["runs"] = time.runs();
  json["seconds"] = time.seconds();
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
  command->add_flag(
      "--only-this", asked->only_this,
      "Does not look at other seeds that fail for the same cause when what is left is "
      "long (more than 6 faults, or 40 events)");
  command->add_flag("--json", asked->json, "Writes the result as JSON");
  command->footer(
      "Exit status: 0 the files are written; 7 the run does not fail; 74 a file can't be written.\n"
      "Examples:\n"
      "  conclave-sim shrink --seed 42\n"
      "  conclave-sim shrink --plan failing.txt --output tests/scenarios/late_vote --json");
  command->callback([asked, &status] { status = shrink(*asked); });
}

}  // namespace conclave::sim
