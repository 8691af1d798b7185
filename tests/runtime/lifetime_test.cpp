// Nodes, mutexes, grants and executors may end in any order.
#include "cluster.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace conclave::test {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

TEST(lifetime, a_mutex_and_a_grant_outlive_their_node) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders");
  orders.lock();
  grant held = conclave::mutex(nodes[0], "other").async_lock(asio::use_future).get();
  const std::stop_token stop = held.stop_token();
  nodes.stop(0);
  EXPECT_TRUE(stop.stop_requested()) << "done when the node's destructor returns";
  EXPECT_FALSE(held.valid());
  EXPECT_EQ(held.reason(), loss_reason::shut_down);
  EXPECT_EQ(held.release(), errc::lock_lost);
  EXPECT_FALSE(orders.valid());
  EXPECT_EQ(orders.release(), errc::lock_lost);
  EXPECT_EQ(error_of([&] { orders.lock(); }), errc::leaving);
  EXPECT_EQ(error_of([&] { static_cast<void>(orders.try_lock()); }), errc::leaving);
  std::promise<error_code> told;
  orders.async_lock([&](error_code error, const grant&) { told.set_value(error); });
  EXPECT_EQ(told.get_future().get(), errc::leaving);
}

TEST(lifetime, blocked_callers_wake_when_the_node_ends) {
  cluster nodes(3);
  conclave::mutex there(nodes[1], "x");
  there.lock();
  conclave::mutex here(nodes[0], "x");
  std::vector<std::future<error_code>> blocked;
  for (int i = 0; i < 4; ++i) {
    blocked.push_back(
        std::async(std::launch::async, [&] { return error_of([&] { here.lock(); }); }));
  }
  EXPECT_TRUE(eventually([&] { return nodes[0].counters().requests_waiting == 4; }));
  nodes.stop(0);
  for (auto& one : blocked) {
    EXPECT_EQ(one.get(), errc::leaving);
  }
  there.unlock();
}

TEST(lifetime, a_node_that_ends_gives_its_locks_back_at_once) {
  cluster nodes(3, [](config& settings) {
    settings.lease_ttl_max = 10min;
    settings.lease_ttl = 10min;
  });
  conclave::mutex here(nodes[0], "x");
  here.lock();
  conclave::mutex there(nodes[1], "x");
  nodes.stop(0);
  EXPECT_TRUE(there.try_lock_for(patience)) << "long before the lease is over";
  there.unlock();
}

TEST(lifetime, handlers_that_are_due_run_before_the_nodes_own_thread_ends) {
  auto one = std::make_unique<node>(config_of("a", {"a"}));
  one->join(patience);
  auto orders = std::make_unique<conclave::mutex>(*one, "orders");
  orders->lock();
  bool called = false;
  orders->async_lock([&](error_code error, const grant& none) {
    EXPECT_EQ(error, errc::leaving);
    EXPECT_FALSE(none);
    called = true;
  });
  one.reset();
  EXPECT_TRUE(called);
}

TEST(lifetime, coroutines_on_the_nodes_own_thread_end_with_it) {
  auto one = std::make_unique<node>(config_of("a", {"a"}));
  one->join(patience);
  std::promise<void> holding;
  const auto ended = std::make_shared<int>(0);
  asio::co_spawn(
      one->get_executor(),
      [&, ended]() -> asio::awaitable<void> {
        conclave::mutex orders(*one, "orders");
        const grant held = co_await orders.async_lock(asio::use_awaitable);
        holding.set_value();
        asio::steady_timer for_ever(co_await asio::this_coro::executor, 24h);
        co_await for_ever.async_wait(asio::use_awaitable);
      },
      asio::detached);
  holding.get_future().get();
  one.reset();
  EXPECT_EQ(ended.use_count(), 1);
}

TEST(lifetime, a_node_may_be_destroyed_by_its_own_handler) {
  auto* one = new node(config_of("a", {"a"}));
  one->join(patience);
  std::promise<void> posted;
  std::promise<void> done;
  asio::post(one->get_executor(), [&, one] {
    posted.get_future().wait();
    delete one;
    done.set_value();
  });
  posted.set_value();
  done.get_future().get();
}

