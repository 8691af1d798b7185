// `conclave demo`: real processes, a real resource, and what is done to them.
#pragma once

#include "tools/command.hpp"

namespace conclave::tools::demo {

[[nodiscard]] command make_demo_command(CLI::App& parent);

}  // namespace conclave::tools::demo
