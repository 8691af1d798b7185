// Counting the votes of one request.
#include "lock/attempt.hpp"

#include <algorithm>

namespace conclave::core {

namespace {

template <class ValueOf>
auto over_votes(const attempt& one, const voter_roster& roster, const voter_views& views,
                ValueOf value_of) {
  std::size_t next = 0;  // both are in one order: mostly it is the next one
  return quorum_value(roster, [&](node_id voter) {
    const bool is_next = next < one.votes.size() && views.at(next).id == voter;
    const std::size_t index = is_next ? next : *views.index_of(voter);
    next = index + 1;
    return value_of(one.votes[index], views.at(index));
  });
}

}  // namespace

// Votes under the ballot that was asked for last are about to change: whoever watches would see
// this hold at another token than its own. Votes at one ballot are for one slot, by
// wanted::rounded(). It is looked at all the same: whoever has a permit must not rest on how a
// voter reckons.
agreement equal_quorum(const attempt& one, const voter_roster& roster, const voter_views& views,
                       instant now) {
  for (const vote_record& tried : one.votes) {
    const bool agreed =
        tried.ballot && tried.ballot >= one.min_ballot &&
        over_votes(one, roster, views, [&](const vote_record& vote, const voter_view& view) {
          return vote.ballot == tried.ballot && vote.slot == tried.slot &&
                 one.counts(vote, view, now);
        });
    if (agreed) {
      return {.ballot = tried.ballot, .slot = tried.slot};
    }
  }
  return {};
}

ballot unequal_quorum(const attempt& one, const voter_roster& roster, const voter_views& views,
                      instant now) {
  if (quorum_deadline(one, roster, views, now) <= now || equal_quorum(one, roster, views, now)) {
    return {};
  }
  ballot greatest;
  for (std::size_t i = 0; i < one.votes.size(); ++i) {
    if (one.votes[i].slot == one.slot && one.counts(one.votes[i], views.at(i), now)) {
      greatest = std::max(greatest, one.votes[i].ballot);
    }
  }
  return greatest;
}

bool quorum_has_voted(const attempt& one, const voter_roster& roster, const voter_views& views,
                      instant now) {
  return over_votes(one, roster, views, [&](const vote_record& vote, const voter_view& view) {
    return one.counts(vote, view, now);
  });
}

bool quorum_lends(permit_slot slot, const attempt& one, const voter_roster& roster,
                  const voter_views& views, instant now) {
  return over_votes(one, roster, views, [&](const vote_record& vote, const voter_view& view) {
    return vote.slot == slot && one.counts(vote, view, now);
  });
}

bool slot_is_possible(const attempt& one, const voter_roster& roster, const voter_views& views,
                      instant now) {
  return over_votes(one, roster, views, [&](const vote_record& vote, const voter_view& view) {
    return view.believed(now) && (!vote.ballot || vote.slot == one.slot);
  });
}

instant quorum_deadline(const attempt& one, const voter_roster& roster, const voter_views& views,
                        instant now) {
  return over_votes(one, roster, views, [&](const vote_record& vote, const voter_view& view) {
    return vote.slot == one.slot && one.counts(vote, view, now) ? one.lent_until(view) : long_ago;
  });
}

bool quorum_is_busy(const attempt& one, const voter_roster& roster, const voter_views& views,
                    instant now) {
  return !over_votes(one, roster, views, [&](const vote_record& vote, const voter_view& view) {
    return !vote.busy && (one.options.wait || view.believed(now));
  });
}

}  // namespace conclave::core