TEST(lifetime, threads_may_go_on_while_the_node_ends) {
  for (int round = 0; round < 10; ++round) {
    auto one = std::make_unique<node>(config_of("a", {"a"}));
    one->join(patience);
    conclave::mutex shared(*one, "x");
    std::atomic<int> turns = 0;
    std::vector<std::future<error_code>> all;
    for (int i = 0; i < 2; ++i) {
      all.push_back(std::async(std::launch::async, [&] {
        return error_of([&] {
          for (;; ++turns) {
            const std::scoped_lock guard(shared);
          }
        });
      }));
      all.push_back(std::async(std::launch::async, [&] {
        for (;; ++turns) {
          std::promise<error_code> told;
          shared.async_lock([&](error_code error, const grant&) { told.set_value(error); });
          if (const error_code error = told.get_future().get(); error) {
            return error;
          }
        }
      }));
    }
    EXPECT_TRUE(eventually([&] { return turns > 50; }));
    one.reset();
    for (auto& each : all) {
      EXPECT_EQ(each.get(), errc::leaving);
    }
  }
}

// A handler on the node's own thread releases, which completes the next one, and the node ends
// before that handler has returned.
TEST(lifetime, what_a_handler_completes_is_delivered_though_the_node_ends) {
  auto one = std::make_unique<node>(config_of("a", {"a"}));
  one->join(patience);
  conclave::mutex shared(*one, "x");
  std::promise<void> released;
  std::promise<error_code> told;
  shared.async_lock([&](error_code, grant held) {
    shared.async_lock([&](error_code error, const grant&) { told.set_value(error); });
    held.release();
    released.set_value();
    // The executor is the system's once close() is over. The thread is asked to stop right after.
    const asio::any_io_executor ended{asio::system_executor()};
    EXPECT_TRUE(eventually([&] { return shared.get_executor() == ended; }));
    std::this_thread::sleep_for(20ms);  // where that has not come yet, this shows nothing
  });
  released.get_future().wait();
  one.reset();
  EXPECT_EQ(told.get_future().wait_for(patience), std::future_status::ready);
}

TEST(lifetime, a_grant_outlives_the_executor_of_its_node) {
  grant held;
  std::optional<conclave::mutex> orders;
  {
    asio::io_context context;
    node one(asio::any_io_executor(asio::make_strand(context)), config_of("a", {"a"}));
    orders.emplace(one, "orders");
    one.async_join([&](error_code) {
      orders->async_lock([&](error_code, grant given) { held = std::move(given); });
    });
    while (!held) {
      context.run_one();
    }
    EXPECT_TRUE(held.valid());
  }
  EXPECT_FALSE(held.valid());
  EXPECT_EQ(held.reason(), loss_reason::shut_down);
  EXPECT_EQ(held.release(), errc::lock_lost);
  EXPECT_EQ(error_of([&] { orders->lock(); }), errc::leaving);
}

TEST(lifetime, a_node_ends_while_its_handlers_wait_on_a_context_that_nobody_runs) {
  asio::io_context context;
  bool called = false;
  {
    node one(context, config_of("a", {"a"}));
    one.async_join([&](error_code error) {
      EXPECT_FALSE(error) << "it had joined by then";
      called = true;
    });
  }
  EXPECT_FALSE(called);
  context.run();  // comes to its end: the node has left no work behind
  EXPECT_TRUE(called);
}

TEST(lifetime, a_context_may_end_with_handlers_that_were_never_run) {
  asio::io_context context;
  auto one = std::make_unique<node>(context, config_of("a", {"a"}));
  conclave::mutex orders(*one, "orders");
  one->async_join([](error_code) { ADD_FAILURE(); });
  orders.async_lock([](error_code, const grant&) { ADD_FAILURE(); });
  one.reset();
}

TEST(lifetime, nodes_move) {
  node one(config_of("a", {"a"}));
  one.join(patience);
  conclave::mutex orders(one, "orders");
  node moved(std::move(one));
  {
    const std::scoped_lock guard(orders);
    EXPECT_TRUE(orders.valid());
  }
  moved = node(config_of("b", {"b"}));
  EXPECT_EQ(moved.self().name, "b");
  EXPECT_EQ(error_of([&] { orders.lock(); }), errc::leaving) << "its node was replaced";
}

TEST(lifetime, a_grant_that_is_replaced_is_released) {
  cluster nodes(1);
  grant held = conclave::mutex(nodes[0], "x").async_lock(asio::use_future).get();
  held = conclave::mutex(nodes[0], "y").async_lock(asio::use_future).get();
  EXPECT_EQ(nodes[0].counters().locks_held, 1U);
  const grant moved(std::move(held));
  EXPECT_TRUE(moved.valid());
  EXPECT_FALSE(held.valid());  // NOLINT(bugprone-use-after-move): empty, as documented
}

TEST(lifetime, a_mutex_that_ends_while_locked_releases) {
  cluster nodes(2);
  std::optional<conclave::mutex> here(std::in_place, nodes[0], "x");
  here->lock();
  here.reset();
  conclave::mutex there(nodes[1], "x");
  EXPECT_TRUE(there.try_lock_for(patience));
  there.unlock();
}

}  // namespace

}  // namespace conclave::test
