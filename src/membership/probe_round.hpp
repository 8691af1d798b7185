// What one node has asked of others and not heard back yet: its own probe, and those it relays.
#pragma once

#include "base/address.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace conclave::core {

// This node's probe of one member; one at a time.
//
//   start ------ probe_timeout ------ probe_interval
//     | ping           | ping_request      | no answer by any way: suspect
struct probe_round {
  probe_id probe;
  node_boot target;              // none: nobody to probe, or nobody to accuse
  std::vector<node_id> helpers;  // asked to probe it for us
  bool asked_others = false;
  bool answered = false;
  instant ask_others_at = never;
  instant ends_at = never;

  [[nodiscard]] bool is_open() const { return target.node && !answered; }
  [[nodiscard]] bool may_answer(node_id from) const {
    return from == target.node || std::ranges::find(helpers, from) != helpers.end();
  }
  [[nodiscard]] instant next() const {
    return is_open() && !asked_others && ask_others_at < ends_at ? ask_others_at : ends_at;
  }
};

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
