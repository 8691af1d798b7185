// Everything that a run follows from, as data: it can be cut down, written as text, and read again.
#pragma once

#include "sim/incidents.hpp"
#include "sim/operations.hpp"
#include "sim/options.hpp"
#include "sim/schedule.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace conclave::sim {

struct plan {
  options world;
  std::vector<fault> faults;
  // Exactly these, each user's in order; nothing: drawn from the seed.
  std::optional<std::vector<operation>> operations = {};
  // The same of what happens to single datagrams.
  std::optional<std::vector<incident>> incidents = {};
};

[[nodiscard]] plan draw_plan(std::uint64_t seed, const variation& variant = {});

// One line for the world, the calm and the stormy network, and each fault, operation and incident,
// as commands of a scenario. What is as by default is left out.
[[nodiscard]] std::string to_text(const plan& what);
// The plan, or a sentence that names the line and the rule that it breaks. Ends at a line "----".
[[nodiscard]] std::variant<plan, std::string> read_plan(std::string_view text);

}  // namespace conclave::sim
