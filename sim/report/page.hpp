// Recordings as pages: one HTML file that needs nothing else.
#pragma once

#include "sim/report/recording.hpp"

#include <string>

namespace conclave::sim {

[[nodiscard]] std::string to_page(const recording& all);

}  // namespace conclave::sim
