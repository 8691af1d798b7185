// What a lost lock does to the coroutines that rest on it.
#include "service.hpp"

#include <conclave/run_while_held.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using ending = std::tuple<error_code, loss_reason>;
using waited = std::optional<ending>;

class losses : public testing::Test {
 protected:
  world around{1};
  std::vector<host> nodes = around.add_nodes(3);

  // Node 0 gets a lock and does this with it.
  void hold(std::function<asio::awaitable<void>(grant&)> what) {
    around.spawn(nodes[0], [what](conclave::node& node) -> asio::awaitable<void> {
      conclave::mutex orders(node, "orders");
      grant held = co_await orders.async_lock(asio::use_awaitable);
      co_await what(held);
    });
  }
  // Far longer than a lease.
  void cut_off() {
    around.run_for(1s);
    around.isolate(nodes[0]);
    around.run_for(20s);
  }
};

TEST_F(losses, complete_a_wait_with_their_reason) {
  waited got;
  hold([&](grant& held) -> asio::awaitable<void> {
    got = co_await held.async_wait_lost(asio::as_tuple(asio::use_awaitable));
    EXPECT_FALSE(held.valid());
    EXPECT_TRUE(held.stop_token().stop_requested());
    EXPECT_TRUE(got);
    got.reset();
    got = co_await held.async_wait_lost(asio::as_tuple(asio::use_awaitable));  // at once
  });
  around.run_for(5s);
  EXPECT_FALSE(got) << "it is held";
  cut_off();
  EXPECT_EQ(got, waited(ending(error_code(), loss_reason::no_quorum)));
}

TEST_F(losses, come_at_the_deadline_of_the_machine_s_own_clock) {
  around.clock(nodes[0]).rate(1.003);
  bool reached = false;
  hold([&](grant& held) -> asio::awaitable<void> {
    conclave::node& node = nodes[0].node();
    EXPECT_LE(held.deadline() - node.now(), held.remaining());
    while (held.valid()) {
      EXPECT_GT(held.deadline(), node.now());
      EXPECT_LT(held.deadline(), node.now() + 3s);
      co_await sleep_for(1ms);
    }
    reached = true;
    EXPECT_EQ(held.deadline(), lease_clock::time_point()) << "not valid: the past";
    EXPECT_EQ(grant().deadline(), lease_clock::time_point());
  });
  cut_off();
  EXPECT_TRUE(reached);
}

TEST_F(losses, are_not_waited_for_any_more_after_a_release) {
  std::vector<waited> got(3);
  hold([&](grant& held) -> asio::awaitable<void> {
    for (waited& each : got) {
      held.async_wait_lost([&](error_code error, loss_reason why) { each = ending(error, why); });
    }
    co_await sleep_for(1s);
    EXPECT_FALSE(got[0]);
    held.release();
    EXPECT_FALSE(got[0]) << "no handler runs inside of a call";
    co_await sleep_for(1s);
    EXPECT_TRUE(got[2]);
    got[2].reset();
    held.async_wait_lost([&](error_code error, loss_reason why) { got[2] = ending(error, why); });
  });
  around.run_for(10s);
  for (const waited& each : got) {
    EXPECT_EQ(each, waited(ending(errc::cancelled, loss_reason::none)));
  }
}

TEST_F(losses, are_not_waited_for_without_a_lock) {
  waited got;
  around.spawn(nodes[0], [&](conclave::node&) -> asio::awaitable<void> {
    grant none;
    got = co_await none.async_wait_lost(asio::as_tuple(asio::use_awaitable));
  });
  around.run_for(1s);
  EXPECT_EQ(got, waited(ending(errc::cancelled, loss_reason::none)));
}

