// Nodes with stale tables come together by themselves: after partitions, restarts and losses.
#include "solo.hpp"
#include "virtual_cluster.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

constexpr auto long_enough_to_bury = 90s;

void expect_none_seen_dead(const virtual_cluster& cluster, std::size_t viewer,
                           std::size_t subject) {
  EXPECT_EQ(cluster.count(viewer, member_event_kind::died, "node-" + std::to_string(subject)), 0U)
      << viewer << " of " << subject;
}

TEST(merging, halves_of_a_partition_find_each_other_when_it_heals) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    virtual_cluster cluster(seed);
    cluster.add_many(10);
    ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
    cluster.split({5, 6, 7, 8, 9});
    cluster.run_for(long_enough_to_bury);
    ASSERT_EQ(cluster.status(0, 7), member_status::dead);
    ASSERT_EQ(cluster.status(7, 0), member_status::dead);
    EXPECT_TRUE(cluster.all_see_all({0, 1, 2, 3, 4}));
    EXPECT_TRUE(cluster.all_see_all({5, 6, 7, 8, 9}));
    cluster.heal();
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
    cluster.run_for(60s);
    EXPECT_TRUE(cluster.all_see_all());
    // Nobody was accused on its own side by what the other side believed.
    for (std::size_t viewer = 0; viewer < 10; ++viewer) {
      for (std::size_t subject = viewer < 5 ? 0 : 5; subject < (viewer < 5 ? 5U : 10U); ++subject) {
        expect_none_seen_dead(cluster, viewer, subject);
      }
    }
  }
}

// All know each other, and forget soon who is gone.
virtual_cluster forgetful(std::size_t count) {
  membership_config config;
  config.forget_after = 30s;
  virtual_cluster cluster(4, config);
  cluster.add_many(count);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  return cluster;
}

TEST(merging, happens_through_the_seeds_when_the_dead_are_forgotten) {
  virtual_cluster cluster = forgetful(6);
  cluster.split({3, 4, 5});
  cluster.run_for(5min);
  ASSERT_EQ(cluster.machine(0).table().size(), 3U);
  ASSERT_EQ(cluster.machine(5).table().size(), 3U);
  cluster.heal();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
}

TEST(merging, happens_through_the_dead_when_no_seed_is_on_the_other_side) {
  virtual_cluster cluster(5);
  cluster.add({.name = "node-0", .seeds = {}});
  cluster.add({.name = "node-1", .seeds = {0}});
  cluster.add({.name = "node-2", .seeds = {1}});
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  cluster.crash(0);
  cluster.crash(1);
  cluster.run_for(long_enough_to_bury);
  // It knows nobody, and the only seed of who remembers it is down.
  cluster.restart(0);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 60s));
}

// The seeds are gone for good, and each side has forgotten the other.
TEST(merging, happens_through_addresses_that_are_remembered_when_all_else_is_forgotten) {
  virtual_cluster cluster = forgetful(7);
  cluster.crash(0);
  cluster.split({4, 5, 6});
  cluster.run_for(1h);
  ASSERT_EQ(cluster.machine(1).table().size(), 3U);
  ASSERT_EQ(cluster.machine(5).table().size(), 3U);
  cluster.heal();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
}

TEST(merging, of_one_that_was_alone_for_long_needs_no_seed) {
  virtual_cluster cluster = forgetful(7);
  cluster.crash(0);
  cluster.split({6});
  cluster.run_for(1h);
  ASSERT_EQ(cluster.machine(6).table().size(), 1U);
  cluster.heal();
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
}

TEST(merging, costs_a_bounded_rate_however_many_are_gone) {
  virtual_cluster cluster(6);
  cluster.add_many(20);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
  for (std::size_t i = 1; i < 20; ++i) {
    cluster.crash(i);
  }
  cluster.run_for(5min);
  ASSERT_EQ(cluster.machine(0).table().live(), 1U);
  cluster.forget_log();
  cluster.run_for(60s);
  // One of the dead each 3.75 to 6.25 s, with three messages.
  EXPECT_LE(cluster.log().size(), 3 * 17U);
  EXPECT_GE(cluster.log().size(), 3 * 9U);
}

