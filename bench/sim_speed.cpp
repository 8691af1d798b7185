// Simulated events and seconds a second, over the first seeds; states a second, over one world.
#include "sim_speed.hpp"

#include "sim/explore/explorer.hpp"
#include "sim/simulation.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;

// Between faults.
constexpr sim::network_conditions lan{.delay_min = 100us, .delay_spread = 400us};

double seconds_of(sim::duration length) {
  return std::chrono::duration<double>(length).count();
}

// Five nodes with all kinds of faults, whose users do a hundred things a second with locks: they
// ask for one fifty times, and give it back as often.
sim::plan faulty(std::uint64_t seed) {
  sim::plan drawn = sim::draw_plan(seed);
  sim::options& world = drawn.world;
  world.voters = 5;
  world.others = world.twins = 0;
  world.lease_ttl = world.lease_ttl_max = 1s;
  world.calm = lan;
  world.locks = 20;
  world.users = 4;
  world.think_max = 136ms;
  world.hold_max = 5ms;
  world.readers = world.permits = world.together = world.nested = 0;  // each wants one, alone
  world.leased = 0;
  world.watched = false;
  world.rest = {};
  world.faults_last = 60s;
  world.fault_every = 1s;
  drawn.faults = sim::draw_schedule(world);
  return drawn;
}

// Five nodes that nobody asks for anything.
sim::plan idle() {
  sim::plan drawn = sim::draw_plan(1);
  sim::options& world = drawn.world;
  world.voters = 5;
  world.others = world.twins = 0;
  world.users = 0;
  world.watched = false;
  world.calm = lan;
  world.tick_late_max = {};
  world.clocks = sim::clock_spread::random;
  world.left_voters = world.left_others = 0;
  world.faults_last = 3600s;
  drawn.faults.clear();
  return drawn;
}

void measure_faulty(summary& to) {
  double simulated = 0;
  std::uint64_t operations = 0;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const sim::run_result result = sim::simulation(faulty(seed), {}).run();
    simulated += seconds_of(result.ended.time_since_epoch());
    operations += result.counted.of(sim::counter::locks_asked) +
                  result.counted.of(sim::counter::unlocked_in_time) +
                  result.counted.of(sim::counter::unlocked_too_late);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  to.add("sim_seconds_per_second_faulty", simulated / took.count(), "1/s");
  to.add("sim_lock_operations_per_simulated_second_faulty",
         static_cast<double>(operations) / simulated, "1/s");
}

void measure_idle(summary& to) {
  const auto began = std::chrono::steady_clock::now();
  const sim::run_result result = sim::simulation(idle(), {}).run();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  to.add("sim_seconds_per_second_idle", seconds_of(result.ended.time_since_epoch()) / took.count(),
         "1/s");
}

}  // namespace

void measure_simulator(summary& to) {
  measure_faulty(to);
  measure_idle(to);
  constexpr std::uint64_t seeds = 200;
  std::uint64_t events = 0;
  double simulated = 0;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const sim::run_result result = sim::run_seed(seed);
    events += result.counted.of(sim::counter::events);
    simulated += seconds_of(result.ended.time_since_epoch());
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
