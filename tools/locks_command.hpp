// `conclave locks` and `conclave explain`: who has what, and why.
#pragma once

#include "tools/command.hpp"

namespace conclave::tools {

[[nodiscard]] command make_locks_command(CLI::App& parent);
[[nodiscard]] command make_explain_command(CLI::App& parent);

}  // namespace conclave::tools
