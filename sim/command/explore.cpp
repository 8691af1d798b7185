// conclave-sim explore: all interleavings of a small world.
#include "sim/command/commands.hpp"
#include "sim/explore/explorer.hpp"
#include "sim/last_words.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

namespace {

using wall_clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr std::size_t states_of_each = 300'000;  // when all worlds are looked at

// Gigabytes of the process: tables that grow are there twice for a moment.
constexpr unsigned explore_memory_max = 6;

struct explore_settings {
  std::string world = "smallest";
  std::optional<std::uint32_t> crashes;
  std::optional<std::uint32_t> duplicates;
  std::optional<std::uint32_t> losses;
  std::optional<std::uint32_t> partitions;
  std::optional<std::uint32_t> pauses;
  std::optional<std::uint32_t> lapses;
  std::optional<std::uint32_t> overtakings;
  std::optional<std::size_t> states_max;
  double minutes = 0;  // 0: as long as it takes
  bool json = false;
};

// The exploration that runs, for the handler below.
struct {
  explorer* looks = nullptr;
  const small_world* world = nullptr;
  wall_clock::time_point begin;
  nlohmann::ordered_json* all = nullptr;  // of all worlds so far
  const explore_settings* asked = nullptr;
} running;

nlohmann::ordered_json to_json(const small_world& world, const exploration& found, double took) {
  const exploration_counts& counts = found.counts;
  nlohmann::ordered_json json;
  json["world"] = world.name;
  json["finished"] = found.end == exploration_end::finished;
  json["end"] = to_string(found.end);
  json["cause"] = found.cause;
  json["what"] = found.what;
  json["faults"] = found.faults;
  json["events"] = found.events;
  json["machines"] = world.nodes.size();
  json["states"] = counts.states;
  json["states_per_second"] = static_cast<double>(counts.states) / std::max(took, 1e-9);
  json["depth"] = counts.depth;
  json["moves"] = counts.moves;
  json["node_states"] = counts.node_states;
  json["node_steps"] = counts.node_steps;
  json["calm_ends"] = counts.calm_ends;
  json["bytes"] = counts.bytes;
  json["seconds"] = took;
  json["story"] = found.story;
  return json;
}

void print(const small_world& world, const exploration& found, double took) {
  const exploration_counts& counts = found.counts;
  fmt::print("world {}: {}\n", world.name, world.about);
  fmt::print("  {:<22}{}\n", "states", counts.states);
  fmt::print("  {:<22}{:.0f}\n", "states_per_second",
             static_cast<double>(counts.states) / std::max(took, 1e-9));
  fmt::print("  {:<22}{}\n", "depth", counts.depth);
  fmt::print("  {:<22}{}\n", "moves", counts.moves);
  fmt::print("  {:<22}{}\n", "node_states", counts.node_states);
  fmt::print("  {:<22}{}\n", "node_steps", counts.node_steps);
  fmt::print("  {:<22}{}\n", "calm_ends", counts.calm_ends);
  fmt::print("  {:<22}{} MB\n", "memory", counts.bytes >> 20);
  fmt::print("  {:<22}{:.2f}\n", "seconds", took);
  fmt::print("  {:<22}{}\n", "finished", found.end == exploration_end::finished ? "yes" : "no");
  if (!found.what.empty()) {
    fmt::print("BROKEN after {} moves, {} of them faults: {}\n", found.events, found.faults,
               found.what);
    for (const std::string& line : found.story) {
      fmt::print("  {}\n", line);
    }
  } else if (found.end != exploration_end::finished) {
    fmt::print("not finished: {}\n", to_string(found.end));
  }
}

double seconds_since(wall_clock::time_point begin) {
  return seconds(wall_clock::now() - begin).count();
}

// One world is an object, all of them are a list.
void print_json(const nlohmann::ordered_json& all, const explore_settings& asked) {
  fmt::print("{}\n", (asked.world == "all" ? all : all.front()).dump(2));
}

// An assertion of the core failed: the way there is the counterexample.
[[noreturn]] void on_terminate() {
  const std::string what = last_words();
  explorer* const from = std::exchange(running.looks, nullptr);
  if (from == nullptr) {
    fmt::print(stderr, "BROKEN: {}\n", what);
    std::_Exit(static_cast<int>(exit_status::rule_broken));
  }
  const exploration found = from->broken_by(what);
  const double took = seconds_since(running.begin);
  if (running.asked->json) {
    running.all->push_back(to_json(*running.world, found, took));
    print_json(*running.all, *running.asked);
  } else {
    print(*running.world, found, took);
  }
  std::fflush(stdout);
  std::_Exit(static_cast<int>(exit_status::rule_broken));
}

exit_status status_of(const exploration& found) {
  switch (found.end) {
    case exploration_end::finished:
      return exit_status::kept;
    case exploration_end::states_max:
    case exploration_end::memory_max:
    case exploration_end::stopped:
      return exit_status::unfinished;
    case exploration_end::promise_broken:
      return exit_status::promise_broken;
    case exploration_end::no_progress:
      return exit_status::no_progress;
    case exploration_end::rule_broken:
      return exit_status::rule_broken;
  }
  return exit_status::usage;
}

small_world with_budgets(small_world world, const explore_settings& asked) {
  world.faults.crashes = asked.crashes.value_or(world.faults.crashes);
  world.faults.duplicates = asked.duplicates.value_or(world.faults.duplicates);
  world.faults.losses = asked.losses.value_or(world.faults.losses);
  world.faults.partitions = asked.partitions.value_or(world.faults.partitions);
  world.faults.lapses = asked.lapses.value_or(world.faults.lapses);
  world.faults.pauses = asked.pauses.value_or(world.faults.pauses);
  if (asked.overtakings) {
    world.in_order = true;
    world.faults.overtakings = *asked.overtakings;
  }
  return world;
}

// All worlds together are looked at less deeply, so that it takes about a minute.
explore_limits limits_of(const explore_settings& asked) {
  explore_limits limits;
  limits.states_max =
      asked.states_max.value_or(asked.world == "all" ? states_of_each : limits.states_max);
  return limits;
}

exit_status explore_one(const small_world& world, const explore_settings& asked,
                        wall_clock::time_point end, nlohmann::ordered_json& all) {
  explorer looks(world, limits_of(asked));
  const auto begin = wall_clock::now();
  running = {.looks = &looks, .world = &world, .begin = begin, .all = &all, .asked = &asked};
  const auto every =
      isatty(STDERR_FILENO) != 0 ? std::chrono::seconds(2) : std::chrono::seconds(30);
  auto next_word = begin + every;
  const exploration found = looks.run([&](const exploration_counts& counts) {
    const auto now = wall_clock::now();
    if (now >= next_word) {
      next_word = now + every;
      fmt::print(stderr, "{}: {:.0f} s, {} states, {} left to expand, depth {}\n", world.name,
                 seconds(now - begin).count(), counts.states, counts.states - counts.expanded,
                 counts.depth);
    }
    return now < end;
  });
  running = {};
  const double took = seconds_since(begin);
  if (asked.json) {
    all.push_back(to_json(world, found, took));
  } else {
    print(world, found, took);
  }
  return status_of(found);
}

exit_status explore(const explore_settings& asked) {
  limit_memory(explore_memory_max);
  std::vector<small_world> worlds;
  if (asked.world == "all") {
    worlds = small_worlds();
  } else {
    worlds.push_back(*find_small_world(asked.world));
  }
  std::set_terminate(on_terminate);
  const auto end = asked.minutes > 0
                       ? wall_clock::now() + std::chrono::duration_cast<wall_clock::duration>(
                                                 seconds(asked.minutes * 60))
                       : wall_clock::time_point::max();
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  exit_status worst = exit_status::kept;
  for (const small_world& each : worlds) {
    const exit_status status = explore_one(with_budgets(each, asked), asked, end, all);
    worst = status == exit_status::kept ? worst : status;
    if (status != exit_status::kept && status != exit_status::unfinished) {
      break;
    }
  }
  if (asked.json) {
    print_json(all, asked);
  }
  return worst;
}

std::vector<std::string> names_of_worlds() {
  std::vector<std::string> names{"all"};
  for (const small_world& each : small_worlds()) {
    names.push_back(each.name);
  }
  return names;
}

std::string worlds_in_words() {
  std::string text = "Worlds:\n";
  for (const small_world& each : small_worlds()) {
    text += fmt::format("  {:<20}{}\n", each.name, each.about);
  }
  return text;
}

}  // namespace

