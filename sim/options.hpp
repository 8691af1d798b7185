// What kind of world a run takes place in: all of it drawn from the seed, and printed.
#pragma once

#include "sim/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conclave::sim {

// How a network treats each datagram. Chances are in parts per million.
struct network_conditions {
  duration delay_min{};
  duration delay_spread{};     // the rest of the delay is uniform within it: that reorders
  std::uint32_t late_ppm = 0;  // how many are much later still
  duration late_max{};
  std::uint32_t loss_ppm = 0;
  std::uint32_t duplicate_ppm = 0;
  std::uint32_t damage_ppm = 0;  // bytes flipped or cut off
};

// How the clocks of one cluster differ in rate, always within the promised bound.
enum class clock_spread : std::uint8_t { equal, random, extreme };

enum class fault_kind : std::uint8_t {
  crash,     // the process is gone without goodbye; a blank one starts later
  leave,     // it says goodbye; a blank one starts later
  pause,     // the process stands still, its clock and its socket do not
  split,     // the network falls into two parts
  cut,       // some machines no longer reach some others; the way back is open
  storm,     // the network is at its worst
  blackout,  // many crash at once
};
inline constexpr std::size_t fault_kinds_count = 7;
[[nodiscard]] std::string_view to_string(fault_kind kind);

// What becomes, for good, of the machines that the end of the faults leaves behind.
enum class fate : std::uint8_t {
  dead,    // no process
  paused,  // it stands still
  split,   // reaches nobody, and nobody reaches it
  deaf,    // hears nobody, but all hear it
  mute,    // hears all, but nobody hears it
};
inline constexpr std::size_t fates_count = 5;
[[nodiscard]] std::string_view to_string(fate of);

struct options {
  std::uint64_t seed = 0;
  std::uint32_t voters = 3;
  std::uint32_t others = 0;  // machines whose nodes are no voters
  bool new_cluster = true;   // false: all voters abstain at first
  // Wall clocks are right; else they are wrong by up to an hour.
  bool walls_right = true;
  clock_spread clocks = clock_spread::random;
  std::uint32_t clock_drift_max_ppm = 5'000;
  duration lease_ttl{};  // of most nodes; some take less
  duration lease_ttl_max{};
  duration session_idle_max{};
  duration tick_late_max{};         // how late timers may be
  std::uint32_t socket_buffer = 0;  // datagrams that wait while a process stands still
  std::uint64_t storm = 100'000;    // so many datagrams in one second are no progress

  network_conditions calm;
  network_conditions stormy;

  std::uint32_t locks = 1;
  std::uint32_t users = 1;  // on each machine
  duration think_max{};
  duration hold_max{};  // most holds; some take several leases

  duration faults_last{};         // then the network heals and everybody must be served
  duration fault_every{};         // on average
  std::uint32_t fault_kinds = 0;  // a bit each
  std::uint32_t left_voters = 0;  // machines left behind: a minority of voters
  std::uint32_t left_others = 0;
  fate left_to = fate::dead;

  [[nodiscard]] bool has(fault_kind kind) const {
    return (fault_kinds >> static_cast<unsigned>(kind) & 1U) != 0;
  }
  [[nodiscard]] std::uint32_t machines() const { return voters + others; }
};

[[nodiscard]] options draw_options(std::uint64_t seed);

// Each option's name and value, for people.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe(const options& drawn);
[[nodiscard]] std::string to_text(duration value);  // "1.5 ms"

}  // namespace conclave::sim
