// Checks the configuration and hands its parts to the machines.
#include "node/settings.hpp"

#include "base/digest.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace conclave {

namespace {

using core::shortest_lease;
using std::chrono::nanoseconds;

constexpr nanoseconds longest_lease = std::chrono::hours(1);
constexpr std::uint32_t greatest_drift_ppm = 500'000;
// Trails that follow each other faster than a network's round trip find no more.
constexpr nanoseconds shortest_deadlock_timeout = std::chrono::milliseconds(1);
// More than anybody needs, and so few that no product of times and counts overflows.
constexpr nanoseconds longest_probe_interval = std::chrono::hours(1);
constexpr nanoseconds longest_memory = std::chrono::hours(24 * 365);
constexpr unsigned greatest_count = 1'000;

std::string milliseconds_of(nanoseconds value) {
  const auto whole = std::chrono::duration_cast<std::chrono::microseconds>(value).count();
  return std::to_string(whole / 1000) + "." + std::to_string(1000 + whole % 1000).substr(1) + " ms";
}

std::string validate_names(const config& settings) {
  const auto bad_size = [](const std::string& name) { return name.empty() || name.size() > 255; };
  if (bad_size(settings.name)) {
    return "name has " + std::to_string(settings.name.size()) +
           " bytes; a node's name has 1 to 255";
  }
  if (settings.metadata.size() > 512) {
    return "metadata has " + std::to_string(settings.metadata.size()) +
           " bytes; at most 512 are allowed";
  }
  if (settings.observer != settings.voters.empty()) {
    return settings.observer ? "an observer has no voters; leave `voters` empty or `observer` false"
                             : "voters is empty; name the voters, the same on all nodes, or set "
                               "`observer` for a node that only watches";
  }
  if (settings.voters.size() > core::voters_max) {
    return "voters has " + std::to_string(settings.voters.size()) + " names; at most " +
           std::to_string(core::voters_max) + " are allowed";
  }
  std::vector<std::string> names = settings.voters;
  std::ranges::sort(names);
  if (const auto twice = std::ranges::adjacent_find(names); twice != names.end()) {
    return "voters names \"" + *twice + "\" twice; each voter has one vote";
  }
  for (const std::string& name : names) {
    if (bad_size(name)) {
      return "voters has a name of " + std::to_string(name.size()) +
             " bytes; a node's name has 1 to 255";
    }
  }
  if (settings.cluster_key && settings.cluster_key->size() != 32) {
    return "cluster_key has " + std::to_string(settings.cluster_key->size()) +
           " bytes; it must have 32";
  }
  return {};
}

std::string validate_lease(const config& settings) {
  if (settings.lease_ttl < shortest_lease) {
    return "lease_ttl is " + milliseconds_of(settings.lease_ttl) + "; the least is " +
           milliseconds_of(shortest_lease);
  }
  if (settings.lease_ttl > settings.lease_ttl_max) {
    return "lease_ttl is " + milliseconds_of(settings.lease_ttl) +
           ", over the roster's lease_ttl_max of " + milliseconds_of(settings.lease_ttl_max);
  }
  if (settings.lease_ttl_max > longest_lease) {
    return "lease_ttl_max is " + milliseconds_of(settings.lease_ttl_max) + "; the greatest is " +
           milliseconds_of(longest_lease);
  }
  if (settings.clock_drift_max_ppm > greatest_drift_ppm) {
    return "clock_drift_max_ppm is " + std::to_string(settings.clock_drift_max_ppm) +
           "; the greatest is " + std::to_string(greatest_drift_ppm);
  }
  if (settings.lamport_jump_max <= nanoseconds(0)) {
    return "lamport_jump_max must be greater than 0";
  }
  if (settings.deadlock_timeout < shortest_deadlock_timeout) {
    return "deadlock_timeout is " + milliseconds_of(settings.deadlock_timeout) + "; the least is " +
           milliseconds_of(shortest_deadlock_timeout);
  }
  return {};
}

std::string validate_membership_times(const membership_config& settings) {
  for (const auto& [name, value] : {std::pair("probe_interval", settings.probe_interval),
                                    std::pair("probe_timeout", settings.probe_timeout),
                                    std::pair("gossip_interval", settings.gossip_interval),
                                    std::pair("rejoin_interval", settings.rejoin_interval)}) {
    if (value <= nanoseconds(0)) {
      return "membership: " + std::string(name) + " is " + milliseconds_of(value) +
             "; it must be greater than 0";
    }
  }
  if (settings.probe_interval > longest_probe_interval) {
    return "membership: probe_interval is " + milliseconds_of(settings.probe_interval) +
           "; the greatest is " + milliseconds_of(longest_probe_interval);
  }
  if (settings.probe_timeout >= settings.probe_interval) {
    return "membership: probe_timeout is " + milliseconds_of(settings.probe_timeout) +
           "; it must be less than probe_interval, " + milliseconds_of(settings.probe_interval);
  }
  if (settings.gossip_interval > settings.probe_interval) {
    return "membership: gossip_interval is " + milliseconds_of(settings.gossip_interval) +
           ", over the probe_interval of " + milliseconds_of(settings.probe_interval) +
           ": a suspicion would be over before all have heard of it";
  }
  if (settings.forget_after <= settings.rejoin_interval) {
    return "membership: forget_after is " + milliseconds_of(settings.forget_after) +
           "; it must be more than rejoin_interval, " + milliseconds_of(settings.rejoin_interval) +
           ": who is forgotten is tried no more, and may be believed alive by old news";
  }
  if (settings.forget_after > longest_memory) {
    return "membership: forget_after is " + milliseconds_of(settings.forget_after) +
           "; the greatest is " + milliseconds_of(longest_memory);
  }
  return {};
}

std::string validate_membership_counts(const config& settings) {
  const membership_config& counts = settings.membership;
  // Without helpers a suspect out of reach could not refute, and a deaf node would accuse all.
  for (const auto& [name, value] :
       {std::pair("indirect_probes", counts.indirect_probes),
        std::pair("suspicion_multiplier", counts.suspicion_multiplier),
        std::pair("gossip_fanout", counts.gossip_fanout),
        std::pair("retransmits_multiplier", counts.retransmits_multiplier)}) {
    if (value == 0 || value > greatest_count) {
      return "membership: " + std::string(name) + " is " + std::to_string(value) +
             "; it must be from 1 to " + std::to_string(greatest_count);
    }
  }
  if (counts.members_max == 0) {
    return "membership: members_max is 0; it must be at least 1";
  }
  if (counts.members_max > settings.peers_max) {
    return "membership: members_max is " + std::to_string(counts.members_max) +
           ", over the peers_max of " + std::to_string(settings.peers_max) +
           ": frames of members beyond that would be dropped, and they be declared dead";
  }
  return {};
}

std::string validate_limits(const config& settings) {
  if (settings.requests_max == 0 || settings.voter_requests_per_candidate_max == 0 ||
      settings.peers_max == 0 || settings.outbox_max == 0) {
    return "requests_max, voter_requests_per_candidate_max, peers_max and outbox_max must be at "
           "least 1";
  }
  return {};
}

}  // namespace

