// What kind of world a run takes place in: all of it drawn from the seed, and printed.
#pragma once

#include "base/random.hpp"
#include "sim/clock.hpp"

#include <conclave/sim/conditions.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conclave::sim {

inline constexpr std::size_t delay_shapes_count = 3;
[[nodiscard]] std::string_view to_string(delay_shape shape);

// How a network treats each datagram. Chances are in parts per million.
struct network_conditions {
  duration delay_min{};
  duration delay_spread{};
  delay_shape shape = delay_shape::uniform;
  std::uint32_t late_ppm = 0;  // how many are much later still
  duration late_max{};
  std::uint32_t loss_ppm = 0;
  std::uint32_t duplicate_ppm = 0;
  std::uint32_t damage_ppm = 0;  // bytes flipped or cut off
};

// How the clocks of one cluster differ in rate. All but the last keep within the promised bound.
enum class clock_spread : std::uint8_t { equal, random, extreme, beyond };
inline constexpr std::size_t clock_spreads_count = 4;
[[nodiscard]] std::string_view to_string(clock_spread spread);

enum class fault_kind : std::uint8_t {
  // processes
  crash,     // the process is gone without goodbye; later one starts that has nothing stored
  reboot,    // the same, but what the machine had stored, its boot number, is still there
  leave,     // it says goodbye; one with nothing stored starts later
  blackout,  // many crash at once
  pause,     // the process stands still, its clock and its socket do not
  suspend,   // the whole machine does: what is sent to it meanwhile is lost
  slow,      // all that the process does takes it long
  late,      // its timers and its users are woken late
  twin,      // another process of the same name runs for a while
  // network
  split,    // the machines fall into groups that do not reach each other
  isolate,  // one machine alone
  cut,      // some machines no longer reach some others; the way back is open
  bridge,   // two groups that only one machine reaches both of
  ring,     // each machine reaches a majority, and no two the same
  flap,     // a split that comes and goes
  swizzle,  // machines are cut off one by one, and let in again in another order
  jam,      // what is sent waits, and arrives all at once
  squeeze,  // machines can send few bytes a second
  sieve,    // what carries one kind of message is lost
  storm,    // the network is at its worst
  // clocks
  drift,      // a clock runs at another rate
  wall_step,  // a wall clock is set, ahead or back, and stays so
  strobe,     // a wall clock jumps to and fro
};
inline constexpr std::size_t fault_kinds_count = 23;
[[nodiscard]] std::string_view to_string(fault_kind kind);

// What becomes, for good, of the machines that the end of the faults leaves behind.
enum class aftermath : std::uint8_t {
  dead,       // no process
  paused,     // it stands still
  suspended,  // it stands still, and what is sent to it is lost
  slow,       // all that it does takes it long
  split,      // reaches nobody, and nobody reaches it
  deaf,       // hears nobody, but all hear it
  mute,       // hears all, but nobody hears it
  apart,      // does not reach one other machine, nor that one it; all else is well
  gone,       // has said goodbye
};
inline constexpr std::size_t aftermaths_count = 9;
// Whether those that are left behind in this way must be served like all others.
[[nodiscard]] constexpr bool must_be_served(aftermath of) {
  return of == aftermath::slow || of == aftermath::apart;
}
[[nodiscard]] std::string_view to_string(aftermath of);

// What is drawn from a seed apart from the rest, so that one part can be drawn anew.
enum class draw : std::uint8_t {
  cluster,
  clocks,
  network,
  workload,
  faults,
  schedule,
  users,
  datagrams
};
inline constexpr std::size_t draws_count = 8;
// By draw: which variant of what the seed gives; 0 is the seed's own.
using variation = std::array<std::uint32_t, draws_count>;

