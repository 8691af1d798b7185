// What one node has asked of others and not heard back yet: its own probes, and those it relays.
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace conclave::core {

// This node's probe of one member.
//
//   start -- probe_timeout -- 2 probe_timeout -- 3 probe_timeout
//     | ping     | ping             | ping               | no answer by any way: it is accused
//     |          | ping_request     | ping_request
struct probe_round {
  probe_id probe;
  node_boot target;
  std::uint32_t incarnation = 0;  // at which it is accused
  std::vector<node_id> helpers;   // asked to probe it for us
  unsigned asked = 0;             // how often
  instant began_at{};
  instant next_at = never;  // when to ask again, or to accuse

  [[nodiscard]] bool may_answer(node_id from) const {
    return from == target.node || std::ranges::find(helpers, from) != helpers.end();
  }
};

// Of the node's own period, and to find out for itself about those whom others accuse.
inline constexpr std::size_t probe_rounds_max = 8;

// A probe that this node makes for somebody else.
struct relay {
  probe_id probe;   // of our ping
  node_id target;   // who has to answer it
  probe_id wanted;  // the probe that the asker waits for
  node_id asker;
  address asker_where;
  instant expires_at{};
};

inline constexpr std::size_t relays_max = 256;

// Oldest first; all live equally long, so they expire in that order.
using relays = std::vector<relay>;

}  // namespace conclave::core