TEST(merging, one_who_wrongly_believes_another_dead_is_put_right) {
  virtual_cluster cluster(7);
  cluster.add_many(6);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  cluster.run_for(30s);
  // All traffic between the two is lost while the lie is told, so no refutation meets it.
  member_update lie = *cluster.machine(1).update_about(cluster.id(2).node);
  lie.status = member_status::dead;
  cluster.inject(1, cluster.id(3), cluster.where(3), lie);
  ASSERT_EQ(cluster.status(1, 2), member_status::dead);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  EXPECT_GE(cluster.machine(2).table().self().incarnation, 2U);
}

TEST(merging, two_who_cannot_reach_each_other_are_put_right_by_the_others) {
  virtual_cluster cluster(12);
  cluster.add_many(6);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  cluster.run_for(30s);
  for (const auto& [viewer, subject] : {std::pair(1U, 2U), std::pair(2U, 1U)}) {
    for (std::size_t other = 0; other < 6; ++other) {
      cluster.block(viewer, other);
    }
    member_update lie = *cluster.machine(viewer).update_about(cluster.id(subject).node);
    lie.status = member_status::dead;
    cluster.inject(viewer, cluster.id(3), cluster.where(3), lie);
    ASSERT_EQ(cluster.status(viewer, subject), member_status::dead);
  }
  const auto told_nobody = [&] {
    return cluster.machine(1).rumours_left() + cluster.machine(2).rumours_left() == 0;
  };
  ASSERT_TRUE(cluster.run_until(told_nobody, 20s));
  ASSERT_EQ(cluster.machine(0).table().live(), 6U);
  for (std::size_t other = 0; other < 6; ++other) {
    if (other != 2) {
      cluster.unblock(1, other);
    }
    if (other != 1) {
      cluster.unblock(2, other);
    }
  }
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
  for (const std::size_t viewer : {0U, 3U, 4U, 5U}) {
    expect_none_seen_dead(cluster, viewer, 1);
    expect_none_seen_dead(cluster, viewer, 2);
  }
}

TEST(merging, a_restart_replaces_the_older_boot_everywhere) {
  virtual_cluster cluster(8);
  cluster.add_many(8);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  cluster.restart(3);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 10s));
  cluster.run_for(60s);
  EXPECT_TRUE(cluster.all_see_all());
  for (std::size_t viewer = 0; viewer < 8; ++viewer) {
    expect_none_seen_dead(cluster, viewer, 3);
    if (viewer != 3) {
      EXPECT_EQ(cluster.count(viewer, member_event_kind::joined, "node-3"), 2U);
    }
  }
}

TEST(merging, two_processes_of_one_name_end_with_the_newer_one) {
  virtual_cluster cluster(9);
  cluster.add_many(4);
  cluster.run_for(10s);
  const std::size_t other = cluster.add({.name = "node-2", .seeds = {0}});
  // The same boot number would be a broken promise; a smaller one is an old process.
  member_update newer = *cluster.machine(0).update_about(cluster.id(2).node);
  newer.boot = newer.boot.next();
  cluster.inject(2, cluster.id(0), cluster.where(0), newer);
  EXPECT_EQ(cluster.superseded_by(2), newer.boot);
  EXPECT_FALSE(cluster.superseded_by(other));
}

TEST(merging, a_member_unknown_to_one_node_becomes_known_by_comparing_tables) {
  virtual_cluster cluster(10);
  cluster.add_many(8);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  cluster.run_for(30s);
  // A silent ghost that only node 4 has heard of and that speaks to nobody: no rumour is left of
  // it.
  member_update ghost = update("ghost", 1, 1);
  ghost.where = cluster.where(4);
  std::size_t knows = 0;
  cluster.lose(1.0);
  cluster.inject(4, cluster.id(5), cluster.where(5), ghost);
  cluster.run_for(3s);
  ASSERT_EQ(cluster.machine(4).rumours_left(), 0U);
  cluster.lose(0.0);
  cluster.run_for(12s);
  for (std::size_t i = 0; i < 8; ++i) {
    knows += cluster.machine(i).table().find(node_id_of("ghost")) != nullptr ? 1 : 0;
  }
  EXPECT_GT(knows, 1U);
}

}  // namespace
}  // namespace conclave::core