TEST_F(losses, are_no_longer_waited_for_when_that_is_cancelled) {
  waited got;
  asio::cancellation_signal enough;
  hold([&](grant& held) -> asio::awaitable<void> {
    held.async_wait_lost(asio::bind_cancellation_slot(
        enough.slot(), [&](error_code error, loss_reason why) { got = ending(error, why); }));
    co_await sleep_for(1s);
    enough.emit(asio::cancellation_type::partial);
    enough.emit(asio::cancellation_type::partial);
    co_await sleep_for(1s);
    EXPECT_TRUE(held.valid()) << "only the wait has ended";
  });
  around.run_for(10s);
  EXPECT_EQ(got, waited(ending(errc::cancelled, loss_reason::none)));
}

TEST_F(losses, cancel_the_work_that_rests_on_the_lock) {
  bool cancelled = false;
  error_code told;
  hold([&](grant& held) -> asio::awaitable<void> {
    const auto work = [&]() -> asio::awaitable<int> {
      try {
        co_await sleep_for(1h);
      } catch (const boost::system::system_error&) {
        cancelled = true;
      }
      co_return 1;  // whatever it makes of it
    };
    try {
      co_await run_while_held(held, work());
    } catch (const boost::system::system_error& error) {
      told = error.code();
    }
  });
  cut_off();
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(told, errc::lock_lost);
}

TEST_F(losses, do_not_concern_work_that_is_done) {
  int result = 0;
  bool done = false;
  std::string thrown;
  hold([&](grant& held) -> asio::awaitable<void> {
    result = co_await run_while_held(held, []() -> asio::awaitable<int> {
      co_await sleep_for(10s);
      co_return 7;
    }());
    co_await run_while_held(held, [&]() -> asio::awaitable<void> {
      done = true;
      co_return;
    }());
    try {
      co_await run_while_held(held, []() -> asio::awaitable<void> {
        co_await sleep_for(1s);
        throw std::runtime_error("the disk is full");
      }());
    } catch (const std::runtime_error& error) {
      thrown = error.what();
    }
    EXPECT_TRUE(held.valid()) << "it is the caller's still";
  });
  around.run_for(30s);
  EXPECT_EQ(result, 7);
  EXPECT_TRUE(done);
  EXPECT_EQ(thrown, "the disk is full");
}

TEST_F(losses, have_nothing_to_do_with_a_caller_who_is_cancelled) {
  asio::cancellation_signal enough;
  bool stopped = false;
  error_code told;
  hold([&](grant& held) -> asio::awaitable<void> {
    const auto work = [&]() -> asio::awaitable<void> {
      try {
        co_await sleep_for(1h);
      } catch (const boost::system::system_error&) {
        stopped = true;
        throw;
      }
    };
    asio::co_spawn(
        co_await asio::this_coro::executor, run_while_held(held, work()),
        asio::bind_cancellation_slot(enough.slot(), [&](const std::exception_ptr& error) {
          try {
            std::rethrow_exception(error);
          } catch (const boost::system::system_error& why) {
            told = why.code();
          }
        }));
    co_await sleep_for(1s);
    enough.emit(asio::cancellation_type::terminal);
    co_await sleep_for(1s);
    EXPECT_TRUE(held.valid());
  });
  around.run_for(30s);
  EXPECT_TRUE(stopped);
  EXPECT_TRUE(told && told != errc::lock_lost) << told.message();
}

TEST_F(losses, of_a_crashed_process_leave_nothing_behind) {
  const auto alive = std::make_shared<int>(0);
  hold([alive](grant& held) -> asio::awaitable<void> {
    const auto work = [](std::shared_ptr<int>) -> asio::awaitable<void> { co_await sleep_for(1h); };
    held.async_wait_lost([alive](error_code, loss_reason) { ADD_FAILURE() << "nobody is left"; });
    co_await run_while_held(held, work(alive));
  });
  around.run_for(1s);
  EXPECT_GT(alive.use_count(), 2);
  around.crash(nodes[0]);
  around.run_for(20s);
  around.spawn(nodes[1], [](conclave::node&) -> asio::awaitable<void> { co_return; });
  EXPECT_LE(alive.use_count(), 2) << "this one, and what the test gave the machine to run";
}

}  // namespace

}  // namespace conclave::sim
