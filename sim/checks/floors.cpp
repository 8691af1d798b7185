// Floors read from the voters' own state.
#include "sim/checks/floors.hpp"

#include <algorithm>

namespace conclave::sim {

namespace {

constexpr core::ballot everything{UINT64_MAX};

core::ballot kept_by(const core::voter& lends, const std::string& lock) {
  const core::lock_state* state = lends.find_lock(lock);
  return state == nullptr ? lends.locks().base() : state->greatest_used();
}

}  // namespace

void floors::watch(std::size_t voters) {
  voters_ = voters;
  locks_.clear();
}

floors::tokens& floors::of(lock_index lock) {
  while (locks_.size() <= lock) {
    locks_.push_back({.last = {}, .kept = std::vector(voters_, everything)});
  }
  return locks_[lock];
}

void floors::given(lock_index lock, fencing_token token) {
  tokens& known = of(lock);
  known.last = std::max(known.last, core::ballot{token.value()});
}

void floors::look(std::size_t voter, const machine& where, const std::vector<std::string>& locks) {
  const core::voter* lends = where.process ? where.process->lends() : nullptr;
  const bool can_lend = lends != nullptr && !lends->stopped() && !lends->abstains();
  for (lock_index lock = 0; lock < locks.size(); ++lock) {
    of(lock).kept[voter] = can_lend ? kept_by(*lends, locks[lock]) : everything;
  }
}

std::string floors::forgotten(const std::vector<std::string>& locks) const {
  for (lock_index lock = 0; lock < locks_.size(); ++lock) {
    const tokens& known = locks_[lock];
    const auto forgetful = static_cast<std::size_t>(std::ranges::count_if(
        known.kept, [&](const core::ballot& kept) { return kept < known.last; }));
    if (forgetful > voters_ / 2) {
      return "\"" + locks[lock] + "\": " + std::to_string(forgetful) +
             " voters, a quorum, would lend under the last token " +
             std::to_string(known.last.value);
    }
  }
  return {};
}

}  // namespace conclave::sim
