// Text and JSON about runs, and the last words of a process whose core broke a rule.
#include "sim/command/report.hpp"

#include "sim/last_words.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>
#include <utility>

namespace conclave::sim {

namespace {

thread_local std::uint64_t current_seed = 0;
thread_local std::string current_replay;

std::string slack_text(duration slack) {
  return slack == duration::max() ? "nobody held a lock" : to_text(slack);
}

[[noreturn]] void on_terminate() {
  const std::string what = last_words();
  fmt::print(stderr, "{}\nseed {}\nreplay: {}\n", what, current_seed, current_replay);
  std::fflush(stdout);
  std::_Exit(static_cast<int>(exit_status::rule_broken));
}

}  // namespace

exit_status status_of(const run_result& result) {
  switch (result.outcome) {
    case outcome::kept:
      return exit_status::kept;
    case outcome::promise_broken:
      return exit_status::promise_broken;
    case outcome::no_progress:
      return exit_status::no_progress;
  }
  return exit_status::usage;
}

std::string replay_command(std::uint64_t seed) {
  return fmt::format("conclave-sim run --seed {} --trace", seed);
}

void print(const options& drawn) {
  fmt::print("seed {}\n", drawn.seed);
  for (const auto& [name, value] : describe(drawn)) {
    fmt::print("  {:<22}{}\n", name, value);
  }
}

void print(const counters& counted) {
  for (std::size_t i = 0; i < counters_count; ++i) {
    const auto which = static_cast<counter>(i);
    fmt::print("  {:<22}{}\n", to_string(which), counted.of(which));
  }
  for (std::size_t i = 0; i < fault_kinds_count; ++i) {
    const auto met = static_cast<fault_kind>(i);
    fmt::print("  fault: {:<15}{}\n", to_string(met), counted.of(met));
  }
}

void print(const run_result& result) {
  fmt::print("what happened\n");
  print(result.counted);
  fmt::print("  {:<22}{}\n", "simulated", to_text(result.ended.time_since_epoch()));
  fmt::print("  {:<22}{}\n", "settled_after", to_text(result.settled_after));
  fmt::print("  {:<22}{}\n", "served_after", to_text(result.served_after));
  fmt::print("  {:<22}{}\n", "served_within", to_text(result.served_within));
  fmt::print("  {:<22}{}\n", "least_slack", slack_text(result.least_slack));
  fmt::print("digest {:016x}\n", result.digest);
  fmt::print("outcome {}{}{}\n", to_string(result.outcome), result.what.empty() ? "" : ": ",
             result.what);
}

nlohmann::ordered_json to_json(const counters& counted) {
  nlohmann::ordered_json all;
  for (std::size_t i = 0; i < counters_count; ++i) {
    const auto which = static_cast<counter>(i);
    all[std::string(to_string(which))] = counted.of(which);
  }
  for (std::size_t i = 0; i < fault_kinds_count; ++i) {
    const auto met = static_cast<fault_kind>(i);
    all["fault_" + std::string(to_string(met))] = counted.of(met);
  }
  return all;
}

nlohmann::ordered_json to_json(const run_result& result, const options& drawn,
                               const std::string& replay) {
  nlohmann::ordered_json chosen;
  for (const auto& [name, value] : describe(drawn)) {
    chosen[name] = value;
  }
  nlohmann::ordered_json json;
  json["seed"] = drawn.seed;
  json["outcome"] = to_string(result.outcome);
  json["cause"] = result.cause;
  json["what"] = result.what;
  json["digest"] = fmt::format("{:016x}", result.digest);
  json["simulated_ns"] = result.ended.time_since_epoch().count();
  json["settled_after_ns"] = result.settled_after.count();
  json["served_after_ns"] = result.served_after.count();
  json["served_within_ns"] = result.served_within.count();
  if (result.least_slack != duration::max()) {
    json["least_slack_ns"] = result.least_slack.count();
  }
  json["counters"] = to_json(result.counted);
  json["options"] = std::move(chosen);
  json["replay"] = replay;
  return json;
}

void set_current_run(std::uint64_t seed, std::string replay) {
  current_seed = seed;
  current_replay = std::move(replay);
}

void limit_memory([[maybe_unused]] unsigned gigabytes) {
#ifndef __SANITIZE_ADDRESS__  // which reserves far more than it uses
  const rlim_t memory_max = rlim_t{gigabytes} << 30U;
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0) {
    limit.rlim_cur = std::min(limit.rlim_max, memory_max);
    static_cast<void>(setrlimit(RLIMIT_AS, &limit));
  }
#endif
}

void install_terminate_handler() {
  std::set_terminate(on_terminate);
}

}  // namespace conclave::sim
