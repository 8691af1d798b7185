// Slow and late machines, second processes of one name, and how a test aims at who has a lock.
#include "who_works.hpp"

#include <conclave/error.hpp>
#include <conclave/shared_mutex.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
namespace asio = boost::asio;

std::vector<std::size_t> indices(const std::vector<host>& of) {
  std::vector<std::size_t> all;
  for (const host& each : of) {
    all.push_back(each.index());
  }
  return all;
}

asio::awaitable<void> go_round(host where, int& rounds) {
  for (;;) {
    co_await asio::post(where.get_executor(), asio::use_awaitable);
    ++rounds;
  }
}

TEST(a_slow_machine, does_one_thing_after_the_other) {
  world around(1);
  const host node = around.add_nodes(1, {.make_nodes = false}).front();
  around.run_for(1s);
  int rounds = 0;
  around.slow(node, {.handler_takes = 10ms});
  around.spawn(node, [&](host where) { return go_round(where, rounds); });
  around.run_for(1s);
  EXPECT_GT(rounds, 90);
  EXPECT_LT(rounds, 101);
  around.crash(node);
  around.restart(node);
  rounds = 0;
  around.run_for(1s);
  EXPECT_LT(rounds, 101) << "the next process is as slow";
  around.slow(node, {});
  around.run_for(1s);
  EXPECT_GT(rounds, 1'000);
}

TEST(a_slow_machine, takes_its_time_for_each_datagram) {
  const auto delay_behind_datagrams = [](bool jammed) {
    world around(1);
    const std::vector<host> nodes = around.add_nodes(3);
    around.run_for(2s);
    if (jammed) {
      around.jam(nodes[0], 5s);
    } else {
      around.isolate(nodes[0]);
    }
    around.run_for(4'999ms);
    around.slow(nodes[0], {.handler_takes = 100ms});
    around.run_for(5ms);  // what was jammed has come
    const auto asked = around.now();
    std::chrono::nanoseconds ran{};
    around.spawn(nodes[0], [&](host) -> asio::awaitable<void> {
      ran = around.now();
      co_return;
    });
    around.run_for(10s);
    return ran - asked;
  };
  EXPECT_LT(delay_behind_datagrams(false), 500ms);
  EXPECT_GT(delay_behind_datagrams(true), 800ms);
}

TEST(a_late_machine, serves_at_once_what_arrives_and_its_timers_late) {
  const auto late_voter = [](world& around, const auto& nodes) {
    around.isolate(nodes[2]);
    around.slow(nodes[1], {.timers_late_max = 10s});
  };
  EXPECT_LT(first_grant(late_voter), 10ms);

  world around(1);
  const host node = around.add_nodes(1, {.make_nodes = false}).front();
  around.clock(node).rate(1);
  around.slow(node, {.timers_late_max = 80ms});
  int late = 0;
  around.spawn(node, [&](host) -> asio::awaitable<void> {
    for (int i = 0; i < 100; ++i) {
      const auto before = around.now();
      co_await sleep_for(100ms);
      EXPECT_LE(around.now() - before, 181ms);
      late += around.now() - before > 120ms ? 1 : 0;
    }
  });
  around.run_for(30s);
  EXPECT_GT(late, 50);
  EXPECT_LT(late, 95);
}

TEST(a_late_machine, whose_turns_are_late_serves_everything_late) {
  const auto late_turns = [](std::chrono::nanoseconds most) {
    return
        [=](world& around, const auto& nodes) { around.slow(nodes[0], {.turn_delay_max = most}); };
  };
  EXPECT_LT(first_grant(late_turns(0s)), 10ms);
  EXPECT_GT(first_grant(late_turns(1s)), 100ms);
}

TEST(a_late_machine, is_late_no_more_once_that_is_over) {
  world around(1);
  const host node = around.add_nodes(1, {.make_nodes = false}).front();
  around.slow(node, {.timers_late_max = 24h});
  around.run_for(1s);
  bool woken = false;
  around.spawn(node, [&](host) -> asio::awaitable<void> {
    co_await sleep_for(1s);
    woken = true;
  });
  around.run_for(100ms);
  around.slow(node, {});
  around.run_for(1s);
  EXPECT_TRUE(woken);
}

TEST(a_twin, supersedes_the_process_of_its_name) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(4, {.voters = 3});
  boost::system::error_code told;
  tally done;
  around.spawn(nodes[3], [&](conclave::node& node) -> asio::awaitable<void> {
    try {
      co_await take_turns(node, done, 10ms);
    } catch (const boost::system::system_error& ended) {
      told = ended.code();
    }
  });
  around.run_for(5s);
  EXPECT_FALSE(told);
  const host twin = around.add_twin(nodes[3]);
  EXPECT_EQ(twin.settings().name, nodes[3].settings().name);
  EXPECT_NE(twin.settings().bind, nodes[3].settings().bind);
  around.run_for(10s);
  EXPECT_EQ(told, errc::superseded);
  tally again;
  around.spawn(twin, take_turns(twin, again, 10ms));
  around.run_for(10s);
  EXPECT_GT(again.grants, 10);
}

TEST(a_twin, has_the_wall_clock_of_the_other_and_another_boot) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(4, {.voters = 3});
  const host twin = around.add_twin(nodes[3]);
  EXPECT_NE(twin.node().self().boot, nodes[3].node().self().boot);
  around.clock(nodes[3]).wall_ahead(-5min);
  EXPECT_EQ(around.clock(twin).wall(), around.clock(nodes[3]).wall());
  around.clock(twin).wall_ahead(1s);
  EXPECT_EQ(around.clock(twin).wall(), around.clock(nodes[3]).wall());
  around.crash(nodes[3]);
  around.run_for(1s);
  EXPECT_TRUE(twin.running());
}

