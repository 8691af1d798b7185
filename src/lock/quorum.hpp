// What a quorum is: the one place that decides it.
#pragma once

#include "base/check.hpp"
#include "base/ids.hpp"
#include "lock/roster.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <vector>

namespace conclave::core {

// The greatest v such that the voters whose value is at least v form a quorum: a majority of
// `voters`, and while `previous` is not empty a majority of those as well.
//
// With truth values it answers "does this hold for a quorum", with deadlines "until when does a
// quorum stand", with counters "what has a quorum reached".
template <class ValueOf>
[[nodiscard]] auto quorum_value(const voter_roster& roster, ValueOf value_of) {
  using value = std::decay_t<decltype(value_of(node_id{}))>;
  check(!roster.empty(), "a quorum needs voters");
  const auto majority_value = [&](const std::vector<node_id>& group) {
    check(group.size() <= voters_max, "the number of voters is bounded", group.size());
    std::array<value, voters_max> values{};
    const auto end = std::ranges::transform(group, values.begin(), value_of).out;
    const std::size_t majority = group.size() / 2 + 1;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(majority - 1);
    std::nth_element(values.begin(), at, end, std::greater<>());
    return *at;
  };
  const value now = majority_value(roster.voters);
  return roster.previous.empty() ? now : std::min(now, majority_value(roster.previous));
}

}  // namespace conclave::core
