// A crash ends a process without a word, whatever its coroutines were doing.
#include "service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>

#include <memory>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

// When another node gets the lock that the first one held until `end` was done to it at 1 s.
std::chrono::nanoseconds handed_over(const std::function<void(world&, const host&)>& end,
                                     lock_options options = {}) {
  world around(3);
  const std::vector<host> nodes = around.add_nodes(3);
  tally done;
  around.spawn(nodes[0], hold_for_ever(nodes[0], done, options));
  std::chrono::nanoseconds had{};
  const auto next = [&](conclave::node& node) -> asio::awaitable<void> {
    co_await sleep_for(500ms);
    conclave::mutex orders(node, "orders");
    const grant held = co_await orders.async_lock(asio::use_awaitable);
    had = around.now();
  };
  around.spawn(nodes[1], next);
  around.at(1s, [&] { end(around, nodes[0]); });
  around.run_for(30s);
  EXPECT_EQ(done.grants, 1);
  return had;
}

TEST(crash, leaves_its_locks_to_their_leases) {
  const auto crashed = handed_over([](world& around, const host& node) { around.crash(node); });
  const auto left = handed_over(
      [](world&, const host& node) { node.node().async_leave([](boost::system::error_code) {}); });
  EXPECT_LT(left, 1'500ms) << "who leaves gives its locks back";
  // The lease of 3 s was prolonged shortly before.
  EXPECT_GT(crashed, 3s);
  EXPECT_LT(crashed, 6s);
}

TEST(crash, leaves_a_lock_sooner_that_has_a_lease_of_its_own) {
  const auto crash = [](world& around, const host& node) { around.crash(node); };
  const auto crashed = handed_over(crash, {.lease = 300ms});
  EXPECT_GT(crashed, 1'150ms);
  EXPECT_LT(crashed, 1'650ms);
}

TEST(crash, destroys_coroutines_wherever_they_wait) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  tally done;
  around.spawn(nodes[1], hold_for_ever(nodes[1], done));
  const auto alive = std::make_shared<int>(0);
  const auto holds = [](conclave::node& node, std::shared_ptr<int>) -> asio::awaitable<void> {
    conclave::mutex other(node, "other");
    const grant held = co_await other.async_lock(asio::use_awaitable);
    co_await sleep_for(1h);
  };
  const auto waits = [](conclave::node& node, std::shared_ptr<int>) -> asio::awaitable<void> {
    co_await sleep_for(500ms);
    conclave::mutex orders(node, "orders");
    const grant never = co_await orders.async_lock(asio::use_awaitable);
  };
  around.spawn(nodes[0], holds(nodes[0], alive));
  around.spawn(nodes[0], waits(nodes[0], alive));
  asio::co_spawn(asio::make_strand(nodes[0].get_executor()), waits(nodes[0], alive),
                 asio::detached);
  around.run_for(2s);
  asio::post(nodes[0].get_executor(), [alive] {});
  EXPECT_GE(alive.use_count(), 5);
  around.crash(nodes[0]);
  EXPECT_EQ(alive.use_count(), 1);
  EXPECT_FALSE(nodes[0].running());
  around.run_for(1s);
}

TEST(crash, of_a_node_that_is_joining_destroys_who_waits_for_it) {
  world around(1);
  const auto alive = std::make_shared<int>(0);
  const auto service = [](host where, std::shared_ptr<int>) -> asio::awaitable<void> {
    config settings = where.settings();
    settings.seeds = {"node-1:1", "nobody:1"};
    conclave::node own(where.get_executor(), settings);
    co_await own.async_join(1h, asio::use_awaitable);
  };
  const std::vector<host> hosts = around.add_nodes(2, {.make_nodes = false});
  around.spawn(hosts[0], service(hosts[0], alive));
  around.run_for(2s);
  EXPECT_EQ(alive.use_count(), 2);
  around.crash(hosts[0]);
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(crash, tells_nobody_in_the_process) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  bool told = false;
  const auto holder = [&](conclave::node& node) -> asio::awaitable<void> {
    conclave::mutex orders(node, "orders");
    const grant held = co_await orders.async_lock(asio::use_awaitable);
    const std::stop_callback on_loss(held.stop_token(), [&] { told = true; });
    co_await sleep_for(1h);
  };
  around.spawn(nodes[0], holder);
  around.run_for(2s);
  around.crash(nodes[0]);
  around.run_for(10s);
  EXPECT_FALSE(told);
}

TEST(crash, takes_along_the_loss_that_was_about_to_be_told) {
  world around(1);
  const host node = around.add_nodes(1).front();
  grant kept;
  const auto take = [&](conclave::node& where) -> asio::awaitable<void> {
    conclave::mutex orders(where, "orders");
    kept = co_await orders.async_lock(asio::use_awaitable);
  };
  around.spawn(node, take);
  around.run_for(2s);
  bool told = false;
  const std::stop_callback on_loss(kept.stop_token(), [&] { told = true; });
  around.pause(node);
  around.run_for(20s);
  EXPECT_EQ(kept.reason(), loss_reason::expired);
  around.crash(node);
  EXPECT_FALSE(told);
}

TEST(crash, asked_for_by_the_process_itself_lets_it_run_to_where_it_waits) {
  world around(1);
  const host node = around.add_nodes(1).front();
  int steps = 0;
  const auto suicidal = [&](conclave::node& own) -> asio::awaitable<void> {
    co_await sleep_for(1s);
    around.crash(node);
    EXPECT_EQ(own.self().name, "node-0") << "it is still there for who runs";
    ++steps;
    co_await sleep_for(1s);
    ++steps;
  };
  around.spawn(node, suicidal);
  around.run_for(5s);
  EXPECT_EQ(steps, 1);
  EXPECT_FALSE(node.running());
}

TEST(restart, starts_the_service_again_and_keeps_what_was_stored) {
  world around(1);
  const host node = around.add_nodes(1).front();
  const auto service = [&](host where) -> asio::awaitable<void> {
    around.disk(where)["starts"] += "x";
    co_await sleep_for(1h);
  };
  around.spawn(node, service);
  around.run_for(1s);
  around.crash(node);
  around.run_for(1s);
  around.restart(node);
  around.run_for(1s);
  EXPECT_EQ(around.disk(node)["starts"], "xx");
  around.crash(node);
  around.restart(node, stored::lost);
  around.run_for(1s);
  EXPECT_EQ(around.disk(node)["starts"], "x");
}

TEST(restart, makes_a_newer_process_of_the_same_name) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  around.run_for(1s);
  const std::uint64_t before = nodes[0].node().self().boot;
  around.at(2s, [&] {
    around.crash(nodes[0]);
    around.restart(nodes[0]);
  });
  around.run_for(3s);
  EXPECT_GT(nodes[0].node().self().boot, before);
  tally done;
  around.spawn(nodes[0], take_turns(nodes[0], done, 10ms));
  around.run_for(5s);
  EXPECT_GT(done.grants, 10);
}

TEST(restart, at_the_instant_of_the_first_start_is_newer_all_the_same) {
  world around(1);
  const host node = around.add_nodes(1).front();
  const std::uint64_t before = node.node().self().boot;
  around.crash(node);
  around.restart(node);
  EXPECT_GT(node.node().self().boot, before);
}

// README, "Know before you rely on it": a restarted voter abstains.
TEST(restart, of_a_majority_stops_all_locks_for_a_while) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  tally done;
  around.run_for(1s);
  for (const host& each : {nodes[1], nodes[2]}) {
    around.crash(each);
    around.restart(each);
  }
  around.spawn(nodes[0], hold_for_ever(nodes[0], done));
  around.run_for(9s);
  EXPECT_EQ(done.grants, 0);
  around.run_for(6s);
  EXPECT_EQ(done.grants, 1);
}

