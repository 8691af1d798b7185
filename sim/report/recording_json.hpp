// Recordings as JSON: for programs, and to be made or changed by hand and read again.
#pragma once

#include "sim/report/recording.hpp"

#include <string>

namespace conclave::sim {

// One event, belief, loan, ... on a line.
[[nodiscard]] std::string to_json_text(const recording& all);

// Throws std::runtime_error that says what is wrong, and where, with a text that is no recording.
[[nodiscard]] recording recording_of(const std::string& json_text);

}  // namespace conclave::sim
