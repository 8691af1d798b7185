// `conclave members`: who is in the cluster.
#pragma once

#include "tools/command.hpp"

namespace conclave::tools {

[[nodiscard]] command make_members_command(CLI::App& parent);

}  // namespace conclave::tools
