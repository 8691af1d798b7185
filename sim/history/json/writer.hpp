// Writes operations as the reader reads them, one line each.
#pragma once

#include "sim/history/history.hpp"

#include <string>

namespace conclave::histories {

// With its line end. Times as whole numbers of nanoseconds.
[[nodiscard]] std::string to_json_line(const operation& one, const history& names);

}  // namespace conclave::histories
