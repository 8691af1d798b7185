// What a test can do to the network beyond cutting it in two.
#include "who_works.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <stdexcept>
#include <string>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::uint64_t received(const host& by) {
  return by.node().counters().datagrams_received;
}

template <class Use>
std::string refusal(Use use) {
  try {
    use();
  } catch (const std::logic_error& refused) {
    return refused.what();
  }
  return "it was not refused";
}

TEST_F(who_works, is_only_the_one_of_many_groups_that_has_a_majority) {
  around.partition({{0, 1, 2}, {3}, {4}});
  settle();
  EXPECT_TRUE(works(0) && works(1) && works(2));
  EXPECT_FALSE(works(3) || works(4));
}

TEST_F(who_works, is_nobody_in_four_groups_until_they_heal) {
  around.partition({{0, 1}, {2}, {3}, {nodes[4]}});
  settle();
  EXPECT_EQ(done.grants, 0);
  around.heal();
  settle();
  EXPECT_GT(done.grants, 0);
}

TEST_F(who_works, is_everybody_in_a_ring_and_not_who_loses_a_neighbour) {
  around.ring({0, 3, 1, 4, 2});
  settle();
  EXPECT_TRUE(works(0) && works(1) && works(2) && works(3) && works(4));
  around.isolate(nodes[3]);
  settle();
  EXPECT_FALSE(works(0) || works(1)) << "each sees one other machine that is left, of five";
}

TEST_F(who_works, is_who_is_left_while_machines_are_cut_off_and_let_in_one_by_one) {
  around.swizzle({0, 1, 2, 3, 4}, 5s);
  std::vector<int> connected;
  for (int window = 0; window < 10; ++window) {
    around.run_for(100ms);
    std::vector<std::uint64_t> before;
    for (const host& each : nodes) {
      before.push_back(received(each));
    }
    around.run_for(4'900ms);
    connected.push_back(0);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      connected.back() += received(nodes[i]) > before[i] ? 1 : 0;
    }
  }
  EXPECT_THAT(connected, ElementsAre(4, 3, 2, 0, 0, 0, 2, 3, 4, 5));
}

TEST(a_swizzle, takes_machines_in_orders_that_the_seed_draws) {
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    world around(seed);
    const std::vector<host> nodes = around.add_nodes(3);
    around.run_for(2s);
    around.swizzle({0, 1, 2}, 1s);
    around.run_for(6s);
    try {
      around.require(false, "tell");
    } catch (const broken_run& broken) {
      const std::string told = broken.what();
      std::string order;
      for (std::size_t at = told.find("swizzle: "); at != std::string::npos;
           at = told.find("swizzle: ", at + 1)) {
        order += told.at(told.find("node-", at) + 5);
      }
      EXPECT_EQ(order.size(), 6U) << told;
      orders.insert(order);
    }
  }
  EXPECT_GT(orders.size(), 3U);
}

TEST(a_jam, of_a_machine_holds_all_back_and_lets_it_out_at_once) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(2);
  around.run_for(1s);
  around.jam(nodes[0], 10s);
  around.run_for(10ms);
  const std::uint64_t before[] = {received(nodes[0]), received(nodes[1])};
  around.run_for(9'989ms);
  EXPECT_EQ(received(nodes[0]), before[0]);
  EXPECT_EQ(received(nodes[1]), before[1]);
  around.run_for(2ms);
  EXPECT_GT(received(nodes[0]), before[0] + 2);
  EXPECT_GT(received(nodes[1]), before[1] + 2);
}

TEST(a_jam, of_a_link_leaves_the_way_back_open_and_ends_when_all_heals) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(2);
  around.run_for(1s);
  around.jam({0}, {1}, 1h);
  around.run_for(10ms);
  const std::uint64_t before[] = {received(nodes[0]), received(nodes[1])};
  around.run_for(10s);
  EXPECT_GT(received(nodes[0]), before[0]);
  EXPECT_EQ(received(nodes[1]), before[1]);
  around.heal();
  around.run_for(1ms);
  EXPECT_GT(received(nodes[1]), before[1] + 2);
  around.run_for(2h);
}

