// The machines of a run, as its options want them.
#pragma once

#include "base/random.hpp"
#include "sim/machine.hpp"
#include "sim/network.hpp"
#include "sim/options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace conclave::sim {

// The true wall clock, nanoseconds since 1970, when a run begins.
inline constexpr std::uint64_t wall_at_zero = 1'700'000'000'000'000'000U;

[[nodiscard]] std::vector<std::string> machine_names(std::uint32_t count);
[[nodiscard]] std::vector<std::string> lock_names(std::uint32_t count);
// Without seeds: those are looked up when a process starts.
[[nodiscard]] std::vector<machine> build_machines(const options& drawn, core::random_source random,
                                                  network& network);

}  // namespace conclave::sim
