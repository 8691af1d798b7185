// Names, settings and clocks of the machines.
#include "sim/world_setup.hpp"

#include <chrono>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

// What reading clocks in whole nanoseconds may add, kept off the promised bound.
constexpr std::int64_t rounding_ppb = 100;

std::int64_t draw_rate(core::random_source& random, const options& drawn) {
  const std::int64_t bound = std::int64_t{drawn.clock_drift_max_ppm} * 1'000 - rounding_ppb;
  switch (drawn.clocks) {
    case clock_spread::equal:
      return 0;
    case clock_spread::random:
      return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(2 * bound + 1))) -
             bound;
    case clock_spread::extreme:
      return random.below(2) == 0 ? bound : -bound;
  }
  return 0;
}

config settings_of(const options& drawn, const std::string& name, core::random_source& random) {
  config settings;
  settings.name = name;
  settings.voters = machine_names(drawn.voters);
  settings.lease_ttl = random.below(3) == 0 ? drawn.lease_ttl / 2 : drawn.lease_ttl;
  settings.lease_ttl_max = drawn.lease_ttl_max;
  settings.clock_drift_max_ppm = drawn.clock_drift_max_ppm;
  settings.session_idle_max = drawn.session_idle_max;
  settings.membership.probe_interval = 500ms;
  settings.membership.probe_timeout = 150ms;
  settings.membership.rejoin_interval = 1s;
  return settings;
}

}  // namespace

std::vector<std::string> machine_names(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t i = 1; i <= count; ++i) {
    names.emplace_back("n");
    names.back() += std::to_string(i);
  }
  return names;
}

std::vector<std::string> lock_names(std::uint32_t count) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < count; ++i) {
    names.emplace_back(1, static_cast<char>('a' + i));
  }
  return names;
}

std::vector<machine> build_machines(const options& drawn, core::random_source random,
                                    network& network) {
  std::vector<machine> machines;
  for (const std::string& name : machine_names(drawn.machines())) {
    const auto index = static_cast<machine_index>(machines.size());
    const core::instant at_zero{random.between(duration(0), duration(1h))};
    const std::int64_t rate_ppb = draw_rate(random, drawn);
    machine one{.settings = settings_of(drawn, name, random),
                .where = network.move(index),
                .seeds = {},
                .clock = skewed_clock(at_zero, rate_ppb)};
    if (!drawn.walls_right) {
      one.wall_ahead = random.between(duration(0), duration(1h));
    }
    machines.push_back(std::move(one));
  }
  return machines;
}

}  // namespace conclave::sim
