// What a node asks its shell to do. The shell obeys in order and does nothing else.
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "lock/observer.hpp"
#include "lock/step.hpp"

#include <conclave/member.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace conclave::core {

// Send bytes[offset, offset + size) of this list's buffer.
struct send {
  address to;
  std::size_t offset = 0;
  std::size_t size = 0;
};

// A belief about a member changed; its state is in node::members().
struct member_changed {
  member_event_kind kind = member_event_kind::joined;
  node_id id;
};

// Something that an operator may want to read. to_text() says it in a sentence.
enum class report_kind : std::uint8_t {
  superseded,            // a newer process has this name; value: its boot
  own_name_heard,        // an older process still uses this name; value: its boot
  roster_mismatch,       // the peer has another roster; values: its fingerprint, ours
  lease_refused,         // a voter refused our lease; values: offered, accepted, in nanoseconds
  lease_too_long,        // a peer's lease is over the roster's; values: offered, accepted
  lamport_refused,       // a peer's Lamport time is too far ahead; values: its time, ours
  abstaining,            // value: for how many nanoseconds
  abstention_over,       // value: how many voters remembered
  floors_on_wall_clock,  // too few voters remembered; values: how many did, how many are needed
  peers_full,            // a frame was dropped because too many peers are known
  clock_drifting,        // a peer's clock and ours use more than half of the bound
  clock_broken,          // they cannot both keep the bound: the peer's votes do not count here
  clock_trusted,         // they keep it again: its votes count
};

// Of the three about clocks the values are the least and the greatest rate that is possible, in
// parts per million above ours, as std::int64_t.
struct report {
  report_kind kind = report_kind::superseded;
  node_id peer;
  address from;
  std::uint64_t value = 0;
  std::uint64_t other = 0;
};
[[nodiscard]] const char* to_string(report_kind kind);
// `peer_name` is the peer's name where it is known, else empty.
[[nodiscard]] std::string to_text(const report& said, const std::string& peer_name);

// Part of an answer to an inquiry.
struct answered {
  node_boot from;
  std::variant<lock_use, lock_summary, inquiry_end> content;
};

// A seed answered: this node is part of the cluster.
struct joined {};
// leave() is done: the voters have acknowledged, or did not in time.
struct departed {};

using action = std::variant<send, granted, extended, shortened, lost, failed, contended,
                            member_changed, report, answered, observed, joined, departed>;

struct actions {
  std::vector<action> list;
  std::vector<std::byte> bytes;

  void clear() {
    list.clear();
    bytes.clear();
  }
};

}  // namespace conclave::core