TEST(bandwidth, makes_datagrams_wait_for_each_other) {
  const auto nothing = [](world&, const auto&) {};
  const auto narrow = [](world& around, const auto& nodes) { around.bandwidth(nodes[0], 2'000); };
  const auto wide_again = [&](world& around, const auto& nodes) {
    narrow(around, nodes);
    around.bandwidth(nodes[0], 0);
  };
  EXPECT_LT(first_grant(nothing), 10ms);
  EXPECT_GT(first_grant(narrow), 40ms);
  EXPECT_LT(first_grant(wide_again), 10ms);
}

TEST(bandwidth, loses_what_would_wait_for_too_long) {
  const auto heard = [](std::chrono::nanoseconds queue_max) {
    world around(1);
    const std::vector<host> nodes = around.add_nodes(5);
    around.run_for(1s);
    around.bandwidth(nodes[0], 500, queue_max);
    const std::uint64_t before = nodes[0].node().counters().retransmissions;
    tally done;
    around.spawn(nodes[0], take_turns(nodes[0], done, 10ms));
    around.run_for(5s);
    around.bandwidth(nodes[0], 0);
    around.run_for(1min);
    return nodes[0].node().counters().retransmissions - before;
  };
  EXPECT_NE(heard(0s), heard(1h));
}

TEST(conditions, of_some_ways_leave_all_others_alone_until_all_are_alike) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(2);
  around.run_for(1s);
  around.network({0}, {1}, {.lost = 1});
  around.run_for(100ms);
  const std::uint64_t before[] = {received(nodes[0]), received(nodes[1])};
  around.run_for(5s);
  EXPECT_GT(received(nodes[0]), before[0]);
  EXPECT_EQ(received(nodes[1]), before[1]);
  around.network({});
  around.run_for(5s);
  EXPECT_GT(received(nodes[1]), before[1]);
}

TEST(conditions, of_a_link_make_only_that_one_slow) {
  const auto far = [](const group& from, const group& to) {
    return [=](world& around, const auto&) {
      around.network(from, to, {.delay_min = 200ms, .delay_max = 200ms});
    };
  };
  EXPECT_LT(first_grant(far({0}, {1})), 10ms) << "it has the other votes";
  EXPECT_GT(first_grant(far({0}, {1, 2})), 200ms);
  EXPECT_GT(first_grant(far({1, 2}, {0})), 200ms);
}

TEST(conditions, have_delays_of_a_shape) {
  const auto longest = [](delay_shape shape) {
    std::chrono::nanoseconds most{};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const auto shaped = [&](world& around, const auto&) {
        around.network({.delay_min = 0ms, .delay_max = 100ms, .shape = shape});
      };
      most = std::max(most, first_grant(shaped, seed));
    }
    return most;
  };
  EXPECT_LT(longest(delay_shape::uniform), 201ms) << "there and back";
  EXPECT_GT(longest(delay_shape::long_tailed), 201ms);
}

TEST_F(who_works, is_the_other_side_while_a_link_flaps) {
  int cuts = 0;
  around.alternate(
      500ms, 20s,
      [&] {
        ++cuts;
        around.partition({0, 1}, {2, 3, 4});
      },
      [&] { around.heal(); });
  settle();
  EXPECT_TRUE(works(2));
  around.run_for(10s);
  EXPECT_EQ(cuts, 20);
  settle();
  EXPECT_TRUE(works(0) && works(1) && works(2));
}

