// What one node believes about another.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace conclave {

// A hint and nothing more: no belief about a member ever frees or grants a lock.
enum class member_status : std::uint8_t {
  alive,
  suspect,  // did not answer; declared dead unless it says otherwise in time
  dead,
  left,  // said goodbye
};

[[nodiscard]] const char* to_string(member_status status) noexcept;

// How much faster than this node's clock a member's runs, in parts per million: the true rate was
// somewhere from `lower_ppm` to `upper_ppm`, whatever the network did. Negative: slower. It is
// known more closely the longer the two have talked, and the quicker their round trips are. An
// upper bound of 1,000,000,000 is none: there was too little to tell.
struct clock_rate {
  std::int64_t lower_ppm = 0;
  std::int64_t upper_ppm = 0;

  friend bool operator==(const clock_rate&, const clock_rate&) = default;
};

// Where a node is on a map of round trips (Vivaldi: Dabek, Cox, Kaashoek, Morris 2004): a point, in
// microseconds, and what each way to or from it takes besides. See network_coordinate.hpp.
struct network_coordinate {
  std::array<std::int32_t, 3> place_us = {};
  std::uint32_t height_us = 0;
  std::uint32_t error_permille = 1'000;  // of what it says; 1,000: it does not know yet

  [[nodiscard]] bool known() const noexcept { return error_permille < 1'000; }

  friend bool operator==(const network_coordinate&, const network_coordinate&) = default;
};

struct member {
  std::string name;
  std::string address;  // "127.0.0.1:7401"
  member_status status = member_status::alive;
  std::uint64_t boot = 0;  // greater at each start of that node
  // Greater each time that it refuted a suspicion, or that its address or metadata changed: with
  // `boot` the version of what it says of itself.
  std::uint64_t incarnation = 0;
  std::string metadata;
  // It was accused and refuted that, again and again in the last minutes, as far as this node
  // heard: it is sick, or its network is.
  bool flapping = false;
  bool voter = false;  // named by the roster
  // Measured lately; nothing for this node itself, and for members that it does not talk to.
  std::optional<clock_rate> clock = {};
  // False: not both clocks can keep config.clock_drift_max_ppm. Votes of that member do not count
  // on this node.
  bool clock_trusted = true;
  // There and back, from this node: measured, where the two talk about locks; else estimated from
  // the coordinates. Nothing for this node itself, and for members that it knows too little of.
  std::optional<std::chrono::nanoseconds> round_trip = {};
  // As the member said when it last answered this node's probe.
  std::optional<network_coordinate> coordinate = {};

  friend bool operator==(const member&, const member&) = default;
};

enum class member_event_kind : std::uint8_t {
  joined,  // first seen, or back after it was dead or had left
  suspected,
  refuted,  // suspected before, alive after all
  died,
  left,
  updated,  // new address or metadata
};

[[nodiscard]] const char* to_string(member_event_kind kind) noexcept;

struct member_event {
  member_event_kind kind = member_event_kind::joined;
  conclave::member member;  // after the change
};

}  // namespace conclave
