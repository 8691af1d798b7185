// Asynchronous locks: completion tokens, executors, cancellation.
#include "cluster.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace conclave::test {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

// Waits for the outcome of one callback.
class outcome {
 public:
  [[nodiscard]] auto callback() {
    return [this](error_code error, grant held) { promise_.set_value({error, std::move(held)}); };
  }
  [[nodiscard]] std::pair<error_code, grant> get() { return promise_.get_future().get(); }

 private:
  std::promise<std::pair<error_code, grant>> promise_;
};

TEST(async, a_coroutine_holds_the_lock_as_long_as_its_grant_lives) {
  cluster nodes(3);
  conclave::mutex here(nodes[0], "x");
  conclave::mutex there(nodes[1], "x");
  auto work = [&]() -> asio::awaitable<void> {
    {
      const grant held = co_await here.async_lock(asio::use_awaitable);
      EXPECT_TRUE(held && held.valid() && held.token());
      const auto [error, none] =
          co_await there.async_lock_for(20ms, asio::as_tuple(asio::use_awaitable));
      EXPECT_EQ(error, errc::timed_out);
      EXPECT_FALSE(none);
    }
    const grant next = co_await there.async_lock(asio::use_awaitable);
    EXPECT_TRUE(next.valid());
  };
  asio::co_spawn(nodes[0].get_executor(), work, asio::use_future).get();
}

TEST(async, every_kind_of_token_works) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders");
  outcome called;
  orders.async_lock(called.callback());
  auto [error, by_callback] = called.get();
  EXPECT_FALSE(error);
  const fencing_token first = by_callback.token();
  EXPECT_FALSE(by_callback.release());

  grant by_future = orders.async_lock(asio::use_future).get();
  EXPECT_GT(by_future.token(), first);
  by_future = {};

  auto later = orders.async_lock(asio::deferred);
  EXPECT_EQ(nodes[0].counters().requests_waiting, 0U) << "nothing starts before it is asked to";
  outcome of_deferred;
  std::move(later)(of_deferred.callback());
  EXPECT_TRUE(of_deferred.get().second.valid());
}

TEST(async, a_mutex_may_end_while_its_operation_goes_on) {
  cluster nodes(3);
  std::optional<conclave::mutex> orders(std::in_place, nodes[0], "orders");
  outcome called;
  auto later = orders->async_lock(asio::deferred);
  orders.reset();
  std::move(later)(called.callback());
  EXPECT_TRUE(called.get().second.valid());
}

TEST(async, a_handler_is_never_run_inside_the_call) {
  cluster nodes(1);  // grants at once
  conclave::mutex orders(nodes[0], "orders");
  std::promise<void> done;
  asio::post(nodes[0].get_executor(), [&] {
    auto inside = std::make_shared<bool>(true);
    orders.async_lock([&, inside](error_code error, grant held) {
      EXPECT_FALSE(error);
      EXPECT_TRUE(held);
      EXPECT_FALSE(*inside);
      done.set_value();
    });
    *inside = false;
  });
  done.get_future().get();
}

TEST(async, a_release_never_runs_the_next_owners_handler_inside) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders");
  std::promise<void> done;
  auto work = [&]() -> asio::awaitable<void> {
    grant held = co_await orders.async_lock(asio::use_awaitable);
    bool inside = false;
    orders.async_lock([&](error_code error, const grant&) {
      EXPECT_FALSE(error);
      EXPECT_FALSE(inside);
      done.set_value();
    });
    inside = true;
    EXPECT_FALSE(held.release());
    inside = false;
  };
  asio::co_spawn(nodes[0].get_executor(), work, asio::use_future).get();
  done.get_future().get();
}

TEST(async, a_handler_runs_on_its_own_executor) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders");
  asio::io_context other;
  bool called = false;
  orders.async_lock(asio::bind_executor(other, [&](error_code error, const grant& held) {
    EXPECT_FALSE(error);
    EXPECT_TRUE(held.valid());
    called = true;
  }));
  EXPECT_TRUE(eventually([&] { return nodes[0].counters().locks_held == 1; }));
  EXPECT_FALSE(called);
  other.run();  // the operation counts as its work
  EXPECT_TRUE(called);
}

