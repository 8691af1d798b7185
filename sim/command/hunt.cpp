// A pool of the closest runs, and threads that each change one of them a little.
#include "sim/command/hunt.hpp"

#include "sim/command/plan_source.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace conclave::sim {

namespace {

using wall_clock = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

// So many runs are kept to go on from.
constexpr std::size_t pool_size = 24;
// One run in so many is a new seed, so that the pool does not narrow down too early.
constexpr std::uint64_t new_seed_every = 8;

struct prey {
  std::uint64_t seed = 0;
  variation variant{};
  duration slack = duration::max();
};

// What all threads share.
struct hunt_board {
  std::mutex lock;
  std::condition_variable changed;
  core::random_source random{0};
  std::uint64_t next_seed = 0;
  std::vector<prey> pool;  // the closest first
  std::uint64_t runs = 0;
  std::uint64_t closer = 0;  // runs that came closer than all before
  unsigned running = 0;
  std::optional<prey> failed;
  run_result failure;
};

// One or two parts of a run are drawn anew; the cluster itself seldom.
prey changed(const prey& parent, core::random_source& random) {
  prey next = parent;
  for (std::uint64_t parts = random.between(std::uint64_t{1}, 2); parts > 0; --parts) {
    const std::uint64_t part = random.below(random.below(4) == 0 ? draws_count : draws_count - 1);
    next.variant[draws_count - 1 - part] = static_cast<std::uint32_t>(random.below(1U << 31U));
  }
  return next;
}

prey next_prey(hunt_board& all) {
  if (all.pool.size() < pool_size || all.random.below(new_seed_every) == 0) {
    return {.seed = all.next_seed++};
  }
  // The closest more often than the others.
  const std::uint64_t place = std::min(all.random.below(pool_size), all.random.below(pool_size));
  return changed(all.pool[place], all.random);
}

void note(hunt_board& all, prey one, const run_result& result) {
  ++all.runs;
  if (result.outcome != outcome::kept && !all.failed) {
    all.failed = one;
    all.failure = result;
  }
  one.slack = result.least_slack;
  if (one.slack == duration::max()) {
    return;
  }
  all.closer += all.pool.empty() || one.slack < all.pool.front().slack ? 1 : 0;
  const auto place = std::ranges::upper_bound(all.pool, one.slack, {}, &prey::slack);
  all.pool.insert(place, one);
  all.pool.resize(std::min(all.pool.size(), pool_size));
}

void work(hunt_board& all, wall_clock::time_point end) {
  std::unique_lock guard(all.lock);
  while (wall_clock::now() < end && !all.failed) {
    const prey one = next_prey(all);
    guard.unlock();
    set_current_seed(one.seed);
    const run_result result = run_seed(one.seed, one.variant);
    guard.lock();
    note(all, one, result);
  }
  --all.running;
  all.changed.notify_all();
}

std::string replay_of(const prey& one) {
  return replay_command({.seed = one.seed, .variant = to_text(one.variant), .file = ""});
}

void print_result(const hunt_board& all) {
  fmt::print("runs            {}\n", all.runs);
  fmt::print("came closer     {} times\n", all.closer);
  for (std::size_t i = 0; i < std::min<std::size_t>(all.pool.size(), 5); ++i) {
    fmt::print("slack {:<10}{}\n", to_text(all.pool[i].slack), replay_of(all.pool[i]));
  }
  if (all.failed) {
    fmt::print("FAILED: {}\nreplay: {}\n", all.failure.what, replay_of(*all.failed));
  }
}

void print_json(const hunt_board& all) {
  nlohmann::ordered_json json;
  json["runs"] = all.runs;
  json["came_closer"] = all.closer;
  json["closest"] = nlohmann::ordered_json::array();
  for (const prey& one : all.pool) {
    json["closest"].push_back({{"slack_ns", one.slack.count()},
                               {"seed", one.seed},
                               {"variant", to_text(one.variant)},
                               {"replay", replay_of(one)}});
  }
  if (all.failed) {
    const options drawn = draw_options(all.failed->seed, all.failed->variant);
    json["failure"] = to_json(all.failure, drawn, replay_of(*all.failed));
  }
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

exit_status run_hunt(const hunt_settings& settings) {
  if (!settings.json) {
    fmt::print("hunt of {} minutes from seed {}\n", settings.minutes, settings.first_seed);
  }
  hunt_board all;
  all.random = core::random_source(core::mix(settings.first_seed));
  all.next_seed = settings.first_seed;
  all.running = settings.threads;
  const auto begin = wall_clock::now();
  const auto end =
      begin + std::chrono::duration_cast<wall_clock::duration>(seconds(settings.minutes * 60));
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < settings.threads; ++i) {
    threads.emplace_back([&] { work(all, end); });
  }
  const auto every =
      isatty(STDERR_FILENO) != 0 ? std::chrono::seconds(2) : std::chrono::seconds(30);
  {
    std::unique_lock guard(all.lock);
    while (!all.changed.wait_for(guard, every, [&] { return all.running == 0; })) {
      fmt::print(stderr, "{:.0f} s: {} runs, least slack {}\n",
                 seconds(wall_clock::now() - begin).count(), all.runs,
                 all.pool.empty() ? "none" : to_text(all.pool.front().slack));
    }
  }
  for (std::thread& each : threads) {
    each.join();
  }
  if (settings.json) {
    print_json(all);
  } else {
    print_result(all);
  }
  return all.failed ? status_of(all.failure) : exit_status::kept;
}

}  // namespace conclave::sim
