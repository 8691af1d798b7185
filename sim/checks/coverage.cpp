// Reservations, read from the voters' own state.
#include "sim/checks/coverage.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace conclave::sim {

true_time reserved_until(const machine& voter, const holder& who, const std::string& lock) {
  if (!voter.process || voter.process->lends() == nullptr || voter.process->lends()->stopped()) {
    return end_of_time;
  }
  const core::voter& lends = *voter.process->lends();
  if (lends.abstains()) {
    return voter.clock.first_reaching(voter.abstains_until);
  }
  const core::session* session = lends.find_session(who.process);
  const core::lock_state* state = session == nullptr ? nullptr : lends.find_lock(lock);
  const bool lent = state != nullptr && state->lent && state->lent->to.is(who.process, who.request);
  return lent ? voter.clock.first_reaching(session->until) : true_time{};
}

true_time majority_until(std::span<const true_time> reserved) {
  std::array<true_time, core::voters_max> sorted{};
  const auto end = std::ranges::copy(reserved, sorted.begin()).out;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(reserved.size() / 2);
  std::nth_element(sorted.begin(), at, end, std::greater<>());
  return *at;
}

}  // namespace conclave::sim
