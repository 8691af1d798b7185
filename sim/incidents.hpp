// What can become of one datagram, and which datagram it is.
#pragma once

#include "sim/clock.hpp"
#include "sim/machine.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace conclave::sim {

// The number-th datagram from one machine to another, counted from 1.
struct message_key {
  machine_index from = 0;
  machine_index to = 0;
  std::uint32_t number = 0;

  friend auto operator<=>(const message_key&, const message_key&) = default;
};

// All that becomes of one datagram.
struct fate {
  bool lost = false;
  bool damaged = false;
  duration delay{};
  duration late{};  // on top of it
  bool repeated = false;
  duration copy_delay{};
  std::uint64_t damage_seed = 0;
};

enum class incident_kind : std::uint8_t { lose, repeat, damage, late };
inline constexpr std::size_t incident_kinds_count = 4;
[[nodiscard]] std::string_view to_string(incident_kind kind);

// One thing that happens to one datagram, and would not have to.
struct incident {
  message_key key;
  incident_kind kind = incident_kind::lose;
  duration by{};  // late: by how much

  friend auto operator<=>(const incident&, const incident&) = default;
};

}  // namespace conclave::sim
