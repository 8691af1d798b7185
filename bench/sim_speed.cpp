// Simulated events and seconds a second, over the first seeds.
#include "sim_speed.hpp"

#include "sim/simulation.hpp"

#include <chrono>
#include <cstdint>

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

}  // namespace conclave::bench