TEST(who_says_goodbye, is_remembered_as_gone_and_another_process_starts) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(4, {.voters = 3});
  around.run_for(2s);
  nodes[3].node().async_leave(asio::detached);
  around.run_for(2s);
  const auto status = [&] {
    for (const member& each : nodes[0].node().members()) {
      if (each.name == nodes[3].name()) {
        return each.status;
      }
    }
    return member_status::dead;
  };
  EXPECT_EQ(status(), member_status::left);
  around.crash(nodes[3]);
  around.restart(nodes[3]);
  around.run_for(5s);
  EXPECT_EQ(status(), member_status::alive);
}

TEST(wall_clocks, can_jump_to_and_fro_and_rates_can_change) {
  world around(1);
  const host node = around.add_nodes(1).front();
  machine_clock clock = around.clock(node);
  const auto right = clock.wall() - around.now();
  around.alternate(
      10ms, 1s, [&] { clock.wall_ahead(2s); }, [&] { clock.wall_ahead(0s); });
  EXPECT_EQ(clock.wall() - around.now(), right + 2s);
  around.run_for(15ms);
  EXPECT_EQ(clock.wall() - around.now(), right);
  around.run_for(10ms);
  EXPECT_EQ(clock.wall() - around.now(), right + 2s);
  around.run_for(2s);
  EXPECT_EQ(clock.wall() - around.now(), right);
  around.alternate(
      1s, 10s, [&] { clock.rate(1.004); }, [&] { clock.rate(0.996); });
  around.run_for(500ms);
  EXPECT_NEAR(clock.rate(), 1.004, 1e-6);
  around.run_for(1s);
  EXPECT_NEAR(clock.rate(), 0.996, 1e-6);
}

TEST(the_holder, is_known_by_the_lock_and_can_be_cut_off) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(5);
  EXPECT_THAT(around.holders("orders"), IsEmpty());
  around.run_for(1s);
  tally done;
  around.spawn(nodes[2], hold_for_ever(nodes[2], done));
  around.run_for(1s);
  EXPECT_THAT(around.holders("orders"), ElementsAre(nodes[2]));
  EXPECT_THAT(around.holders("order"), IsEmpty());
  around.spawn(nodes[0], hold_for_ever(nodes[0], done));
  for (const host& each : around.holders("orders")) {
    around.isolate(each);
  }
  around.run_for(10s);
  EXPECT_THAT(done.order, ElementsAre("node-2", "node-0"));
  EXPECT_THAT(around.holders("orders"), ElementsAre(nodes[0]));
}

