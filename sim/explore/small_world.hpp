// A world small enough to be looked at whole: its nodes, what their users want, and how much may go
// wrong in it.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::sim {

struct small_node {
  std::string name;
  bool votes = true;
  std::uint32_t asks = 0;      // how often its user asks for the lock, one request at a time
  std::int64_t ahead_ppm = 0;  // the rate of its clock
  bool shares = false;         // it asks to share the lock
};

// How often each may happen in one run.
struct fault_budget {
  std::uint32_t crashes = 0;     // a process is gone and starts again at once, knowing nothing
  std::uint32_t duplicates = 0;  // a datagram arrives and stays under way
  std::uint32_t losses = 0;      // a datagram never arrives
  std::uint32_t partitions = 0;  // one machine is cut off, or only hears, or is only heard
  std::uint32_t pauses = 0;      // time goes on by half a lease
  std::uint32_t lapses = 0;      // by a whole one: who was silent meanwhile has lost its sessions
  // A frame arrives before an older one of the same way. Counts only in worlds `in_order`: in the
  // others all orders are free. A copy never counts.
  std::uint32_t overtakings = 0;
};
// What a state keeps of each of them fits three bits.
inline constexpr std::uint32_t budget_max = 7;

// When a user that holds unlocks. To have them do it at any time multiplies the states.
enum class letting_go : std::uint8_t {
  never,
  when_quiet,  // nothing is under way
  at_any_time,
};

struct small_world {
  std::string name;
  std::string about;
  std::vector<small_node> nodes;
  fault_budget faults{};
  letting_go lets_go = letting_go::at_any_time;
  bool in_order = false;  // frames of one way arrive in order, but for `overtakings`
  bool cancels = false;   // users may give up while they wait
  bool waits = true;      // false: users only try
  std::uint64_t span = 1;
  // Restarted voters are told that nothing was before: what the configuration warns of. The
  // promises do not hold then.
  bool restarts_as_new = false;
  std::uint32_t tokens = 0;   // further tokens that all holders together take
  bool keeps = false;         // what is unlocked is kept while nobody else wants it
  std::uint32_t permits = 0;  // of the semaphore; 0: it is a lock
};

// Half a lease and a little more: two of these are over a lease on any clock within the bound.
inline constexpr core::duration lease_of_small_worlds = std::chrono::seconds(1);
inline constexpr core::duration half_lease = std::chrono::milliseconds(511);

// All worlds that have a name, the smallest first.
[[nodiscard]] const std::vector<small_world>& small_worlds();
// Null when none has that name.
[[nodiscard]] const small_world* find_small_world(std::string_view name);

}  // namespace conclave::sim
