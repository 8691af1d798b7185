// conclave-sim campaign: seed after seed until the time is up. Threads run worlds of their own; the
// only part of the simulator that reads a real clock.
#include "sim/campaign/must_happen.hpp"
#include "sim/campaign/worlds_under_way.hpp"
#include "sim/command/commands.hpp"
#include "sim/command/hunt.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace conclave::sim {

namespace {

struct campaign_settings {
  double minutes = 1;
  std::uint64_t first_seed = 1;
  unsigned threads = 2;
  std::uint64_t seeds_enough = runs_enough;
  bool json = false;
  bool hunt = false;
};

using wall_clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

struct found {
  std::uint64_t seed = 0;
  run_result result;
};

// What all threads share.
struct board {
  std::mutex lock;
  std::condition_variable changed;
  std::uint64_t next_seed = 0;
  std::uint64_t seeds_run = 0;
  unsigned running = 0;
  worlds_under_way worlds;
  duration simulated{};
  duration least_slack = duration::max();
  std::uint64_t least_slack_seed = 0;
  duration slowest_service{};
  std::uint64_t slowest_service_seed = 0;
  counters counted;
  std::optional<found> failure;
};

void note(board& all, std::uint64_t seed, const run_result& result) {
  ++all.seeds_run;
  all.simulated += result.ended.time_since_epoch();
  all.counted.add(result.counted);
  if (result.least_slack < all.least_slack) {
    all.least_slack = result.least_slack;
    all.least_slack_seed = seed;
  }
  const duration service = std::max(result.settled_after, result.served_after);
  if (service > all.slowest_service) {
    all.slowest_service = service;
    all.slowest_service_seed = seed;
  }
  // The smallest failing seed of those that are running, so that threads change nothing.
  const bool first = !all.failure || seed < all.failure->seed;
  if (result.outcome != outcome::kept && first) {
    all.failure = {.seed = seed, .result = result};
  }
}

void work(board& all, wall_clock::time_point end) {
  std::unique_lock guard(all.lock);
  while (wall_clock::now() < end && !all.failure) {
    const std::uint64_t seed = all.next_seed++;
    const std::uint64_t world = all.worlds.begins({.seed = seed}, wall_clock::now());
    guard.unlock();
    set_current_run(seed, replay_command(seed));
    const run_result result = run_seed(seed);
    guard.lock();
    all.worlds.ends(world);
    note(all, seed, result);
  }
  --all.running;
  all.changed.notify_all();
}

double simulated_rate(const board& all, seconds elapsed) {
  return seconds(all.simulated).count() / std::max(elapsed.count(), 1e-9);
}

void print_progress(const board& all, seconds elapsed) {
  fmt::print(stderr, "{:.0f} s: {} seeds, {:.0f} simulated seconds a second, {} grants\n",
             elapsed.count(), all.seeds_run, simulated_rate(all, elapsed),
             all.counted.of(counter::grants));
}

void print_summary(const board& all, seconds elapsed, const std::vector<std::string>& missing) {
  print(all.counted);
  fmt::print("  {:<22}{}\n", "seeds", all.seeds_run);
  fmt::print("  {:<22}{:.0f}\n", "simulated_seconds", seconds(all.simulated).count());
  fmt::print("  {:<22}{:.0f} (simulated seconds a second)\n", "rate", simulated_rate(all, elapsed));
  fmt::print("  {:<22}{:.0f}\n", "events_per_second",
             static_cast<double>(all.counted.of(counter::events)) / elapsed.count());
  fmt::print("  {:<22}{} (seed {})\n", "least_slack", to_text(all.least_slack),
             all.least_slack_seed);
  fmt::print("  {:<22}{} (seed {})\n", "slowest_service", to_text(all.slowest_service),
             all.slowest_service_seed);
  for (const std::string& each : missing) {
    fmt::print("never happened: {}\n", each);
  }
  if (all.failure) {
    fmt::print("FAILED seed {}: {}\nreplay: {}\n", all.failure->seed, all.failure->result.what,
               replay_command(all.failure->seed));
  }
}

void print_json(const board& all, seconds elapsed, const std::vector<std::string>& missing) {
  nlohmann::ordered_json json;
  json["seeds"] = all.seeds_run;
  json["simulated_seconds"] = seconds(all.simulated).count();
  json["simulated_seconds_per_second"] = simulated_rate(all, elapsed);
  json["least_slack_ns"] = all.least_slack.count();
  json["least_slack_seed"] = all.least_slack_seed;
  json["slowest_service_ns"] = all.slowest_service.count();
  json["slowest_service_seed"] = all.slowest_service_seed;
  json["never_happened"] = missing;
  json["counters"] = to_json(all.counted);
  if (all.failure) {
    json["failure"] = to_json(all.failure->result, draw_options(all.failure->seed),
                              replay_command(all.failure->seed));
  }
  fmt::print("{}\n", json.dump(2));
}

// Whether a world is stuck, which is the failure then.
bool find_stuck_world(board& all) {
  const auto stuck = all.worlds.stuck(wall_clock::now());
  if (stuck) {
    all.failure = {.seed = stuck->seed, .result = worlds_under_way::result_of_stuck(all.counted)};
  }
  return stuck.has_value();
}

void print_all(const board& all, const campaign_settings& settings, seconds elapsed,
               const std::vector<std::string>& missing) {
  if (settings.json) {
    print_json(all, elapsed, missing);
  } else {
    print_summary(all, elapsed, missing);
  }
}

// Until all threads are done.
void watch(board& all, const campaign_settings& settings, wall_clock::time_point begin) {
  const auto every =
      isatty(STDERR_FILENO) != 0 ? std::chrono::seconds(2) : std::chrono::seconds(30);
  auto said = begin;
  std::unique_lock guard(all.lock);
  while (!all.changed.wait_for(guard, std::chrono::seconds(1), [&] { return all.running == 0; })) {
    if (find_stuck_world(all)) {
      print_all(all, settings, wall_clock::now() - begin, {});
      std::fflush(stdout);
      std::_Exit(static_cast<int>(exit_status::no_progress));
    }
    if (wall_clock::now() - said >= every) {
      said = wall_clock::now();
      print_progress(all, said - begin);
    }
  }
}

exit_status run_campaign(const campaign_settings& settings) {
  if (!settings.json) {
    fmt::print("campaign of {} minutes from seed {}\n", settings.minutes, settings.first_seed);
  }
  board all;
  all.next_seed = settings.first_seed;
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
  const seconds elapsed = wall_clock::now() - begin;
  const std::vector<std::string> missing =
      never_happened(all.counted, all.seeds_run, settings.seeds_enough);
  print_all(all, settings, elapsed, missing);
  if (all.failure) {
    return status_of(all.failure->result);
  }
  return missing.empty() ? exit_status::kept : exit_status::missing;
}

// Another place to look at each time, unless told.
std::uint64_t seed_of_today() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
             std::chrono::duration_cast<std::chrono::seconds>(since_1970).count()) *
         1'000'000;
}

}  // namespace

