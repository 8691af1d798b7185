// Until when the voters keep their votes for a holder: what its belief must rest on.
#pragma once

#include "sim/checks/beliefs.hpp"
#include "sim/machine.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace conclave::sim {

// To whom the voters had lent their votes when they were stopped.
class last_loans {
 public:
  void watch(std::size_t voters) { by_voter_.assign(voters, std::nullopt); }
  // Before the process of this voter ends. One that abstains has lent nothing: what an earlier
  // process did stands.
  void stops(std::size_t voter, const machine& where, const std::vector<std::string>& locks);
  // Of one that never ran nothing is known: it may have been lent to anybody.
  [[nodiscard]] bool was_lent(std::size_t voter, const belief& held) const;

 private:
  using loans = std::vector<core::lent_vote>;
  std::vector<std::optional<std::vector<loans>>> by_voter_;  // by lock
};

// Until when this voter lends its vote on the lock to nobody but the holder, as its state stands:
// while it runs, what its session promises; while it is down or abstains, what that keeps it from,
// if it had lent to the holder before. The past when it is bound to nothing.
[[nodiscard]] true_time reserved_until(const machine& voter, const belief& held,
                                       const std::string& lock, bool lent_before);

// Until when a majority of these stands.
[[nodiscard]] true_time majority_until(std::span<const true_time> reserved);

}  // namespace conclave::sim
