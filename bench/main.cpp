// conclave_bench: measures all figures in one run and writes them to a file.
#include "acquisition.hpp"
#include "core_speed.hpp"
#include "growth.hpp"
#include "hand_over.hpp"
#include "kept.hpp"
#include "members.hpp"
#include "ping_pong.hpp"
#include "sim_speed.hpp"
#include "summary.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace conclave::bench {
namespace {

struct options {
  std::string output = "build/bench/summary.json";
  std::size_t rounds = 5'000;
  std::vector<std::string> only;
  bool json = false;
};

void say(const std::string& what) {
  fmt::print(stderr, "bench: {}\n", what);
}

// All figures of one placement, the yardstick first.
void measure_placement(placement where, const options& chosen, summary& to) {
  const std::string suffix = std::string("_") + to_string(where);
  say(fmt::format("{}: ping-pong", to_string(where)));
  add_distribution(to, "ping" + suffix, ping_pong(where, chosen.rounds));
  say(fmt::format("{}: uncontended acquisition", to_string(where)));
  add_distribution(to, "acquire_async" + suffix, acquire_async(where, chosen.rounds));
  add_distribution(to, "acquire_blocking" + suffix, acquire_blocking(where, chosen.rounds));
  say(fmt::format("{}: hand-over", to_string(where)));
  add_distribution(to, "handover" + suffix, hand_over(where, 2, chosen.rounds / 2));
  add_distribution(to, "handover_16" + suffix, hand_over(where, 16, chosen.rounds / 2));
  say(fmt::format("{}: many locks", to_string(where)));
  to.add("acquisitions_per_second" + suffix, acquisitions_per_second(where), "1/s");
  for (const char* name : {"acquire_async", "acquire_blocking", "handover", "handover_16"}) {
    to.add_ratio(fmt::format("{}_p50_over_ping{}", name, suffix),
                 fmt::format("{}{}_p50_us", name, suffix), fmt::format("ping{}_p50_us", suffix));
  }
}

// What can be measured by itself.
const std::vector<std::string> groups = {"processes", "together", "kinds", "kept",   "core",
                                         "growth",    "members",  "sim",   "explore"};

// False when a figure shows that something is broken.
bool run(const options& chosen) {
  const auto wanted = [&](const char* group) {
    return chosen.only.empty() || std::ranges::count(chosen.only, group) > 0;
  };
  summary results;
  if (wanted("processes")) {
    for (const placement where : {placement::cores, placement::one_core}) {
      measure_placement(where, chosen, results);
    }
    // The headline figures are those across cores: peers of a service do not share one.
    for (const char* name : {"acquire_async", "acquire_blocking", "handover"}) {
      results.add_ratio(fmt::format("{}_p50_over_ping", name), fmt::format("{}_cores_p50_us", name),
                        "ping_cores_p50_us");
    }
  }
  if (wanted("together")) {
    say("several locks at once");
    const together_samples both = acquire_together(placement::cores, chosen.rounds / 2);
    add_distribution(results, "lock_all_1", both.one);
    add_distribution(results, "lock_all_5", both.five);
    results.add_ratio("lock_all_5_over_1", "lock_all_5_p50_us", "lock_all_1_p50_us");
  }
  if (wanted("kinds")) {
    say("each kind of lock");
    const kinds_samples all = acquire_kinds(placement::cores, chosen.rounds / 4);
    add_distribution(results, "exclusive", all.exclusive);
    add_distribution(results, "shared", all.shared);
    add_distribution(results, "permit", all.permit);
    add_distribution(results, "election", all.election);
    for (const char* name : {"shared", "permit", "election"}) {
      results.add_ratio(fmt::format("{}_over_exclusive", name), fmt::format("{}_p50_us", name),
                        "exclusive_p50_us");
    }
  }
  if (wanted("kept")) {
    say("locks that are kept");
    measure_kept(results);
  }
  if (wanted("core")) {
    say("the protocol alone");
    measure_core(results);
  }
  if (wanted("growth")) {
    say("what must not grow");
    measure_voter_memory(results);
    measure_growth(results);
  }
  if (wanted("members")) {
    say("ten and sixty processes");
    measure_members(results);
  }
  if (wanted("sim")) {
    say("the simulator");
    measure_simulator(results);
  }
  if (wanted("explore")) {
    say("all interleavings");
    measure_explorer(results);
  }
  results.write(chosen.output);
  if (chosen.json) {
    fmt::print("{}\n", results.to_json());
  } else {
    results.print_table();
    fmt::print("written to {}\n", chosen.output);
  }
  for (const std::string& failure : results.failures()) {
    fmt::print(stderr, "conclave_bench: {}\n", failure);
  }
  return results.failures().empty();
}

}  // namespace
}  // namespace conclave::bench

int main(int argc, char** argv) {
  conclave::bench::options chosen;
  CLI::App app(
      "Measures conclave on this machine: latency against a UDP ping-pong, throughput, "
      "the protocol alone, what must not grow, the simulator.");
  app.footer(
      "Examples:\n"
      "  conclave_bench --rounds 2000 --json\n"
      "  conclave_bench --only sim --only explore");
  app.add_option("--output", chosen.output, "file for the figures, one JSON object")
      ->capture_default_str();
  app.add_option("--rounds", chosen.rounds, "samples for each latency")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{100}, std::size_t{100'000}));
  app.add_option("--only", chosen.only,
                 fmt::format("measure these alone: {}", fmt::join(conclave::bench::groups, ", ")))
      ->check(CLI::IsMember(conclave::bench::groups));
  app.add_flag("--json", chosen.json, "print the figures as JSON instead of a table");
  CLI11_PARSE(app, argc, argv);
  try {
    return conclave::bench::run(chosen) ? 0 : 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "conclave_bench: {}\n", error.what());
    return 1;
  }
}
