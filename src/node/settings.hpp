// From the user's configuration to what the machines of the core want.
#pragma once

#include "link/link.hpp"
#include "lock/candidate.hpp"
#include "lock/roster.hpp"
#include "node/node.hpp"

namespace conclave::core {

// Of a node, or of one lock.
inline constexpr std::chrono::nanoseconds shortest_lease = std::chrono::milliseconds(10);

[[nodiscard]] voter_roster roster_of(const config& settings);
[[nodiscard]] link_settings link_settings_of(const node_start& start);
[[nodiscard]] membership_settings membership_settings_of(const node_start& start);
[[nodiscard]] candidate_settings candidate_settings_of(const node_start& start);

}  // namespace conclave::core
