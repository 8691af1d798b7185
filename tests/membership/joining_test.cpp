// Who joins is seen by all, through whichever seed (docs/protocol.md, "Membership").
#include "solo.hpp"
#include "virtual_cluster.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

TEST(joining, through_any_one_seed_makes_all_see_all) {
  virtual_cluster cluster(1);
  cluster.add({.name = "node-0", .seeds = {}});
  for (std::size_t i = 1; i < 9; ++i) {
    cluster.add({.name = "node-" + std::to_string(i), .seeds = {i - 1}});
  }
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 10s));
  for (std::size_t i = 0; i < 9; ++i) {
    EXPECT_TRUE(cluster.joined(i));
    EXPECT_EQ(cluster.machine(i).table().live(), 9U);
    EXPECT_EQ(cluster.count(0, member_event_kind::joined, "node-" + std::to_string(i)),
              i == 0 ? 0U : 1U);
  }
}

TEST(joining, needs_no_more_than_one_seed_that_answers) {
  virtual_cluster cluster(2);
  cluster.add_many(4);
  cluster.run_for(5s);
  cluster.crash(1);
  cluster.crash(2);
  const std::size_t last = cluster.add({.name = "last", .seeds = {1, 2, 3}});
  EXPECT_TRUE(cluster.run_until([&] { return cluster.joined(last); }, 1s));
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 10s));
}

TEST(joining, is_tried_again_until_a_seed_answers) {
  virtual_cluster cluster(3);
  cluster.add_many(1);
  cluster.lose(1.0);
  cluster.add({.name = "late", .seeds = {0}});
  cluster.run_for(20s);
  EXPECT_FALSE(cluster.joined(1));
  cluster.lose(0.0);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.joined(1) && cluster.all_see_all(); }, 3s));
}

// All its seeds have moved, but others know the node from before and speak to it.
TEST(joining, by_a_member_that_has_found_the_node_when_no_seed_answers) {
  solo node({}, {address_of(1)});
  node.hear("a", 1, update("a", 1, 1));
  node.pass(membership_config().probe_interval);
  EXPECT_EQ(node.said_to<sync_request>("a").size(), 1U);
  EXPECT_FALSE(node.out().join_answered);
  node.hear("a", 1, sync_page_end{.next = 0});
  EXPECT_TRUE(node.out().join_answered);
}

// Who was there in an earlier run is tried, whether there are seeds or not.
TEST(joining, through_peers_of_an_earlier_run) {
  const address here = address_of(1'000);
  for (const bool has_seeds : {false, true}) {
    membership machine({.config = {},
                        .name = "self",
                        .self_address = here,
                        .boot = {50},
                        .metadata = "",
                        .seeds = has_seeds ? std::vector{address_of(1)} : std::vector<address>(),
                        .former_peers = {address_of(2), here},
                        .records = nullptr},
                       instant{}, random_source(7));
    membership_output out;
    machine.join(instant{}, out);
    const auto asked = [&] {
      return std::ranges::any_of(
          out.sends, [](const gossip_send& sent) { return sent.where == address_of(2); });
    };
    EXPECT_EQ(asked(), !has_seeds) << "at once, where nobody else is known";
    for (instant now{}; now < instant(3s); now += 100ms) {
      machine.tick(now, out);
    }
    EXPECT_TRUE(asked());
    EXPECT_TRUE(std::ranges::none_of(out.sends,
                                     [&](const gossip_send& sent) { return sent.where == here; }));
    EXPECT_EQ(out.join_answered, !has_seeds);
    machine.check_invariants();
  }
}

TEST(joining, without_seeds_is_done_at_once) {
  solo first;
  EXPECT_TRUE(first.out().join_answered);
}

TEST(joining, asks_no_seed_that_is_the_node_itself) {
  const solo first({}, {address_of(1'000)});
  EXPECT_EQ(first.machine().table().size(), 1U);
  EXPECT_NE(first.machine().next_deadline(), never);
  solo again({}, {address_of(1'000)});
  EXPECT_TRUE(again.out().join_answered);
  EXPECT_TRUE(again.out().sends.empty());
}

TEST(joining, is_told_to_those_who_were_there_even_when_the_first_frame_was_all_that_came) {
  virtual_cluster cluster(4);
  cluster.add_many(5);
  cluster.run_for(5s);
  const std::size_t last = cluster.add({.name = "last", .seeds = {0}});
  cluster.run_for(30ms);
  cluster.block(last, 1);
  cluster.block(last, 2);
  cluster.block(last, 3);
  cluster.block(last, 4);
  EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 10s));
}

TEST(joining, says_nothing_before_it_is_asked_to) {
  membership idle({.config = {},
                   .name = "idle",
                   .self_address = address_of(1),
                   .boot = {1},
                   .metadata = "",
                   .seeds = {},
                   .records = nullptr},
                  instant{}, random_source(1));
  membership_output out;
  EXPECT_EQ(idle.next_deadline(), never);
  idle.handle({.node = node_id_of("a"), .boot = {1}}, address_of(2),
              ping{.probe = {1}, .target = {}}, instant{}, out);
  EXPECT_TRUE(out.sends.empty());
}

TEST(joining, runs_alike_from_the_same_seed) {
  const auto run = [](std::uint64_t seed) {
    virtual_cluster cluster(seed);
    cluster.lose(0.1);
    cluster.add_many(8);
    cluster.run_for(10s);
    cluster.crash(3);
    cluster.run_for(30s);
    return cluster.digest_of_run();
  };
  EXPECT_EQ(run(11), run(11));
  EXPECT_NE(run(11), run(12));
}

TEST(joining, a_copy_of_a_machine_goes_on_alike) {
  solo original;
  original.hear("a", 1, update("a", 1, 1));
  original.hear("b", 1, update("b", 1, 1));
  solo copy = original;
  original.pass(30s);
  copy.pass(30s);
  ASSERT_EQ(original.out().sends.size(), copy.out().sends.size());
  for (std::size_t i = 0; i < copy.out().sends.size(); ++i) {
    EXPECT_EQ(to_text(original.out().sends[i].content), to_text(copy.out().sends[i].content));
  }
  EXPECT_EQ(copy.find("a")->status, member_status::dead);
}

}  // namespace
}  // namespace conclave::core