void add_campaign(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<campaign_settings>();
  asked->first_seed = seed_of_today();
  CLI::App* campaign =
      app.add_subcommand("campaign", "Runs seed after seed until the time is up or one fails.");
  campaign->add_option("--minutes", asked->minutes, "For how long")
      ->required()
      ->check(CLI::PositiveNumber);
  campaign->add_option("--seed", asked->first_seed, "The first seed; else drawn from the time");
  campaign->add_option("--threads", asked->threads, "Worlds that run at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  campaign
      ->add_option("--seeds-enough", asked->seeds_enough,
                   "From so many seeds on it fails when something that must happen never did; a "
                   "hunt only says it")
      ->capture_default_str();
  campaign->add_flag("--hunt", asked->hunt,
                     "Goes on from the runs that came closest to breaking a promise");
  campaign->add_flag("--json", asked->json, "Writes the result as JSON");
  campaign->footer(
      "Examples:\n"
      "  conclave-sim campaign --minutes 10\n"
      "  conclave-sim campaign --minutes 0.5 --seed 1 --json\n"
      "  conclave-sim campaign --minutes 10 --hunt");
  campaign->callback([asked, &status] {
    status = asked->hunt ? run_hunt({.minutes = asked->minutes,
                                     .first_seed = asked->first_seed,
                                     .threads = asked->threads,
                                     .seeds_enough = asked->seeds_enough,
                                     .json = asked->json})
                         : run_campaign(*asked);
  });
}

}  // namespace conclave::sim
