// What one node has counted since it started, for operators.
#pragma once

#include <cstddef>
#include <cstdint>

namespace conclave {

struct node_counters {
  // The socket.
  std::uint64_t datagrams_received = 0;
  std::uint64_t datagrams_sent = 0;
  std::uint64_t sends_failed = 0;  // the system refused; the link repeats what matters

  // Datagrams that were dropped, by reason.
  std::uint64_t dropped_malformed = 0;        // no frame of ours, or longer than a frame may be
  std::uint64_t dropped_unknown_version = 0;  // of the protocol
  std::uint64_t dropped_other_cluster = 0;    // another label
  std::uint64_t dropped_corrupt = 0;          // wrong checksum, or sealed with another key
  std::uint64_t dropped_other_receiver = 0;   // meant for an earlier run of this node, or another
  std::uint64_t dropped_older_sender = 0;     // from a run that a newer one replaced
  std::uint64_t dropped_too_many_peers = 0;   // see config.peers_max
  std::uint64_t dropped_lamport = 0;          // a Lamport time too far ahead
  std::uint64_t roster_mismatches = 0;        // frames of peers with another roster

  // The link.
  std::uint64_t retransmissions = 0;
  std::uint64_t outbox_overflows = 0;  // see config.outbox_max

  // Clocks of peers, found out by this node.
  std::uint64_t clocks_drifting = 0;  // times that one used more than half of the bound
  std::uint64_t clocks_broken = 0;    // times that votes of one stopped to count

  // Locks.
  std::uint64_t locks_granted = 0;
  std::uint64_t locks_lost = 0;
  std::uint64_t votes_lent = 0;       // by this node as a voter
  std::uint64_t sessions_lapsed = 0;  // at this voter: candidates that went silent
  std::size_t requests_waiting = 0;   // now
  std::size_t locks_held = 0;         // now

  // Members.
  std::uint64_t probes_failed = 0;
  std::uint64_t events_dropped = 0;  // see config.events_max
  std::size_t members_known = 0;     // now, this node included
};

}  // namespace conclave
