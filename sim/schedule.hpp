// The faults of a run, each with its own beginning and end: leaving one out changes no other.
#pragma once

#include "sim/machine.hpp"
#include "sim/options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace conclave::sim {

using machine_set = std::uint32_t;  // a bit for each machine

// Whom a fault meets: a machine, or whoever believes to hold the first lock when it comes.
enum class fault_aim : std::uint8_t { machine, holder };

struct fault {
  fault_kind kind = fault_kind::crash;
  true_time begins;
  true_time ends;
  fault_aim aim = fault_aim::machine;
  machine_index subject = 0;
  // split: one of the two parts; cut: whose datagrams are lost; blackout: who crashes
  machine_set from = 0;
  machine_set to = 0;  // cut: on their way to these
};

[[nodiscard]] std::vector<fault> draw_schedule(const options& drawn);
[[nodiscard]] std::string to_text(const fault& one);

}  // namespace conclave::sim