TEST(async, try_lock_does_not_wait) {
  cluster nodes(3);
  conclave::mutex here(nodes[0], "x");
  conclave::mutex there(nodes[1], "x");
  grant held = here.async_lock(asio::use_future).get();
  outcome called;
  there.async_try_lock(called.callback());
  EXPECT_EQ(called.get().first, errc::would_block);
  held = {};
  EXPECT_TRUE(eventually([&] {
    outcome again;
    there.async_try_lock(again.callback());
    return again.get().second.valid();
  }));
}

TEST(async, a_cancelled_request_ends_and_is_withdrawn) {
  cluster nodes(3);
  conclave::mutex a(nodes[0], "x");
  conclave::mutex b(nodes[1], "x");
  conclave::mutex c(nodes[2], "x");
  for (const auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                          asio::cancellation_type::total}) {
    grant held = a.async_lock(asio::use_future).get();
    asio::cancellation_signal signal;
    outcome called;
    asio::post(nodes[1].get_executor(), [&] {
      b.async_lock(asio::bind_cancellation_slot(signal.slot(), called.callback()));
    });
    EXPECT_TRUE(eventually([&] { return nodes[1].counters().requests_waiting == 1; }));
    asio::post(nodes[1].get_executor(), [&] { signal.emit(type); });
    EXPECT_EQ(called.get().first, errc::cancelled);
    EXPECT_EQ(nodes[1].counters().requests_waiting, 0U);
    held = {};
    EXPECT_TRUE(c.async_lock_for(patience, asio::use_future).get().valid());
  }
}

TEST(async, cancelling_what_is_over_does_nothing) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders");
  asio::io_context context;
  asio::cancellation_signal signal;
  grant held;
  orders.async_lock(asio::bind_cancellation_slot(
      signal.slot(), asio::bind_executor(context, [&](error_code error, grant given) {
        EXPECT_FALSE(error);
        held = std::move(given);
      })));
  // Granted, but the handler has not run.
  EXPECT_TRUE(eventually([&] { return nodes[0].counters().locks_held == 1; }));
  signal.emit(asio::cancellation_type::all);
  context.run();
  EXPECT_TRUE(held.valid());
  signal.emit(asio::cancellation_type::all);
  EXPECT_TRUE(held.valid());
}

TEST(async, the_slower_of_two_alternatives_is_cancelled) {
  using namespace asio::experimental::awaitable_operators;
  cluster nodes(3);
  conclave::mutex here(nodes[0], "x");
  conclave::mutex there(nodes[1], "x");
  auto work = [&]() -> asio::awaitable<void> {
    grant held = co_await here.async_lock(asio::use_awaitable);
    asio::steady_timer soon(co_await asio::this_coro::executor, 10ms);
    const auto first =
        co_await (soon.async_wait(asio::use_awaitable) || there.async_lock(asio::use_awaitable));
    EXPECT_EQ(first.index(), 0U);
    held = {};
    asio::steady_timer late(co_await asio::this_coro::executor, patience);
    const auto second =
        co_await (late.async_wait(asio::use_awaitable) || there.async_lock(asio::use_awaitable));
    EXPECT_EQ(second.index(), 1U);
    EXPECT_TRUE(std::get<1>(second).valid());
  };
  asio::co_spawn(nodes[0].get_executor(), work, asio::use_future).get();
}

// Protocol 10, 25.
TEST(async, a_grant_on_its_way_to_a_destroyed_handler_is_released) {
  cluster nodes(3);
  asio::io_context context;  // all on this thread: nothing is posted to an executor that has ended
  node client(context, nodes.settings("client"));
  conclave::mutex here(client, "x");
  conclave::mutex there(nodes[1], "x");
  const auto step_until = [&](auto condition) {
    while (!condition()) {
      context.run_one();
    }
  };
  bool joined = false;
  client.async_join([&](error_code) { joined = true; });
  step_until([&] { return joined; });
  {
    asio::io_context never_run;
    here.async_lock(asio::bind_executor(
        never_run, [](error_code, const grant&) { ADD_FAILURE() << "nobody runs this"; }));
    step_until([&] { return client.counters().locks_held == 1; });
  }
  EXPECT_EQ(client.counters().locks_held, 0U);
  EXPECT_TRUE(there.try_lock_for(patience));
  there.unlock();
}

