// Stock coroutines, cancellation and executors of Boost.Asio run on a world's own context.
#include "service.hpp"

#include <conclave/sim/timer.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <stdexcept>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
namespace asio = boost::asio;

TEST(world, runs_real_nodes_and_locks_in_its_own_time) {
  world around(1);
  tally done;
  for (const host& each : around.add_nodes(3)) {
    around.spawn(each, take_turns(each, done, 10ms));
  }
  around.run_for(10s);
  EXPECT_EQ(around.now(), 10s);
  EXPECT_GT(done.grants, 100);
  for (const char* name : {"node-0", "node-1", "node-2"}) {
    EXPECT_GT(std::ranges::count(done.order, name), 10);
  }
}

// The world itself watches that nobody writes beside anybody.
TEST(world, has_readers_together_and_writers_alone) {
  world around(3);
  int reading = 0;
  int together = 0;
  int written = 0;
  const auto reads = [&](conclave::node& node) -> asio::awaitable<void> {
    conclave::shared_mutex numbers(node, "numbers");
    for (;;) {
      {
        const grant held = co_await numbers.async_lock_shared(asio::use_awaitable);
        EXPECT_TRUE(held.is_shared());
        together = std::max(together, ++reading);
        co_await sleep_for(5ms);
        --reading;
      }
      co_await sleep_for(2ms);
    }
  };
  const auto writes = [&](conclave::node& node) -> asio::awaitable<void> {
    conclave::shared_mutex numbers(node, "numbers");
    for (;;) {
      {
        grant held = co_await numbers.async_lock(asio::use_awaitable);
        EXPECT_EQ(reading, 0);
        ++written;
        co_await sleep_for(2ms);
        EXPECT_EQ(reading, 0);
        EXPECT_FALSE(held.downgrade());
        ++reading;
        co_await sleep_for(2ms);
        --reading;
      }
      co_await sleep_for(20ms);
    }
  };
  const std::vector<host> nodes = around.add_nodes(3);
  around.spawn(nodes[0], reads);
  around.spawn(nodes[0], reads);
  around.spawn(nodes[1], reads);
  around.spawn(nodes[2], writes);
  around.run_for(5s);
  EXPECT_EQ(together, 4) << "three readers, and a writer that reads on";
  EXPECT_GT(written, 50) << "readers must not starve it";
}

TEST(world, is_equal_for_equal_seeds_and_else_differs) {
  const auto digest_of = [](std::uint64_t seed) {
    world around(seed);
    around.network({.lost = 0.05, .duplicated = 0.05, .damaged = 0.02, .late = 0.02});
    tally done;
    const std::vector<host> nodes = around.add_nodes(3);
    for (const host& each : nodes) {
      around.spawn(each, [&done](conclave::node& node) { return take_turns(node, done, 10ms); });
    }
    around.at(1s, [&] { around.crash(nodes[0]); });
    around.at(2s, [&] { around.restart(nodes[0]); });
    around.run_for(4s);
    return around.digest();
  };
  EXPECT_EQ(digest_of(5), digest_of(5));
  EXPECT_NE(digest_of(5), digest_of(6));
}

TEST(world, lets_another_node_be_first_in_another_seed) {
  std::set<std::string> first;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    world around(seed);
    tally done;
    for (const host& each : around.add_nodes(3)) {
      around.spawn(each, hold_for_ever(each, done));
    }
    around.run_for(1s);
    ASSERT_EQ(done.grants, 1);
    first.insert(done.order.front());
  }
  EXPECT_GT(first.size(), 1U);
}

TEST(coroutines, can_wait_for_the_first_of_two_and_cancel_the_other) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  tally done;
  around.spawn(nodes[0], hold_for_ever(nodes[0], done));
  bool gave_up = false;
  std::size_t waiting = 1;
  const auto impatient = [&](conclave::node& node) -> asio::awaitable<void> {
    co_await sleep_for(1s);
    conclave::mutex orders(node, "orders");
    const auto first = co_await (orders.async_lock(asio::use_awaitable) || sleep_for(300ms));
    gave_up = first.index() == 1;
    waiting = node.counters().requests_waiting;
  };
  around.spawn(nodes[1], impatient);
  around.run_for(5s);
  EXPECT_EQ(done.grants, 1);
  EXPECT_TRUE(gave_up);
  EXPECT_EQ(waiting, 0U) << "the request was withdrawn";
}

TEST(coroutines, can_wait_for_two_together) {
  world around(1);
  std::chrono::nanoseconds ended{};
  const auto both = [&]() -> asio::awaitable<void> {
    co_await (sleep_for(1s) && sleep_for(2s));
    ended = around.now();
  };
  around.spawn(both());
  around.run_for(5s);
  EXPECT_GE(ended, 2s);
  EXPECT_LT(ended, 3s);
}

