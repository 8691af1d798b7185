// Locks as a table for people, and as JSON for programs.
#pragma once

#include <conclave/lock_explanation.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace conclave::tools {

// One line each, under a heading.
[[nodiscard]] std::string to_table(const std::vector<lock_listing>& locks);

// As to_string(), with names that can't move the cursor.
[[nodiscard]] std::string to_text(lock_explanation explained);

// {"locks": [{"lock", "holder", "token", "votes", "waiting"}]}; holder is null when nobody has a
// vote.
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<lock_listing>& locks);

// {"lock", "why", "quorum", "voters": [{"name", "answered", "abstains", "floor", "permits",
// "lent_count", "queue_count", "lent": [use], "queue": [use]}]}, where use is {"node", "boot",
// "request", "ticket_time", "ballot", "mode", "slot", "session_left_ms"}. ballot is null for who
// waits, slot for what is no permit.
[[nodiscard]] nlohmann::ordered_json to_json(const lock_explanation& explained);

}  // namespace conclave::tools
