// A member that leaves is seen as left, not as dead, and stays so (docs/protocol.md, "Membership").
#include "solo.hpp"
#include "virtual_cluster.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

TEST(leaving, is_seen_as_left_by_all_and_by_nobody_as_dead) {
  virtual_cluster cluster(1);
  cluster.add_many(12);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  cluster.leave(4);
  cluster.run_for(120s);
  for (const std::size_t viewer : cluster.everyone()) {
    EXPECT_EQ(cluster.status(viewer, 4), member_status::left);
    EXPECT_EQ(cluster.count(viewer, member_event_kind::left, "node-4"), 1U);
    EXPECT_EQ(cluster.count(viewer, member_event_kind::died, "node-4"), 0U);
    EXPECT_EQ(cluster.count(viewer, member_event_kind::suspected, "node-4"), 0U);
    EXPECT_EQ(cluster.machine(viewer).table().live(), 11U);
  }
}

TEST(leaving, is_silent_afterwards) {
  virtual_cluster cluster(2);
  cluster.add_many(3);
  cluster.run_for(10s);
  cluster.leave(1);
  EXPECT_EQ(cluster.machine(1).next_deadline(), never);
  EXPECT_EQ(cluster.machine(1).table().self().status, member_status::left);
}

TEST(leaving, is_final_for_that_boot_and_a_greater_boot_comes_back) {
  virtual_cluster cluster(3);
  cluster.add_many(5);
  cluster.run_for(10s);
  cluster.leave(2);
  cluster.run_for(10s);
  cluster.restart(2);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 10s));
  for (const std::size_t viewer : {0U, 1U, 3U, 4U}) {
    EXPECT_EQ(cluster.count(viewer, member_event_kind::joined, "node-2"), 2U);
  }
}

TEST(leaving, before_joining_tells_nobody) {
  membership idle({.config = {},
                   .name = "idle",
                   .self_address = address_of(1),
                   .boot = {1},
                   .metadata = "",
                   .seeds = {address_of(2)},
                   .records = nullptr},
                  instant{}, random_source(1));
  membership_output out;
  idle.leave(instant{}, out);
  EXPECT_TRUE(out.sends.empty());
}

TEST(leaving, reaches_those_who_missed_the_rumours_when_they_compare_tables) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, update("a", 1, 1, member_status::left));
  node.hear("b", 1, update("b", 1, 1));
  node.hear("b", 1, sync_request{});
  const auto told = node.said_to<member_update>("b");
  EXPECT_TRUE(std::ranges::any_of(told, [](const member_update& one) {
    return one.name == "a" && one.status == member_status::left;
  }));
}

}  // namespace
}  // namespace conclave::core
