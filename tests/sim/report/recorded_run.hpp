// Runs of the simulator with a recorder that watches.
#pragma once

#include "sim/report/recorder.hpp"
#include "sim/simulation.hpp"

#include <chrono>
#include <cstdint>

namespace conclave::sim {

struct recorded_run {
  run_result result;
  recording all;
};

inline recorded_run record(const options& drawn, const recorder_limits& limits = {}) {
  recorder watcher(limits);
  simulation world(drawn, draw_schedule(drawn), {});
  world.watch(watcher);
  recorded_run run;
  run.result = world.run();
  run.all = watcher.finish(drawn, run.result);
  return run;
}

// A run with faults of all kinds, cut short.
inline options short_run(std::uint64_t seed) {
  options drawn = draw_options(seed);
  drawn.faults_last = std::chrono::seconds(2);
  return drawn;
}

}  // namespace conclave::sim
