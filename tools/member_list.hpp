// Members as a table for people, and as JSON for programs.
#pragma once

#include <conclave/member.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace conclave::tools {

struct member_list {
  std::vector<member> members;
  std::vector<std::string> voters;  // empty: not known
};

// One line each, under a heading. `colour`: for a terminal.
[[nodiscard]] std::string to_table(const member_list& list, bool colour);

// {"members": [{"name", "address", "status", "voter", "boot", "incarnation", "clock",
// "metadata"}]}; voter is null when the voters are not known. clock is {"lower_ppm", "upper_ppm",
// "trusted"}, the rate against the clock of who lists; null when it was not measured.
[[nodiscard]] nlohmann::ordered_json to_json(const member_list& list);

// In one line. Bytes that are no UTF-8 are replaced: anybody may have sent them.
[[nodiscard]] std::string to_line(const nlohmann::ordered_json& json);

}  // namespace conclave::tools