TEST(async, a_destroyed_coroutine_releases_what_it_held) {
  cluster nodes(3);
  conclave::mutex here(nodes[0], "x");
  conclave::mutex there(nodes[1], "x");
  {
    asio::io_context context;
    std::promise<void> holding;
    auto work = [&]() -> asio::awaitable<void> {
      const grant held = co_await here.async_lock(asio::use_awaitable);
      holding.set_value();
      asio::steady_timer for_ever(co_await asio::this_coro::executor, 24h);
      co_await for_ever.async_wait(asio::use_awaitable);
    };
    asio::co_spawn(context, work, asio::detached);
    std::thread runs([&] { context.run(); });
    holding.get_future().get();
    context.stop();
    runs.join();
  }
  EXPECT_TRUE(there.try_lock_for(patience));
  there.unlock();
}

TEST(async, a_node_runs_on_a_context_with_many_threads) {
  asio::thread_pool pool(2);
  int count = 0;
  {
    std::vector<std::unique_ptr<node>> nodes;
    const std::vector<std::string> voters{"n0", "n1", "n2"};
    for (const std::string& name : voters) {
      config settings = config_of(name, voters);
      settings.seeds = nodes.empty() ? std::vector<std::string>{}
                                     : std::vector<std::string>{nodes[0]->local_address()};
      nodes.push_back(std::make_unique<node>(pool, settings));
      nodes.back()->join(patience);
    }
    auto work = [&](node& on) -> asio::awaitable<void> {
      conclave::mutex counter(on, "counter");
      for (int round = 0; round < 20; ++round) {
        const grant held = co_await counter.async_lock(asio::use_awaitable);
        ++count;
      }
    };
    std::vector<std::future<void>> all;
    for (int i = 0; i < 2; ++i) {
      for (const auto& one : nodes) {
        all.push_back(asio::co_spawn(pool, work(*one), asio::use_future));
      }
    }
    for (auto& one : all) {
      one.get();
    }
  }
  pool.join();
  EXPECT_EQ(count, 2 * 3 * 20);
}

TEST(async, an_exception_out_of_a_handler_stops_nothing_else) {
  asio::io_context context;
  node alone(context, config_of("alone", {"alone"}));
  conclave::mutex orders(alone, "orders");
  alone.async_join([](error_code error) {
    EXPECT_FALSE(error);
    throw std::runtime_error("of the user");
  });
  EXPECT_THROW(context.run(), std::runtime_error);
  bool called = false;
  orders.async_lock([&](error_code error, const grant& held) {
    EXPECT_FALSE(error);
    EXPECT_TRUE(held.valid());
    called = true;
  });
  while (!called) {
    context.run_one();
  }
}

TEST(async, blocking_on_the_nodes_own_executor_is_refused) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders");
  const auto refused = boost::system::errc::resource_deadlock_would_occur;
  std::promise<void> done;
  asio::post(nodes[0].get_executor(), [&] {
    EXPECT_EQ(error_of([&] { orders.lock(); }), refused);
    EXPECT_EQ(error_of([&] { static_cast<void>(orders.try_lock_for(1s)); }), refused);
    EXPECT_EQ(error_of([&] { nodes[0].join(); }), refused);
    EXPECT_EQ(error_of([&] { nodes[0].leave(); }), refused);
    done.set_value();
  });
  done.get_future().get();

  asio::io_context context;
  node on_strand(asio::any_io_executor(asio::make_strand(context.get_executor())),
                 config_of("s", {"s"}));
  asio::post(context, [&] { EXPECT_EQ(error_of([&] { on_strand.join(); }), refused); });
  context.run_one();
}

}  // namespace

}  // namespace conclave::test
