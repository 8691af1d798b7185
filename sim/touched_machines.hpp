// The machines to show a fault at.
#pragma once

#include "sim/schedule.hpp"

#include <cstdint>

namespace conclave::sim {

// `met` is whom it turned out to meet. Of a fault in the network: those that lose most of their
// ways; all of them when all lose as many, or when the fault changes while it lasts.
[[nodiscard]] machine_set touched_machines(const fault& one, machine_index met,
                                           std::uint32_t machines);

}  // namespace conclave::sim
