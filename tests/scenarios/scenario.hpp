// The language of scenarios: commands, and the trace that each group of them gives.
#pragma once

#include <string>
#include <vector>

namespace conclave::sim {

// Lines of commands, "----", the trace, an empty line. Lines that start with "#" are comments and
// stay where they are.
struct scenario_block {
  std::vector<std::string> before;  // comments and empty lines
  std::vector<std::string> commands;
  std::string expected;
};

[[nodiscard]] std::vector<scenario_block> read_scenario(const std::string& path);
void write_scenario(const std::string& path, const std::vector<scenario_block>& blocks,
                    const std::vector<std::string>& traces);

// Plays all blocks in order; gives the trace of each. Throws std::runtime_error naming the command
// that it does not understand.
[[nodiscard]] std::vector<std::string> play(const std::vector<scenario_block>& blocks);

}  // namespace conclave::sim
