// The agreed voters, as the core sees them.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace conclave::core {

inline constexpr std::size_t voters_max = 31;

struct voter_roster {
  core::epoch epoch;
  std::vector<node_id> voters;    // sorted, without duplicates
  std::vector<node_id> previous;  // while the voters change: the old ones, else empty
  duration lease_ttl_max{};
  std::int64_t clock_drift_max_ppm = 0;

  // True while this node has no voters at all: it watches and can't lock.
  [[nodiscard]] bool empty() const { return voters.empty(); }
  [[nodiscard]] bool names(node_id id) const;
  // Equal rosters have equal fingerprints; 0 for an empty one.
  [[nodiscard]] std::uint64_t fingerprint() const;
  // All sessions promised before an instant have lapsed this long after it.
  [[nodiscard]] duration abstention() const {
    return lengthened_by_drift(lease_ttl_max, clock_drift_max_ppm);
  }
};

}  // namespace conclave::core
