// Threads that run what is hunted, and what comes of it.
#include "sim/command/hunt.hpp"

#include "sim/campaign/hunting.hpp"
#include "sim/campaign/must_happen.hpp"
#include "sim/campaign/worlds_under_way.hpp"
#include "sim/command/plan_source.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace conclave::sim {

namespace {

using wall_clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

// What all threads share.
struct hunt_board {
  std::mutex lock;
  std::condition_variable changed;
  hunting hunted;
  worlds_under_way worlds;
  counters counted;
  std::uint64_t runs = 0;
  std::uint64_t seeds_enough = runs_enough;
  unsigned running = 0;
  std::optional<prey> failed;
  run_result failure;
};

void note(hunt_board& all, const prey& one, const run_result& result) {
  ++all.runs;
  all.counted.add(result.counted);
  if (result.outcome != outcome::kept && !all.failed) {
    all.failed = one;
    all.failure = result;
  }
  all.hunted.note(one, result.least_slack);
}

std::string replay_of(const prey& one) {
  return replay_command({.seed = one.seed, .variant = to_text(one.variant), .file = ""});
}

void work(hunt_board& all, wall_clock::time_point end) {
  std::unique_lock guard(all.lock);
  while (wall_clock::now() < end && !all.failed) {
    const prey one = all.hunted.next();
    const std::uint64_t world =
        all.worlds.begins({.seed = one.seed, .variant = one.variant}, wall_clock::now());
    guard.unlock();
    set_current_run(one.seed, replay_of(one));
    const run_result result = run_seed(one.seed, one.variant);
    guard.lock();
    all.worlds.ends(world);
    note(all, one, result);
  }
  --all.running;
  all.changed.notify_all();
}

std::vector<std::string> missing_of(const hunt_board& all) {
  return never_happened(all.counted, all.runs, all.seeds_enough);
}

void print_result(const hunt_board& all) {
  fmt::print("runs            {}\n", all.runs);
  fmt::print("came closer     {} times\n", all.hunted.came_closer());
  const std::vector<prey>& closest = all.hunted.closest();
  for (std::size_t i = 0; i < std::min<std::size_t>(closest.size(), 5); ++i) {
    fmt::print("slack {:<10}{}\n", to_text(closest[i].slack), replay_of(closest[i]));
  }
  for (const std::string& each : missing_of(all)) {
    fmt::print("never happened: {}\n", each);
  }
  if (all.failed) {
    fmt::print("FAILED: {}\nreplay: {}\n", all.failure.what, replay_of(*all.failed));
  }
}

void print_json(const hunt_board& all) {
  nlohmann::ordered_json json;
  json["runs"] = all.runs;
  json["came_closer"] = all.hunted.came_closer();
  json["closest"] = nlohmann::ordered_json::array();
  for (const prey& one : all.hunted.closest()) {
    json["closest"].push_back({{"slack_ns", one.slack.count()},
                               {"seed", one.seed},
                               {"variant", to_text(one.variant)},
                               {"replay", replay_of(one)}});
  }
  json["never_happened"] = missing_of(all);
  if (all.failed) {
    const options drawn = draw_options(all.failed->seed, all.failed->variant);
    json["failure"] = to_json(all.failure, drawn, replay_of(*all.failed));
  }
  fmt::print("{}\n", json.dump(2));
}

void print_all(const hunt_board& all, const hunt_settings& settings) {
  if (settings.json) {
    print_json(all);
  } else {
    print_result(all);
  }
}

// Until all threads are done.
void watch(hunt_board& all, const hunt_settings& settings, wall_clock::time_point begin) {
  const auto every =
      isatty(STDERR_FILENO) != 0 ? std::chrono::seconds(2) : std::chrono::seconds(30);
  auto said = begin;
  std::unique_lock guard(all.lock);
  while (!all.changed.wait_for(guard, std::chrono::seconds(1), [&] { return all.running == 0; })) {
    if (const auto stuck = all.worlds.stuck(wall_clock::now())) {
      all.failed = {.seed = stuck->seed, .variant = stuck->variant};
      all.failure = worlds_under_way::result_of_stuck(all.counted);
      print_all(all, settings);
      std::fflush(stdout);
      std::_Exit(static_cast<int>(exit_status::no_progress));
    }
    if (wall_clock::now() - said >= every) {
      said = wall_clock::now();
      const std::vector<prey>& closest = all.hunted.closest();
      fmt::print(stderr, "{:.0f} s: {} runs, least slack {}\n", seconds(said - begin).count(),
                 all.runs, closest.empty() ? "none" : to_text(closest.front().slack));
    }
  }
}

}  // namespace

exit_status run_hunt(const hunt_settings& settings) {
  if (!settings.json) {
    fmt::print("hunt of {} minutes from seed {}\n", settings.minutes, settings.first_seed);
  }
  hunt_board all{.hunted = hunting(settings.first_seed)};
  all.seeds_enough = settings.seeds_enough;
  all.running = settings.threads;
  const auto begin = wall_clock::now();
  const auto end =
      begin + std::chrono::duration_cast<wall_clock::duration>(seconds(settings.minutes * 60));
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < settings.threads; ++i) {
    threads.emplace_back([&] { work(all, end); });
  }
  watch(all, settings, begin);
  for (std::thread& each : threads) {
    each.join();
  }
  print_all(all, settings);
  return all.failed ? status_of(all.failure) : exit_status::kept;
}

}  // namespace conclave::sim
