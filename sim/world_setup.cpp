// Names, settings and clocks of the machines.
#include "sim/world_setup.hpp"

#include "sim/schedule.hpp"

#include <chrono>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

config settings_of(const options& drawn, const std::string& name, core::random_source& random) {
  config settings;
  settings.name = name;
  settings.voters = machine_names(drawn.voters);
  settings.lease_ttl = random.below(3) == 0 ? drawn.lease_ttl / 2 : drawn.lease_ttl;
  settings.lease_ttl_max = drawn.lease_ttl_max;
  settings.clock_drift_max_ppm = drawn.clock_drift_max_ppm;
  settings.session_idle_max = drawn.session_idle_max;
  settings.deadlock_timeout = drawn.deadlock_timeout;
  settings.membership.probe_interval = 500ms;
  settings.membership.probe_timeout = 150ms;
  settings.membership.rejoin_interval = 1s;
  settings.membership.forget_after = drawn.forget_after;
  settings.outbox_max = drawn.outbox_max;
  settings.metadata.assign(random.below(drawn.metadata_max + std::uint64_t{1}), 'm');
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
  const core::random_source clocks = source_of(drawn.seed, drawn.variant, draw::clocks);
  const std::vector<std::string> names = machine_names(drawn.machines());
  for (std::uint32_t index = 0; index < drawn.machines(); ++index) {
    // Each from numbers of its own, so that one machine less changes no other.
    core::random_source for_clocks(core::mix(clocks.state() ^ std::uint64_t{index} << 32U));
    core::random_source for_settings(core::mix(random.state() ^ std::uint64_t{index}));
    const core::instant at_zero{for_clocks.between(duration(0), duration(1h))};
    const std::int64_t rate_ppb = draw_rate(for_clocks, drawn);
    // The machine of a twin has the name of the first node that is no voter.
    const bool is_twin = index >= drawn.voters + drawn.others;
    machine one{.settings = settings_of(drawn, names[is_twin ? drawn.voters : index], for_settings),
                .where = network.move(index),
                .seeds = {},
                .clock = skewed_clock(at_zero, rate_ppb)};
    if (!drawn.walls_right) {
      one.wall_ahead = for_clocks.between(duration(0), duration(1h));
    }
    machines.push_back(std::move(one));
  }
  return machines;
}

}  // namespace conclave::sim