struct options {
  std::uint64_t seed = 0;
  variation variant{};
  std::uint32_t voters = 3;
  std::uint32_t others = 0;  // machines whose nodes are no voters
  std::uint32_t twins = 0;   // more machines, for second processes with the name of one of those
  bool new_cluster = true;   // false: all voters abstain at first
  // Wall clocks are right; else they are wrong by up to an hour.
  bool walls_right = true;
  clock_spread clocks = clock_spread::random;
  // All promises are checked even where clocks are beyond the bound, and will be seen to break.
  bool strict = false;
  std::uint32_t clock_drift_max_ppm = 5'000;
  duration lease_ttl{};  // of most nodes; some take less
  duration lease_ttl_max{};
  duration session_idle_max{};
  duration tick_late_max{};         // how late timers may be
  std::uint32_t socket_buffer = 0;  // datagrams that wait while a process stands still
  std::uint64_t storm = 100'000;    // so many datagrams in one second are no progress
  std::uint32_t outbox_max = 262'144;
  duration forget_after = std::chrono::minutes(10);
  std::uint32_t metadata_max = 0;  // bytes; of each process some number up to that

  network_conditions calm;
  network_conditions stormy;
  bool far = false;               // also when all is healed: nothing gets nearer then
  bool distances_uneven = false;  // some ways are up to twenty times as long as others

  std::uint32_t locks = 1;
  std::uint32_t users = 1;  // on each machine
  duration think_max{};
  duration hold_max{};        // most holds; some take several leases
  duration keep{};            // holds that nobody uses are kept for so long
  std::uint32_t readers = 0;  // of eight operations so many share
  // Of the last lock, which is a semaphore then; 0: there is none.
  std::uint32_t permits = 0;
  std::uint32_t together = 0;  // of eight operations so many want several locks, or permits
  // Of eight operations so many ask for one or two more locks while they hold the first. Odd: in
  // the end two of one machine want what the other has; even: two of different machines.
  std::uint32_t nested = 0;
  duration deadlock_timeout = std::chrono::milliseconds(250);
  // Of eight operations so many have a lease of their own, shorter than the node's.
  std::uint32_t leased = 0;
  bool watched = false;  // all machines watch the first lock

  duration faults_last{};         // then the network heals and everybody must be served
  duration fault_every{};         // on average
  std::uint32_t fault_kinds = 0;  // a bit each
  bool long_holds = false;        // when all is healed, somebody holds for several leases
  duration rest{};                // then nobody wants anything for so much longer
  std::uint32_t left_voters = 0;  // machines left behind: a minority of voters
  std::uint32_t left_others = 0;
  aftermath left_to = aftermath::dead;

  [[nodiscard]] bool has(fault_kind kind) const {
    return (fault_kinds >> static_cast<unsigned>(kind) & 1U) != 0;
  }
  [[nodiscard]] bool is_semaphore(std::uint32_t lock) const {
    return permits > 0 && lock + 1 == locks;
  }
  // How many one operation can want at once that begins with this lock.
  [[nodiscard]] std::uint32_t most_together(std::uint32_t lock) const {
    return is_semaphore(lock) ? permits : locks - (permits > 0 ? 1 : 0);
  }
  // Until then something that was sent under the faults may still come.
  [[nodiscard]] duration late_until() const {
    return faults_last + std::max(calm.late_max, stormy.late_max);
  }
  // An answer may come after a probe was sent again, or over others.
  [[nodiscard]] bool far_for_probes() const {
    return far && calm.delay_min + calm.delay_spread >= std::chrono::milliseconds(50);
  }
  // With machines that are for twins.
  [[nodiscard]] std::uint32_t machines() const { return voters + others + twins; }
  // No wall clock is ever wrong.
  [[nodiscard]] bool walls_stay_right() const {
    return walls_right && !has(fault_kind::wall_step) && !has(fault_kind::strobe);
  }
  // Promise 1, and all that rests on it, is not given for clocks like these.
  [[nodiscard]] bool any_clocks() const { return clocks == clock_spread::beyond && !strict; }
};

// The random numbers of one part.
[[nodiscard]] core::random_source source_of(std::uint64_t seed, const variation& variant,
                                            draw part);
[[nodiscard]] options draw_options(std::uint64_t seed, const variation& variant = {});

// Each option's name and value, for people.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> describe(const options& drawn);
[[nodiscard]] std::string to_text(duration value);  // "1.5 ms"

}  // namespace conclave::sim
