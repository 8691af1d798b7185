// A quorum is a majority of the voters, and of the previous ones while they change.
#include "lock/quorum.hpp"

#include "bench_table.hpp"

#include <gtest/gtest.h>

#include <map>

namespace conclave::core {
namespace {

bool is_quorum(const voter_roster& roster, const std::vector<std::string>& names) {
  return quorum_value(roster, [&](node_id voter) {
    return std::ranges::any_of(names, [&](const std::string& n) { return node_id_of(n) == voter; });
  });
}

TEST(quorum, is_more_than_half_of_all_voters_never_of_those_seen) {
  EXPECT_TRUE(is_quorum(roster_with({"a"}), {"a"}));
  EXPECT_FALSE(is_quorum(roster_with({"a"}), {}));
  EXPECT_FALSE(is_quorum(roster_with({"a", "b"}), {"a"}));
  EXPECT_TRUE(is_quorum(roster_with({"a", "b"}), {"a", "b"}));
  EXPECT_FALSE(is_quorum(roster_with({"a", "b", "c", "d"}), {"a", "b"}));
  EXPECT_TRUE(is_quorum(roster_with({"a", "b", "c", "d"}), {"a", "b", "d"}));
  EXPECT_FALSE(is_quorum(roster_with({"a", "b", "c", "d", "e"}), {"a", "b"}));
  EXPECT_TRUE(is_quorum(roster_with({"a", "b", "c", "d", "e"}), {"a", "b", "e"}));
}

TEST(quorum, strangers_do_not_count) {
  EXPECT_FALSE(is_quorum(roster_with({"a", "b", "c"}), {"a", "x", "y", "z"}));
}

TEST(quorum, any_two_quorums_share_a_voter) {
  const std::vector<std::string> names = {"a", "b", "c", "d", "e"};
  for (std::size_t size = 1; size <= names.size(); ++size) {
    const voter_roster roster = roster_with({names.begin(), names.begin() + size});
    for (unsigned left = 0; left < (1U << size); ++left) {
      const unsigned right = ~left & ((1U << size) - 1);
      const auto chosen = [&](unsigned mask) {
        std::vector<std::string> picked;
        for (std::size_t i = 0; i < size; ++i) {
          if ((mask >> i & 1U) != 0) {
            picked.push_back(names[i]);
          }
        }
        return picked;
      };
      EXPECT_FALSE(is_quorum(roster, chosen(left)) && is_quorum(roster, chosen(right)));
    }
  }
}

TEST(quorum, while_the_voters_change_both_majorities_are_needed) {
  voter_roster joint = roster_with({"d", "e", "f"});
  joint.previous = roster_with({"a", "b", "c"}).voters;
  EXPECT_FALSE(is_quorum(joint, {"d", "e", "f"}));
  EXPECT_FALSE(is_quorum(joint, {"a", "b", "c", "d"}));
  EXPECT_TRUE(is_quorum(joint, {"a", "b", "d", "e"}));
}

TEST(quorum, deadline_is_the_majoritys_largest) {
  const voter_roster roster = roster_with({"a", "b", "c", "d", "e"});
  const std::map<node_id, int> until = {{node_id_of("a"), 50},
                                        {node_id_of("b"), 10},
                                        {node_id_of("c"), 40},
                                        {node_id_of("d"), 20},
                                        {node_id_of("e"), 30}};
  EXPECT_EQ(quorum_value(roster, [&](node_id voter) { return until.at(voter); }), 30);
}

TEST(quorum, a_roster_has_a_fingerprint_that_tells_it_from_any_other) {
  const voter_roster one = roster_with({"a", "b", "c"});
  EXPECT_EQ(one.fingerprint(), roster_with({"c", "a", "b"}).fingerprint());
  EXPECT_NE(one.fingerprint(), roster_with({"a", "b"}).fingerprint());
  voter_roster other = one;
  other.lease_ttl_max += 1ns;
  EXPECT_NE(one.fingerprint(), other.fingerprint());
  other = one;
  other.clock_drift_max_ppm += 1;
  EXPECT_NE(one.fingerprint(), other.fingerprint());
  other = one;
  std::swap(other.voters, other.previous);
  EXPECT_NE(one.fingerprint(), other.fingerprint());
  EXPECT_EQ(voter_roster{}.fingerprint(), 0U);
}

}  // namespace
}  // namespace conclave::core
