// Voters and candidates side by side, with messages carried by hand.
#pragma once

#include "base/digest.hpp"
#include "lock/candidate.hpp"
#include "lock/voter.hpp"

#include <chrono>
#include <string>
#include <variant>
#include <vector>

namespace conclave::core {

using namespace std::chrono_literals;

inline constexpr duration test_ttl = 1s;

inline instant at(duration since_start) {
  return instant(since_start);
}

inline node_boot boot_of(const std::string& name, std::uint64_t boot = 1) {
  return {.node = node_id_of(name), .boot = boot_id{boot}};
}

inline voter_roster roster_with(const std::vector<std::string>& voters) {
  voter_roster roster;
  roster.epoch = epoch{1};
  for (const std::string& name : voters) {
    roster.voters.push_back(node_id_of(name));
  }
  std::ranges::sort(roster.voters);
  roster.lease_ttl_max = 2s;
  roster.clock_drift_max_ppm = 5'000;
  return roster;
}

// What a machine said in one step, and the step itself.
struct said {
  lamport_clock lamport{1'000, instant{}, std::chrono::hours(24)};
  std::vector<addressed> sends;
  std::vector<lock_event> events;
  std::vector<node_id> contacts;

  lock_step step(duration now) {
    sends.clear();
    events.clear();
    contacts.clear();
    return {
        .now = at(now), .lamport = lamport, .sends = sends, .events = events, .contacts = contacts};
  }

  template <class T>
  std::vector<T> all() const {
    std::vector<T> found;
    for (const addressed& one : sends) {
      if (const T* content = std::get_if<T>(&one.content)) {
        found.push_back(*content);
      }
    }
    return found;
  }

  template <class T>
  std::vector<T> all_events() const {
    std::vector<T> found;
    for (const lock_event& one : events) {
      if (const T* content = std::get_if<T>(&one)) {
        found.push_back(*content);
      }
    }
    return found;
  }
};

inline request request_of(const node_boot& who, std::uint64_t id, std::uint64_t time,
                          const std::string& lock = "a") {
  request asked;
  asked.lock = lock;
  asked.ticket = {.time = lamport_time{time}, .node = who.node, .request = request_id{id}};
  asked.min_ballot = ballot{time};
  return asked;
}

}  // namespace conclave::core
