// `conclave run`: a command that runs while this machine holds a lock, and no longer.
#pragma once

#include "tools/command.hpp"

#include <string>
#include <vector>

namespace conclave::tools {

// `what_to_run` is what stands after "--".
[[nodiscard]] command make_run_command(CLI::App& parent, std::vector<std::string> what_to_run);

}  // namespace conclave::tools
