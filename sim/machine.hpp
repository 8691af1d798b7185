// One simulated machine: a name, a clock of its own, an address, and at most one process of the
// service at a time.
#pragma once

#include "node/node.hpp"
#include "sim/clock.hpp"
#include "sim/ways.hpp"

#include <conclave/config.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace conclave::sim {

using machine_index = std::uint32_t;
using lock_index = std::uint32_t;

struct machine {
  config settings;
  core::address where;
  std::vector<core::address> seeds;
  skewed_clock clock;
  duration wall_ahead{};  // of the true wall clock
  duration wall_set{};    // on top of it, by somebody
  duration wall_jump{};   // on top of both, for the moment

  std::optional<core::node> process{};
  core::boot_id boot{};  // of the process, or of the last one
  core::instant
      abstains_until{};  // as the protocol demands of this process; its start if it need not

  [[nodiscard]] const std::string& name() const { return settings.name; }
  [[nodiscard]] core::instant local(true_time now) const { return clock.local(now); }
};

}  // namespace conclave::sim
