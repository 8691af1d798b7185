// Who takes part in the demo, and the settings that all of them share.
#pragma once

#include <conclave/config.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace conclave::tools::demo {

inline constexpr std::size_t nodes_max = 6;
inline constexpr std::size_t nodes_at_start = 5;
inline constexpr std::size_t voters = 3;  // the first ones
inline constexpr std::size_t the_seed = 0;

// Three letters each, so that a row of the live view stays short.
inline constexpr std::array<const char*, nodes_max> names{"ada", "bea", "cid", "dot", "eve", "fay"};

inline constexpr const char* lock_name = "demo/counter";

// Short, so that a demo shows several lapses. A restarted voter abstains for as long.
inline constexpr std::chrono::milliseconds lease_ttl{1000};

[[nodiscard]] constexpr bool is_voter(std::size_t node) {
  return node < voters;
}

using port_list = std::array<std::uint16_t, nodes_max>;

// UDP ports of the loopback that are free now. Throws failure.
[[nodiscard]] port_list find_free_ports();

// `label` keeps two demos on one machine apart. `first_start`: of the whole cluster.
[[nodiscard]] config config_of(std::size_t node, const port_list& ports, const std::string& label,
                               bool first_start);

}  // namespace conclave::tools::demo