TEST(coroutines, may_use_strands_and_channels) {
  world around(1);
  const host node = around.add_nodes(1).front();
  int received = 0;
  asio::experimental::channel<void(boost::system::error_code, int)> numbers(node.get_executor(), 1);
  const auto send = [&]() -> asio::awaitable<void> {
    for (int i = 1; i <= 3; ++i) {
      co_await sleep_for(100ms);
      co_await numbers.async_send({}, i, asio::use_awaitable);
    }
  };
  const auto receive = [&]() -> asio::awaitable<void> {
    for (int i = 0; i < 3; ++i) {
      received += co_await numbers.async_receive(asio::use_awaitable);
    }
  };
  asio::co_spawn(asio::make_strand(node.get_executor()), send(), asio::detached);
  around.spawn(node, receive());
  around.run_for(1s);
  EXPECT_EQ(received, 6);
}

TEST(coroutines, end_the_run_with_their_exception) {
  world around(42);
  const host node = around.add_nodes(1).front();
  const auto broken = []() -> asio::awaitable<void> {
    co_await sleep_for(1s);
    throw std::runtime_error("out of paper");
  };
  around.spawn(node, broken());
  try {
    around.run_for(5s);
    FAIL() << "nothing was thrown";
  } catch (const broken_run& broken_one) {
    EXPECT_EQ(broken_one.seed(), 42U);
    EXPECT_NE(std::string(broken_one.what()).find("node-0: out of paper"), std::string::npos);
    EXPECT_NE(std::string(broken_one.what()).find("seed 42"), std::string::npos);
  }
  EXPECT_LT(around.now(), 2s);
}

TEST(handlers, end_the_run_with_their_exception) {
  world around(1);
  asio::post(around.get_executor(), [] { throw std::runtime_error("out of ink"); });
  EXPECT_THROW(around.run_for(1s), broken_run);
  EXPECT_THROW(around.throw_if_failed(), broken_run) << "the first failure stays";
}

TEST(callbacks, of_members_and_lost_locks_run_in_the_world) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  int deaths = 0;
  const conclave::subscription standing = nodes[0].node().subscribe(
      [&](const member_event& event) { deaths += event.kind == member_event_kind::died ? 1 : 0; });
  bool told = false;
  loss_reason why = loss_reason::none;
  const auto holder = [&](conclave::node& node) -> asio::awaitable<void> {
    conclave::mutex orders(node, "orders");
    const grant held = co_await orders.async_lock(asio::use_awaitable);
    const std::stop_callback on_loss(held.stop_token(), [&] { told = true; });
    co_await sleep_for(20s);
    why = held.reason();
  };
  around.spawn(nodes[2], holder);
  around.at(1s, [&] { around.isolate(nodes[2]); });
  around.run_for(60s);
  EXPECT_EQ(deaths, 1);
  EXPECT_TRUE(told);
  EXPECT_EQ(why, loss_reason::no_quorum);
}

TEST(nodes, of_users_own_making_live_in_the_world_of_their_executor) {
  world around(1);
  tally done;
  const auto service = [&](host where) -> asio::awaitable<void> {
    conclave::node own(where.get_executor(), where.settings());
    co_await own.async_join(asio::use_awaitable);
    co_await take_turns(own, done, 10ms);
  };
  const std::vector<host> hosts = around.add_nodes(3, {.make_nodes = false});
  for (const host& each : hosts) {
    around.spawn(each, service);
  }
  around.at(2s, [&] { around.crash(hosts[1]); });
  around.at(3s, [&] { around.restart(hosts[1]); });
  around.run_for(6s);
  EXPECT_GT(done.grants, 50);
  EXPECT_THROW(static_cast<void>(hosts[0].node()), std::logic_error);
}

TEST(executors, keep_the_promises_of_boost_asio) {
  world around(1);
  const host node = around.add_nodes(1).front();
  const asio::any_io_executor plain = node.get_executor();
  const auto never = asio::require(plain, asio::execution::blocking.never);
  EXPECT_EQ(asio::query(never, asio::execution::blocking), asio::execution::blocking.never);
  EXPECT_EQ(asio::query(plain, asio::execution::blocking), asio::execution::blocking.possibly);
  const auto tracked = asio::prefer(plain, asio::execution::outstanding_work.tracked);
  EXPECT_EQ(asio::query(tracked, asio::execution::outstanding_work),
            asio::execution::outstanding_work.tracked);
  const auto continued = asio::prefer(plain, asio::execution::relationship.continuation);
  EXPECT_EQ(asio::query(continued, asio::execution::relationship),
            asio::execution::relationship.continuation);
  EXPECT_EQ(&asio::query(plain, asio::execution::context),
            &asio::query(never, asio::execution::context));
  EXPECT_NE(plain, never);
  EXPECT_EQ(plain, node.get_executor());
}

TEST(executors, run_at_once_what_is_dispatched_and_later_what_is_posted) {
  world around(1);
  std::string order;
  const asio::any_io_executor executor = around.get_executor();
  asio::post(executor, [&] {
    asio::post(executor, [&] { order += "posted "; });
    asio::dispatch(executor, [&] { order += "dispatched "; });
    order += "itself ";
  });
  EXPECT_EQ(order, "") << "nothing runs outside of run_for()";
  around.run_for(1s);
  EXPECT_EQ(order, "dispatched itself posted ");
}

}  // namespace

}  // namespace conclave::sim
