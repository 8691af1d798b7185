// What a test asks a world for, checked. All throw std::logic_error with the value and the rule.
#pragma once

#include "sim/ways.hpp"
#include "sim/world/host_state.hpp"

#include <conclave/sim/world.hpp>

#include <chrono>
#include <string>

namespace conclave::sim {

// A process runs there.
[[nodiscard]] host_state& alive(const host& which, const char* verb);

// The world has all of them.
[[nodiscard]] machine_set set_of(universe& around, const group& members);
[[nodiscard]] machine_set set_of(universe& around, const host& which);
[[nodiscard]] std::string names_of(universe& around, machine_set set);

// At least 0, and at most a year: nobody simulates longer.
void check_time(const std::string& what, std::chrono::nanoseconds value);
// The same, and not 0.
void check_length(const std::string& what, std::chrono::nanoseconds value);

}  // namespace conclave::sim
