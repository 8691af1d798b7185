// The figures of an experiment as a page with a chart for each column, which works offline.
#pragma once

#include "sim/experiment/experiments.hpp"

#include <string>
#include <vector>

namespace conclave::sim {

[[nodiscard]] std::string to_html(const experiment& which, const experiment_options& options,
                                  const std::string& preset, const std::vector<measured_row>& rows);

}  // namespace conclave::sim
