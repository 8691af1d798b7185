// How the command speaks of runs: as text for people, as JSON for programs.
#pragma once

#include "sim/counters.hpp"
#include "sim/options.hpp"
#include "sim/simulation.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>

namespace conclave::sim {

// What the command ends with. Scripts rely on these.
enum class exit_status : int {
  kept = 0,
  promise_broken = 3,
  no_progress = 4,
  rule_broken = 5,    // an assertion of the core failed
  missing = 6,        // the campaign never saw something that must happen sometimes
  nothing_fails = 7,  // there is nothing to shrink
  unfinished = 8,     // nothing broke, but not all of a world or history was looked at
  disagrees = 9,      // the models, with the paper that they are written from
  usage = 64,
  unreadable = 65,   // a history that is not one
  not_written = 74,  // a file
};

[[nodiscard]] exit_status status_of(const run_result& result);
[[nodiscard]] std::string replay_command(std::uint64_t seed);

void print(const options& drawn);
void print(const run_result& result);
void print(const counters& counted);

[[nodiscard]] nlohmann::ordered_json to_json(const run_result& result, const options& drawn,
                                             const std::string& replay);
[[nodiscard]] nlohmann::ordered_json to_json(const counters& counted);

// What this thread runs, for the handler: when an assertion of the core fails, it prints the seed,
// how to replay it and what broke, and ends the process.
void set_current_run(std::uint64_t seed, std::string replay);
void install_terminate_handler();
// Messages that beget messages within one event would take all the memory of the machine: with a
// limit, that is the failure of one seed.
void limit_memory(unsigned gigabytes);

}  // namespace conclave::sim
