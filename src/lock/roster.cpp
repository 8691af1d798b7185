// Rosters: membership and fingerprint.
#include "lock/roster.hpp"

#include "base/digest.hpp"

#include <algorithm>

namespace conclave::core {

bool voter_roster::names(node_id id) const {
  return std::ranges::binary_search(voters, id) || std::ranges::binary_search(previous, id);
}

std::uint64_t voter_roster::fingerprint() const {
  if (empty()) {
    return 0;
  }
  digest all;
  all.add(epoch.value);
  for (const auto* group : {&voters, &previous}) {
    all.add(group->size());
    for (const node_id id : *group) {
      all.add(id.value);
    }
  }
  all.add(static_cast<std::uint64_t>(lease_ttl_max.count()));
  all.add(static_cast<std::uint64_t>(clock_drift_max_ppm));
  return std::max<std::uint64_t>(all.value(), 1);
}

}  // namespace conclave::core
