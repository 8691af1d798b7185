// Recordings as logs for ShiViz, which draws events by what can have caused what.
#pragma once

#include "sim/report/recording.hpp"

#include <string>
#include <string_view>

namespace conclave::sim {

// How ShiViz is told to read the lines.
inline constexpr std::string_view shiviz_expression =
    R"((?<host>\S+) (?<clock>\{[^}]*\}) (?<event>.*))";

// The expression, an empty line (ShiViz looks there for what separates several runs), then a line
// for each event: the host, its vector clock as JSON, and the event in words.
[[nodiscard]] std::string to_shiviz(const recording& all);

}  // namespace conclave::sim