TEST(shut_down, destroys_what_has_not_ended) {
  const auto alive = std::make_shared<int>(0);
  world around(1);
  const host node = around.add_nodes(1).front();
  const auto for_ever = [](std::shared_ptr<int>) -> asio::awaitable<void> {
    co_await sleep_for(24h);
  };
  around.spawn(node, for_ever(alive));
  around.spawn(for_ever(alive));
  around.at(1h, [alive] {});
  around.run_for(1s);
  EXPECT_EQ(alive.use_count(), 4);
  around.shut_down();
  EXPECT_EQ(alive.use_count(), 1);
}

TEST(a_failed_run, is_shut_down_before_its_failure_is_thrown) {
  for (const bool in_the_run : {true, false}) {
    const auto alive = std::make_shared<int>(0);
    world around(1);
    const host node = around.add_nodes(1).front();
    const auto for_ever = [](std::shared_ptr<int>) -> asio::awaitable<void> {
      co_await sleep_for(24h);
    };
    around.spawn(node, for_ever(alive));
    if (in_the_run) {
      around.at(500ms, [&] { around.require(false, "no"); });
      EXPECT_THROW(around.run_for(1s), broken_run);
    } else {
      around.run_for(1s);
      EXPECT_THROW(around.require(false, "no"), broken_run);
    }
    EXPECT_EQ(alive.use_count(), 1);
  }
}

TEST(grants, that_outlive_their_world_are_lost) {
  grant kept;
  {
    world around(1);
    const host node = around.add_nodes(1).front();
    const auto take = [&](conclave::node& where) -> asio::awaitable<void> {
      conclave::mutex orders(where, "orders");
      kept = co_await orders.async_lock(asio::use_awaitable);
    };
    around.spawn(node, take);
    around.run_for(2s);
    EXPECT_TRUE(kept.valid());
  }
  EXPECT_FALSE(kept.valid());
  EXPECT_EQ(kept.reason(), loss_reason::shut_down);
}

}  // namespace

}  // namespace conclave::sim