std::string validate(const config& settings) {
  for (const std::string& broken :
       {validate_names(settings), validate_lease(settings),
        validate_membership_times(settings.membership), validate_limits(settings),
        validate_membership_counts(settings)}) {
    if (!broken.empty()) {
      return broken;
    }
  }
  return {};
}

}  // namespace conclave

namespace conclave::core {

voter_roster roster_of(const config& settings) {
  voter_roster roster;
  roster.epoch = epoch{1};
  for (const std::string& name : settings.voters) {
    roster.voters.push_back(node_id_of(name));
  }
  std::ranges::sort(roster.voters);
  roster.lease_ttl_max = settings.lease_ttl_max;
  roster.clock_drift_max_ppm = settings.clock_drift_max_ppm;
  return roster;
}

link_settings link_settings_of(const node_start& start) {
  const voter_roster roster = roster_of(start.settings);
  link_settings settings;
  settings.self = {.node = node_id_of(start.settings.name), .boot = start.boot};
  settings.cluster = hash_of(start.settings.cluster);
  settings.seal = sealer(start.settings.cluster_key);
  // A voter extends a session on an echo up to one lease old, by one lease more: after two of the
  // longest leases of silence every session between the two has lapsed.
  settings.silence_max = lengthened_by_drift(2 * roster.lease_ttl_max, roster.clock_drift_max_ppm);
  settings.peers_max = start.settings.peers_max;
  settings.outbox_max = start.settings.outbox_max;
  // A peer that was silent for a window is forgotten, and with it what was measured before.
  settings.clocks = {.drift_max_ppm = roster.clock_drift_max_ppm, .window = settings.silence_max};
  return settings;
}

membership_settings membership_settings_of(const node_start& start) {
  membership_settings settings;
  settings.config = start.settings.membership;
  settings.name = start.settings.name;
  settings.self_address = start.self_address;
  settings.boot = start.boot;
  settings.metadata = start.settings.metadata;
  settings.seeds = start.seeds;
  settings.former_peers = start.former_peers;
  return settings;
}

candidate_settings candidate_settings_of(const node_start& start) {
  candidate_settings settings;
  settings.self = {.node = node_id_of(start.settings.name), .boot = start.boot};
  settings.lease_ttl = start.settings.lease_ttl;
  settings.session_idle_max = start.settings.session_idle_max;
  settings.deadlock_timeout = start.settings.deadlock_timeout;
  settings.requests_max = start.settings.requests_max;
  return settings;
}

}  // namespace conclave::core
