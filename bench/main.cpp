// conclave_bench: measures all figures in one run and writes them to a file.
#include "acquisition.hpp"
#include "core_speed.hpp"
#include "hand_over.hpp"
#include "ping_pong.hpp"
#include "sim_speed.hpp"
#include "summary.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

namespace conclave::bench {
namespace {

struct options {
  std::string output = "build/bench/summary.json";
  std::size_t rounds = 5'000;
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

void run(const options& chosen) {
  summary results;
  for (const placement where : {placement::cores, placement::one_core}) {
    measure_placement(where, chosen, results);
  }
  // The headline figures are those across cores: peers of a service do not share one.
  for (const char* name : {"acquire_async", "acquire_blocking", "handover"}) {
    results.add_ratio(fmt::format("{}_p50_over_ping", name), fmt::format("{}_cores_p50_us", name),
                      "ping_cores_p50_us");
  }
  say("the protocol alone");
  measure_core(results);
  say("the simulator");
  measure_simulator(results);
  say("all interleavings");
  measure_explorer(results);
  results.write(chosen.output);
  if (chosen.json) {
    fmt::print("{}\n", results.to_json());
  } else {
    results.print_table();
    fmt::print("written to {}\n", chosen.output);
  }
}

}  // namespace
}  // namespace conclave::bench

int main(int argc, char** argv) {
  conclave::bench::options chosen;
  CLI::App app(
      "Measures conclave on this machine: latency against a UDP ping-pong, throughput, "
      "the protocol alone, the simulator.");
  app.footer("Example: conclave_bench --rounds 2000 --json");
  app.add_option("--output", chosen.output, "file for the figures, one JSON object")
      ->capture_default_str();
  app.add_option("--rounds", chosen.rounds, "samples for each latency")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{100}, std::size_t{100'000}));
  app.add_flag("--json", chosen.json, "print the figures as JSON instead of a table");
  CLI11_PARSE(app, argc, argv);
  try {
    conclave::bench::run(chosen);
  } catch (const std::exception& error) {
    fmt::print(stderr, "conclave_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
