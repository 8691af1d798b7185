// The faults of a run, each with its own beginning and end: leaving one out changes no other.
#pragma once

#include "sim/machine.hpp"
#include "sim/options.hpp"
#include "sim/ways.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace conclave::sim {

// Whom a fault meets: machines drawn from all, or from the voters, or whoever believes to hold the
// first lock when it comes. A split, a ring and the like among the voters leave all others as they
// are.
enum class fault_aim : std::uint8_t { anybody, voters, holder };
inline constexpr std::size_t fault_aims_count = 3;
[[nodiscard]] std::string_view to_string(fault_aim aim);

struct fault {
  fault_kind kind = fault_kind::crash;
  true_time begins{};
  true_time ends{};
  fault_aim aim = fault_aim::anybody;
  machine_index subject = 0;  // of a fault that meets one machine; the one in common of a bridge
  machine_set from = 0;  // cut: whose datagrams are lost; blackout, jam, squeeze, sieve: who is met
  machine_set to = 0;    // cut: on their way to these
  // split, flap: the groups; bridge: two of them; ring, swizzle: one machine each, in order
  std::vector<machine_set> groups{};
  duration step{};         // slow: what each event costs; late: by how much at most; flap, strobe:
                           // how often it turns
  std::int64_t value = 0;  // drift: parts per billion ahead; wall_step, strobe: nanoseconds ahead;
                           // squeeze: bytes a second; sieve: which kind, by its number
};

// How far a wall clock is set ahead or back. A process that starts with nothing stored while it is
// back, or after it was ahead, looks older than the one before, and is told so until it catches up.
inline constexpr duration wall_step_max = std::chrono::seconds(2);

// How far a clock may be ahead or behind at most, in parts per billion: clocks beyond a bound of 20
// % are that far from it too.
inline constexpr std::int64_t clock_ahead_max_ppb = 400'000'000;

[[nodiscard]] std::vector<fault> draw_schedule(const options& drawn);
[[nodiscard]] std::string to_text(const fault& one);

// The rate of a clock within the bound of these options, or beyond it where they say so.
[[nodiscard]] std::int64_t draw_rate(core::random_source& random, const options& drawn);

// Whether it does something to one process or machine, to the network, or to a clock.
enum class fault_place : std::uint8_t { process, network, clock };
[[nodiscard]] fault_place place_of(fault_kind kind);

// The ways that a network fault closes at once; none for one that closes them step by step.
[[nodiscard]] ways ways_closed_by(const fault& one, std::uint32_t machines);
// Whether a fault of the network closes a way between two machines, at once or step by step.
[[nodiscard]] bool closes_any(const fault& one, std::uint32_t machines);
// Whether a fault of the network does anything to one of so many machines.
[[nodiscard]] bool meets_network(const fault& one, std::uint32_t machines);
// How often a fault turns between its beginning and its end; 0: never.
[[nodiscard]] std::uint32_t turns_of(const fault& one);

}  // namespace conclave::sim
