// From the fields of a line to an operation, or to what is wrong with it.
#pragma once

#include "sim/history/json/fields.hpp"
#include "sim/history/pairing.hpp"

#include <string>
#include <variant>

namespace conclave::histories {

struct interpretation_settings {
  duration time_unit{1};  // of times that are whole numbers
};

// A line that says nothing about locks: what Jepsen's nemesis does.
struct nothing_said {};
struct refused_line {
  std::string why;  // the field, its value, the rule
};
using interpreted = std::variant<operation, half_operation, nothing_said, refused_line>;

// `names` learns the names in it.
[[nodiscard]] interpreted interpret(const line_fields& fields, std::uint64_t line,
                                    const interpretation_settings& settings, history& names);

}  // namespace conclave::histories