TEST(what_alternates, begins_at_once_and_ends_switched_off) {
  const auto story = [](std::chrono::nanoseconds step, std::chrono::nanoseconds length) {
    world around(1);
    std::string told;
    const auto tell = [&](const char* what) {
      told += what + std::to_string(around.now() / 1ms) + " ";
    };
    around.run_for(1s);
    around.alternate(
        step, length, [&] { tell("on"); }, [&] { tell("off"); });
    around.run_for(10s);
    return told;
  };
  EXPECT_EQ(story(100ms, 400ms), "on1000 off1100 on1200 off1300 ");
  EXPECT_EQ(story(100ms, 300ms), "on1000 off1100 on1200 off1300 ");
  EXPECT_EQ(story(100ms, 250ms), "on1000 off1100 on1200 off1250 ");
  EXPECT_EQ(story(1s, 250ms), "on1000 off1250 ");
}

TEST(faults_of_the_network, are_equal_in_equal_runs) {
  const auto digest = [](std::uint64_t seed) {
    world around(seed);
    const std::vector<host> nodes = around.add_nodes(5);
    tally done;
    for (const host& each : nodes) {
      around.spawn(each, take_turns(each, done, 10ms));
    }
    around.network({0}, {1, 2}, {.delay_max = 50ms, .shape = delay_shape::two_peaked, .lost = 0.1});
    around.bandwidth(nodes[3], 10'000);
    around.at(2s, [&] { around.jam(nodes[1], 300ms); });
    around.at(3s, [&] { around.swizzle({0, 1, 2, 3, 4}, 200ms); });
    around.at(6s, [&] { around.ring({0, 1, 2, 3, 4}); });
    around.run_for(10s);
    return around.digest();
  };
  EXPECT_EQ(digest(7), digest(7));
  EXPECT_NE(digest(7), digest(8));
}

TEST(faults_of_the_network, refuse_what_makes_no_sense_with_the_value_and_the_rule) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(5);
  const auto says = [](auto use, const char* words) {
    EXPECT_THAT(refusal(use), HasSubstr(words));
  };
  says([&] { around.partition({{0, 1}}); }, "partition: there are two groups or more");
  says([&] { around.partition({{0, 1}, {1, 2}}); }, "one group, not in two: {node-1}");
  says([&] { around.partition({{0, 1}, {}}); }, "partition: a group has machines");
  says([&] { around.partition({{0}, {5}}); }, "no machine has the index 5");
  says([&] { around.ring({0, 1, 2}); }, "ring: there are four machines or more, not 3");
  says([&] { around.ring({0, 1, 2, 1}); }, "ring: a machine has one place, not two: {node-1}");
  says([&] { around.swizzle({}, 1s); }, "swizzle: there are machines, not none");
  says([&] { around.swizzle({0}, 0s); }, "swizzle: the step is more than 0");
  says([&] { around.jam(nodes[0], -1ns); }, "jam: the length is from 0 to a year, not -1 ns");
  says([&] { around.jam({0}, {1}, 0s); }, "jam: the length is more than 0");
  says([&] { around.bandwidth(nodes[0], 1, -2ns); }, "bandwidth: queue_max is from 0");
  says([&] { around.network({.lost = 1.5}); }, "lost is between 0 and 1, not 1.5");
  says([&] { around.network({.duplicated = -1}); }, "duplicated is between 0 and 1, not -1");
  says([&] { around.network({.damaged = std::nan("")}); }, "damaged is between 0 and 1, not nan");
  says([&] { around.network({0}, {1}, {.late = 2}); }, "late is between 0 and 1, not 2");
  says([&] { around.network({0}, {1}, {.delay_min = 1s}); },
       "delay_max, 2000000 ns, is not less than delay_min, 1000000000 ns");
  says([&] { around.network({.delay_min = -1s}); }, "delay_min is from 0 to a year, not -1000");
  says(
      [&] {
        around.alternate(
            0s, 1s, [] {}, [] {});
      },
      "alternate: the step is more than 0");
  says(
      [&] {
        around.alternate(
            1s, -1s, [] {}, [] {});
      },
      "alternate: the length is from 0");
  says(
      [&] {
        around.alternate(
            1s, 1s, [] {}, nullptr);
      },
      "alternate: there are two actions");
}

}  // namespace

}  // namespace conclave::sim
