// Simulated events and seconds a second, over the first seeds; states a second, over one world.
#include "sim_speed.hpp"

#include "sim/explore/explorer.hpp"
#include "sim/simulation.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace conclave::bench {

void measure_simulator(summary& to) {
  constexpr std::uint64_t seeds = 200;
  std::uint64_t events = 0;
  double simulated = 0;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const sim::run_result result = sim::run_seed(seed);
    events += result.counted.of(sim::counter::events);
    simulated += std::chrono::duration<double>(result.ended - sim::true_time{}).count();
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  to.add("sim_events_per_second", static_cast<double>(events) / took.count(), "1/s");
  to.add("sim_seconds_per_second", simulated / took.count(), "1/s");
}

void measure_explorer(summary& to) {
  const sim::small_world* world = sim::find_small_world("duplicate");
  if (world == nullptr) {
    throw std::logic_error("the small world to measure has another name");
  }
  sim::explorer looks(*world, {});
  const auto began = std::chrono::steady_clock::now();
  const sim::exploration found = looks.run([](const sim::exploration_counts&) { return true; });
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  to.add("explore_states_per_second", static_cast<double>(found.counts.states) / took.count(),
         "1/s");
}

}  // namespace conclave::bench