void add_explore(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<explore_settings>();
  CLI::App* explored = app.add_subcommand(
      "explore", "Looks at every order in which things can happen in a small world.");
  const CLI::Range budget(0U, budget_max);
  explored->add_option("--world", asked->world, "Which of those below, or all of them in turn")
      ->capture_default_str()
      ->check(CLI::IsMember(names_of_worlds()));
  explored->add_option("--crashes", asked->crashes, "So many at most, in place of the world's own")
      ->check(budget);
  explored->add_option("--duplicates", asked->duplicates, "Likewise")->check(budget);
  explored->add_option("--losses", asked->losses, "Likewise")->check(budget);
  explored->add_option("--partitions", asked->partitions, "Likewise")->check(budget);
  explored->add_option("--pauses", asked->pauses, "Half leases that go by")->check(budget);
  explored->add_option("--lapses", asked->lapses, "Whole leases that go by")->check(budget);
  explored
      ->add_option("--overtakings", asked->overtakings,
                   "Frames of one way that arrive out of order; without it as the world says")
      ->check(budget);
  explored
      ->add_option("--states-max", asked->states_max,
                   "Stops at so many states; 2,000,000, or 300,000 of each of all worlds")
      ->check(CLI::Range(std::size_t{1}, std::size_t{2'000'000'000}));
  explored->add_option("--minutes", asked->minutes, "Stops after that time; else when all is seen")
      ->check(CLI::PositiveNumber);
  explored->add_flag("--json", asked->json, "Writes the result as JSON");
  explored->footer(worlds_in_words() +
                   "\nExamples:\n"
                   "  conclave-sim explore --world smallest\n"
                   "  conclave-sim explore --world crash --minutes 1 --json\n"
                   "  conclave-sim explore --world smallest --duplicates 2 --lapses 1");
  explored->callback([asked, &status] { status = explore(*asked); });
}

}  // namespace conclave::sim
