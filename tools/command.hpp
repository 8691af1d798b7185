// One subcommand of `conclave`: its options, and what it does with them.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>

namespace conclave::tools {

struct command {
  CLI::App* options = nullptr;
  std::function<int()> run;  // the exit code; throws failure
};

}  // namespace conclave::tools
