// What happened in a run, as data: what pictures of it are drawn from.
//
// Events have numbers in the run, from 0 on, that stay the same whatever part of it is recorded.
// Machines, locks and texts are known by their position in the lists here.
#pragma once

#include "sim/machine.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conclave::sim {

enum class recorded_kind : std::uint8_t {
  sent,     // a datagram, `node` to `peer`; its messages as text, none: it only keeps alive
  arrived,  // the datagram that `cause` sent
  dropped,  // the same, but in vain; the text says why
  call,     // what a user asked of the node
  action,   // what the node told its user
  member,   // what the node believes about another, or reports
  started,
  stopped,
  paused,
  resumed,
  fault_begins,
  fault_ends,
  note,    // where the run stands
  broken,  // a promise of the protocol
};
inline constexpr std::size_t recorded_kinds_count = 14;
[[nodiscard]] std::string_view to_string(recorded_kind kind);

// What became of a datagram when it was sent.
enum class recorded_fate : std::uint8_t { under_way, lost, blocked, queue_full, nobody };
inline constexpr std::size_t recorded_fates_count = 5;
[[nodiscard]] std::string_view to_string(recorded_fate fate);

inline constexpr std::uint32_t no_node = UINT32_MAX;
inline constexpr std::uint64_t no_cause = UINT64_MAX;

struct recorded_event {
  true_time at{};
  recorded_kind kind = recorded_kind::note;
  recorded_fate fate = recorded_fate::under_way;
  std::uint32_t node = no_node;
  std::uint32_t peer = no_node;
  std::uint32_t text = 0;
  std::uint64_t cause = no_cause;  // the number of another event
};

struct interval {
  true_time from;
  true_time to;

  friend bool operator==(const interval&, const interval&) = default;
};

// A node's own clock: straight between these points.
struct clock_point {
  true_time at;
  core::instant shows;
};

struct recorded_node {
  std::string name;
  bool votes = false;
  std::vector<clock_point> clock{};
  std::vector<interval> up{};      // a process runs
  std::vector<interval> paused{};  // it stands still
  std::vector<interval> abstains{};
};

struct recorded_extension {
  true_time at;
  true_time until;
};

// A holder's interval of belief.
struct recorded_belief {
  std::uint32_t lock = 0;
  std::uint32_t node = 0;
  std::uint64_t request = 0;
  std::uint64_t asked_as = 0;  // by which the voters know it: as in the loans
  interval during;
  std::uint32_t ending = 0;             // a text
  true_time shared_from = end_of_time;  // with others that share
  std::uint32_t slot = 1;               // of a semaphore: which permit
  std::vector<recorded_extension> extensions{};
};

// A vote that is lent.
struct recorded_loan {
  std::uint32_t lock = 0;
  std::uint32_t voter = 0;
  std::uint32_t candidate = 0;
  std::uint64_t request = 0;
  std::uint64_t ballot = 0;
  interval during;
};

struct recorded_fault {
  std::uint32_t text = 0;
  std::uint32_t machines = 0;  // a bit for each
  interval during;
};

struct recording {
  std::uint64_t seed = 0;
  std::string outcome;
  std::string what;  // of the promise that broke
  std::string replay;
  std::vector<std::pair<std::string, std::string>> options;

  interval window;                 // what is recorded of the run
  std::uint64_t first_event = 0;   // the number of events[0]
  std::uint64_t events_total = 0;  // in the window; more than events when the limit was reached

  std::vector<recorded_node> nodes;
  std::vector<std::string> locks;
  std::vector<std::string> texts;
  std::vector<recorded_event> events;
  std::vector<recorded_belief> beliefs;
  std::vector<recorded_loan> loans;
  std::vector<recorded_fault> faults;

  [[nodiscard]] const recorded_event* find(std::uint64_t number) const;
  [[nodiscard]] std::string_view text(std::uint32_t index) const { return texts[index]; }
};

// Two beliefs in one lock at one time, that do not both share it.
struct overlap {
  std::size_t first = 0;  // positions in beliefs; the first began earlier
  std::size_t second = 0;
  interval during;
};
// In the order in which they begin.
[[nodiscard]] std::vector<overlap> overlaps_of(const recording& all);

}  // namespace conclave::sim
