// Ids, tickets' parts and counters as types of their own: none converts into another.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace conclave::core {

template <class Tag>
struct strong_number {
  std::uint64_t value = 0;

  friend constexpr auto operator<=>(const strong_number&, const strong_number&) = default;
  // Zero means "none" for every number below.
  [[nodiscard]] constexpr explicit operator bool() const { return value != 0; }
  [[nodiscard]] constexpr strong_number next(std::uint64_t by = 1) const { return {value + by}; }
};

using node_id = strong_number<struct node_id_tag>;            // hash of the node's name
using boot_id = strong_number<struct boot_id_tag>;            // greater at each start of a node
using request_id = strong_number<struct request_id_tag>;      // one attempt to get one lock
using ballot = strong_number<struct ballot_tag>;              // of a vote that a voter lends
using lamport_time = strong_number<struct lamport_time_tag>;  // 63 bits
using generation = strong_number<struct generation_tag>;      // of a session at a voter
using sequence = strong_number<struct sequence_tag>;          // of a frame, per sender boot
using epoch = strong_number<struct epoch_tag>;                // of the roster
using incarnation = strong_number<struct incarnation_tag>;    // of a member's word about itself
using owner_id = strong_number<struct owner_id_tag>;          // who has locks, within one process
using probe_id = strong_number<struct probe_id_tag>;          // matches a ping with its ack

// One run of one node.
struct node_boot {
  node_id node;
  boot_id boot;
  friend constexpr auto operator<=>(const node_boot&, const node_boot&) = default;
};

// Spreads the bits of a 64-bit value (the finaliser of splitmix64, Steele et al. 2014).
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

template <class Tag>
[[nodiscard]] constexpr std::size_t hash_value(strong_number<Tag> number) {
  return mix(number.value);
}

[[nodiscard]] constexpr std::size_t hash_value(const node_boot& id) {
  return mix(id.node.value ^ mix(id.boot.value));
}

}  // namespace conclave::core

template <class Tag>
struct std::hash<conclave::core::strong_number<Tag>> {
  std::size_t operator()(conclave::core::strong_number<Tag> number) const {
    return hash_value(number);
  }
};