TEST(the_holder, is_whoever_believes_it_by_its_own_clock_even_while_it_stands_still) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  around.run_for(1s);
  tally done;
  around.spawn(nodes[1], hold_for_ever(nodes[1], done));
  around.run_for(1s);
  around.pause(nodes[1]);
  EXPECT_THAT(around.holders("orders"), ElementsAre(nodes[1]));
  around.run_for(10s);
  EXPECT_THAT(around.holders("orders"), IsEmpty());
  around.resume(nodes[1]);
  around.run_for(100ms);
  EXPECT_THAT(around.holders("orders"), IsEmpty());
}

TEST(holders, who_share_are_all_named) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(4);
  around.run_for(1s);
  const auto read = [](conclave::node& node) -> asio::awaitable<void> {
    conclave::shared_mutex orders(node, "orders");
    const grant held = co_await orders.async_lock_shared(asio::use_awaitable);
    co_await sleep_for(24h);
  };
  around.spawn(nodes[3], read);
  around.spawn(nodes[1], read);
  around.run_for(1s);
  EXPECT_EQ(indices(around.holders("orders")), (std::vector<std::size_t>{1, 3}));
  around.crash(nodes[1]);
  EXPECT_EQ(indices(around.holders("orders")), (std::vector<std::size_t>{3}));
}

TEST(voters, of_a_lock_are_those_by_whose_votes_it_is_held) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(6, {.voters = 5});
  around.run_for(2s);
  EXPECT_THAT(around.voters("orders"), IsEmpty());
  around.partition({{5, 0, 1, 3}, {2}, {4}});
  tally done;
  around.spawn(nodes[5], hold_for_ever(nodes[5], done));
  around.run_for(5s);
  ASSERT_EQ(done.grants, 1);
  EXPECT_EQ(indices(around.voters("orders")), (std::vector<std::size_t>{0, 1, 3}));
  // Without one of them it has no majority.
  around.isolate(around.voters("orders").front());
  around.run_for(10s);
  EXPECT_THAT(around.holders("orders"), IsEmpty());
  EXPECT_THAT(around.voters("orders"), IsEmpty());
}

TEST(aiming, does_not_change_a_run) {
  const auto digest = [](bool asks) {
    world around(3);
    const std::vector<host> nodes = around.add_nodes(3);
    tally done;
    for (const host& each : nodes) {
      around.spawn(each, take_turns(each, done, 10ms));
    }
    for (int i = 0; i < 100; ++i) {
      around.run_for(100ms);
      if (asks) {
        static_cast<void>(around.holders("orders"));
        static_cast<void>(around.voters("orders"));
      }
    }
    return around.digest();
  };
  EXPECT_EQ(digest(true), digest(false));
}

TEST(faults_of_machines, refuse_what_makes_no_sense_with_the_value_and_the_rule) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(31, {.voters = 3});
  const auto says = [](auto use, const char* words) {
    try {
      use();
      ADD_FAILURE() << "not refused: " << words;
    } catch (const std::logic_error& refused) {
      EXPECT_THAT(refused.what(), HasSubstr(words));
    }
  };
  says([&] { around.slow(nodes[0], {.handler_takes = -1ns}); },
       "slow: handler_takes is from 0 to a year, not -1 ns");
  says([&] { around.slow(nodes[0], {.timers_late_max = -2ns}); }, "timers_late_max is from 0");
  says([&] { around.slow(nodes[0], {.turn_delay_max = -3ns}); }, "turn_delay_max is from 0");
  says([&] { around.add_twin(nodes[2]); }, "a node with a vote has no twin, and node-2 has one");
  around.add_twin(nodes[3]);
  says([&] { around.add_twin(nodes[3]); }, "at most 32 machines");
}

}  // namespace

}  // namespace conclave::sim
