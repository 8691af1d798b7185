// Until when the voters keep their votes for a holder: what its belief must rest on.
#pragma once

#include "sim/checks/beliefs.hpp"
#include "sim/machine.hpp"

#include <span>
#include <string>

namespace conclave::sim {

// Until when this voter lends its vote on the lock to nobody but the holder, as its state stands:
// while it runs, what its session promises; while it is down or abstains, what that keeps it from.
// The past when it is bound to nothing.
[[nodiscard]] true_time reserved_until(const machine& voter, const holder& who,
                                       const std::string& lock);

// Until when a majority of these stands.
[[nodiscard]] true_time majority_until(std::span<const true_time> reserved);

}  // namespace conclave::sim
