// The settings of one node. Each says what higher and lower values mean.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave {

// How the membership layer finds peers and notices failures. The same on all nodes. Start from one
// of local(), lan() and wan(); what stands here is lan().
struct membership_config {
  // Time between two probes, at most an hour. Lower notices crashes sooner and sends more; higher
  // sends less and notices them later.
  std::chrono::nanoseconds probe_interval = std::chrono::seconds(1);
  // How long a probe waits for its direct answer before others are asked to try. It is asked three
  // times, so far apart, or a third of probe_interval where that is less; further apart for members
  // that are known to be far away, as twice their round trip. Less than probe_interval.
  // Lower notices crashes sooner; too low suspects slow but healthy peers. Higher suspects fewer
  // of them, and notices crashes later.
  std::chrono::nanoseconds probe_timeout = std::chrono::milliseconds(200);
  // How many others are asked to probe a member that did not answer: 1 to 1,000. Higher suspects
  // fewer healthy members where much is lost, or where some can't reach others, and sends more for
  // each that does not answer; lower sends less for them, and suspects more. Never 0: a suspect
  // out of reach hears through the others what to refute, and who is deaf itself learns of it by
  // their silence.
  unsigned indirect_probes = 3;
  // A suspect that not all of three accuse, each by probes of its own, is declared dead after this
  // many probe intervals times the logarithm of the number of members: 1 to 1,000. Higher is slower
  // where much is lost, and wrong less often; lower is sooner there, and wrong more often. One that
  // three accuse is dead after some gossip intervals. Who is accused and refutes, again and again,
  // is suspected for at least 30 probe intervals.
  unsigned suspicion_multiplier = 4;
  // Time between two rounds of rumours, at most probe_interval. Lower spreads faster and sends
  // more, and leaves a suspect that three accuse less time to refute; higher sends less, spreads
  // slower, and leaves more time.
  std::chrono::nanoseconds gossip_interval = std::chrono::milliseconds(200);
  // How many members each round of rumours goes to: 1 to 1,000. Higher spreads in fewer rounds and
  // sends more, and leaves a suspect that three accuse fewer rounds to refute; lower sends less,
  // and takes more rounds for both.
  unsigned gossip_fanout = 3;
  // A rumour is sent this many times the logarithm of the number of members, then dropped: 1 to
  // 1,000. Higher reaches all more surely where much is lost, and sends more; lower sends less, and
  // leaves more to be found later, by comparing tables.
  unsigned retransmits_multiplier = 4;
  // How often a node tries one of the dead and one seed that is missing; each second time it also
  // compares what it knows with another's. Sooner when it has just joined. Lower heals partitions
  // sooner and sends more; higher sends less and heals them later.
  std::chrono::nanoseconds rejoin_interval = std::chrono::seconds(5);
  // How long dead and left members are remembered: more than rejoin_interval, at most a year.
  // Higher heals longer partitions without the seeds, and keeps more; lower keeps less, and leaves
  // longer partitions to the seeds and to former peers.
  std::chrono::nanoseconds forget_after = std::chrono::minutes(10);
  // More members than this, besides the node itself, are refused and counted. At most peers_max.
  // Higher has room for larger clusters, and for more that somebody only makes up; lower bounds the
  // memory, and leaves out whoever comes above it.
  std::size_t members_max = 20'000;

