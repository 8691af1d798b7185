// Reservations, read from the voters' own state.
#include "sim/checks/coverage.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace conclave::sim {

namespace {

bool lent_to(const core::lock_state* state, const belief& held) {
  const core::lent_vote* lent =
      state == nullptr ? nullptr : state->find_lent(held.who.process, held.asked_as);
  return lent != nullptr && lent->to.slot == held.slot;
}

}  // namespace

void last_loans::stops(std::size_t voter, const machine& where,
                       const std::vector<std::string>& locks) {
  const core::voter* lends = where.process ? where.process->lends() : nullptr;
  if (lends == nullptr || lends->abstains()) {
    return;
  }
  std::vector<loans>& all = by_voter_[voter].emplace(locks.size());
  for (std::size_t i = 0; i < locks.size(); ++i) {
    if (const core::lock_state* state = lends->find_lock(locks[i]); state != nullptr) {
      all[i].assign(state->lent.begin(), state->lent.end());
    }
  }
}

bool last_loans::was_lent(std::size_t voter, const belief& held) const {
  if (!by_voter_[voter]) {
    return true;
  }
  return std::ranges::any_of((*by_voter_[voter])[held.lock], [&](const core::lent_vote& last) {
    return last.to.is(held.who.process, held.asked_as) && last.to.slot == held.slot;
  });
}

true_time reserved_until(const machine& voter, const belief& held, const std::string& lock,
                         bool lent_before) {
  const core::voter* lends = voter.process ? voter.process->lends() : nullptr;
  if (lends == nullptr) {
    return lent_before ? end_of_time : true_time{};
  }
  if (lends->abstains()) {
    return lent_before ? voter.clock.first_reaching(voter.abstains_until) : true_time{};
  }
  if (lends->stopped()) {
    return lent_to(lends->find_lock(lock), held) ? end_of_time : true_time{};
  }
  const core::session* session = lends->find_session(held.who.process);
  const bool lent = session != nullptr && lent_to(lends->find_lock(lock), held);
  return lent ? voter.clock.first_reaching(
                    session->ends_for(*lends->locks().find(lock), held.asked_as))
              : true_time{};
}

true_time majority_until(std::span<const true_time> reserved) {
  std::array<true_time, core::voters_max> sorted{};
  const auto end = std::ranges::copy(reserved, sorted.begin()).out;
  const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(reserved.size() / 2);
  std::nth_element(sorted.begin(), at, end, std::greater<>());
  return *at;
}

}  // namespace conclave::sim
