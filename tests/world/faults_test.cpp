// What a test can do to machines and their network.
#include "who_works.hpp"

#include <gtest/gtest.h>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST_F(who_works, is_the_side_with_a_majority_until_it_heals) {
  around.partition({0, 1}, {2, 3, 4});
  settle();
  EXPECT_FALSE(works(0) || works(1));
  EXPECT_TRUE(works(2) && works(3) && works(4));
  around.heal();
  settle();
  EXPECT_TRUE(works(0) && works(1) && works(2));
}

TEST_F(who_works, is_nobody_in_three_small_groups) {
  around.partition({0, 1}, {2, 3}, {4});
  settle();
  EXPECT_EQ(done.grants, 0);
}

TEST_F(who_works, is_also_who_stands_between_the_groups) {
  around.partition({nodes[0], nodes[1]}, {nodes[3], nodes[4]});
  settle();
  EXPECT_TRUE(works(2));
}

TEST_F(who_works, is_not_who_is_isolated) {
  around.isolate(nodes[3]);
  settle();
  EXPECT_FALSE(works(3));
  EXPECT_TRUE(works(0));
}

TEST_F(who_works, is_not_who_can_only_hear) {
  around.cut({0}, {1, 2, 3, 4});
  settle();
  EXPECT_FALSE(works(0));
  EXPECT_GT(nodes[0].node().counters().datagrams_received, 0U);
  EXPECT_TRUE(works(1));
}

TEST_F(who_works, is_not_who_stands_still_until_it_goes_on) {
  around.pause(nodes[2]);
  settle();
  EXPECT_FALSE(works(2));
  around.resume(nodes[2]);
  settle();
  EXPECT_TRUE(works(2));
}

TEST_F(who_works, is_not_who_sleeps_until_it_wakes) {
  around.suspend(nodes[2]);
  settle();
  EXPECT_FALSE(works(2));
  around.resume(nodes[2]);
  settle();
  EXPECT_TRUE(works(2));
}

TEST_F(who_works, is_nobody_while_everything_is_lost) {
  around.network({.lost = 1});
  settle();
  EXPECT_EQ(done.grants, 0);
  around.network({.lost = 0.2, .duplicated = 0.2, .damaged = 0.1, .late = 0.1});
  settle();
  EXPECT_GT(done.grants, 0);
}

TEST(a_paused_process, hears_afterwards_what_was_sent_and_a_sleeping_machine_does_not) {
  const auto received = [](void (world::*verb)(const host&)) {
    world around(1);
    const std::vector<host> nodes = around.add_nodes(2);
    around.run_for(1s);
    (around.*verb)(nodes[0]);
    const std::uint64_t before = nodes[0].node().counters().datagrams_received;
    around.run_for(10s);
    around.partition({0}, {1});
    around.run_for(1s);
    EXPECT_EQ(nodes[0].node().counters().datagrams_received, before);
    around.resume(nodes[0]);
    around.run_for(10ms);
    return nodes[0].node().counters().datagrams_received - before;
  };
  EXPECT_GT(received(&world::pause), 0U);
  EXPECT_EQ(received(&world::suspend), 0U);
}

TEST(a_paused_holder, finds_its_grant_expired) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  bool valid = true;
  loss_reason why = loss_reason::none;
  const auto holder = [&](conclave::node& node) -> asio::awaitable<void> {
    conclave::mutex orders(node, "orders");
    const grant held = co_await orders.async_lock(asio::use_awaitable);
    co_await sleep_for(2s);
    valid = held.valid();
    why = held.reason();
  };
  around.spawn(nodes[0], holder);
  around.at(1s, [&] { around.pause(nodes[0]); });
  around.at(20s, [&] { around.resume(nodes[0]); });
  around.run_for(30s);
  EXPECT_FALSE(valid);
  EXPECT_EQ(why, loss_reason::expired);
}

TEST(delays, are_those_that_are_asked_for) {
  const auto first_grant = [](std::chrono::nanoseconds delay) {
    world around(1);
    around.network({.delay_min = delay, .delay_max = delay});
    const std::vector<host> nodes = around.add_nodes(3);
    around.run_for(3s);
    tally done;
    around.spawn(nodes[0], hold_for_ever(nodes[0], done));
    const auto asked = around.now();
    around.run_until([&] { return done.grants == 1; }, 10s);
    return around.now() - asked;
  };
  EXPECT_LT(first_grant(1ms), 10ms);
  EXPECT_GE(first_grant(100ms), 200ms) << "a request and a vote";
}

TEST(nodes, without_a_vote_can_lock) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(5, {.voters = 3});
  tally done;
  around.spawn(nodes[4], take_turns(nodes[4], done, 10ms));
  around.run_for(3s);
  EXPECT_GT(done.grants, 10);
  EXPECT_EQ(nodes[4].settings().voters.size(), 3U);
}

TEST(wrong_use, is_refused_in_words) {
  world around(1);
  const host node = around.add_nodes(1).front();
  EXPECT_THROW(around.restart(node), std::logic_error);
  EXPECT_THROW(around.partition({0}, {7}), std::logic_error);
  EXPECT_THROW(around.add_nodes(32), std::logic_error);
  around.crash(node);
  EXPECT_THROW(around.crash(node), std::logic_error);
  EXPECT_THROW(around.pause(node), std::logic_error);
  EXPECT_THROW(around.resume(node), std::logic_error);
  EXPECT_THROW(static_cast<void>(node.get_executor()), std::logic_error);
  EXPECT_THROW(around.spawn(node, sleep_for(1s)), std::logic_error);
}

}  // namespace

}  // namespace conclave::sim