  // One machine, or machines side by side: a crash is known in about half the time, for twice the
  // traffic.
  [[nodiscard]] static membership_config local() {
    membership_config settings;
    settings.probe_interval = std::chrono::milliseconds(500);
    settings.probe_timeout = std::chrono::milliseconds(100);
    settings.gossip_interval = std::chrono::milliseconds(100);
    settings.rejoin_interval = std::chrono::milliseconds(2'500);
    return settings;
  }
  // One data centre or a few close ones, round trips of up to 50 ms: what stands above.
  [[nodiscard]] static membership_config lan() { return {}; }
  // Far apart, round trips of up to half a second: a crash is known later, for less traffic.
  [[nodiscard]] static membership_config wan() {
    membership_config settings;
    settings.probe_interval = std::chrono::seconds(3);
    settings.probe_timeout = std::chrono::milliseconds(700);
    settings.suspicion_multiplier = 6;
    settings.gossip_interval = std::chrono::milliseconds(500);
    settings.gossip_fanout = 4;
    settings.rejoin_interval = std::chrono::seconds(10);
    return settings;
  }
};

// Written with designated initialisers; members left out keep what stands here.
struct config {
  // This node's name: 1 to 255 bytes, unique in the cluster, the same after a restart.
  std::string name = {};
  // Local address, "127.0.0.1:7401" or "[::1]:7401". Port 0 lets the system choose.
  std::string bind = {};
  // The address that others use for this node when it differs from `bind`; empty: the same.
  std::string advertise = {};
  // Addresses of some peers, "host:port". Any one that answers is enough.
  std::vector<std::string> seeds = {};
  // A file for the addresses of some peers, up to 32, written about once a minute when they have
  // changed, and tried at the next start beside the seeds: so a node finds back where all seeds
  // have moved. Empty: none. That it can't be read or written is logged, and does no harm.
  std::string peers_file = {};
  // The names of the voters: the same set on all nodes. An odd number survives most failures for
  // its size: 3 survive one, 5 survive two. 1 to 31 names. Empty with `observer` only.
  std::vector<std::string> voters = {};
  // True for a node that only watches members: it has no voters and can't lock.
  bool observer = false;
  // Nodes with different labels ignore each other.
  std::string cluster = "conclave";
  // 32 bytes shared by all nodes: frames are then sealed (encrypted and authenticated). Without
  // it frames carry a checksum, and anybody who reaches the port can take part.
  std::optional<std::vector<std::byte>> cluster_key = {};
  // Free text that other nodes see, at most 512 bytes.
  std::string metadata = {};

  // How long a lock outlives its holder's crash. Lower frees locks of the dead sooner; higher
  // stands longer pauses and network trouble without losing a lock. At most lease_ttl_max.
  std::chrono::nanoseconds lease_ttl = std::chrono::seconds(3);
  // The greatest lease_ttl of any node: the same on all nodes. A restarted voter abstains for
  // this long: lower has it back sooner, higher allows longer leases. At most one hour.
  std::chrono::nanoseconds lease_ttl_max = std::chrono::seconds(10);
  // The rates of any two clocks are within (1+d)/(1-d) of one another, d in parts per million: the
  // same on all nodes. Higher stands worse clocks and shortens the usable part of each lease; lower
  // leaves more of it, and trusts fewer clocks. Votes of a peer whose clock is seen to run further
  // apart do not count.
  std::uint32_t clock_drift_max_ppm = 5'000;
  // True when this cluster starts for the first time: voters then lend at once instead of
  // abstaining for lease_ttl_max. Never true for a restart.
  bool new_cluster = false;
  // A peer whose Lamport clock is further ahead than this is refused. Higher stands wall clocks
  // that are further apart; lower lets a wrong one move the tokens of all less far.
  std::chrono::nanoseconds lamport_jump_max = std::chrono::hours(24 * 365);

  // The next five are limits of memory: lower keeps less, higher has room for more.
  //
  // Requests of this node that wait or hold at once. More fail with errc::too_many_requests.
  std::size_t requests_max = 131'072;
  // Requests of one candidate that a voter keeps. More are refused and counted: they fail there
  // with errc::too_many_requests when no majority of voters is left.
  std::size_t voter_requests_per_candidate_max = 131'072;
  // Peers that the link keeps state for: no fewer than membership.members_max. Frames of more are
  // dropped and counted.
  std::size_t peers_max = 20'000;
  // Messages that wait for one peer's acknowledgement. When there are more all are dropped and
  // counted, and neither votes for the other until both start afresh: some leases later.
  std::size_t outbox_max = 262'144;
  // Membership events that wait for a slow subscriber. More are dropped and counted.
  std::size_t events_max = 65'536;
  // A node that used no lock for this long lets its sessions lapse. Higher keeps the first lock
  // after a pause fast; lower saves the voters keep-alives.
  std::chrono::nanoseconds session_idle_max = std::chrono::minutes(1);
  // How long a request of somebody who has other locks waits before it looks for a deadlock, and
  // from then on between looks. Higher sends less while many wait; lower finds deadlocks sooner.
  std::chrono::nanoseconds deadlock_timeout = std::chrono::milliseconds(250);

  membership_config membership = {};
};

// Empty when all is well, else a sentence that names the values and the rule they break.
[[nodiscard]] std::string validate(const config& settings);

}  // namespace conclave
