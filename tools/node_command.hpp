// `conclave node`: a node that only votes, for trying things out.
#pragma once

#include "tools/command.hpp"

namespace conclave::tools {

[[nodiscard]] command make_node_command(CLI::App& parent);

}  // namespace conclave::tools
