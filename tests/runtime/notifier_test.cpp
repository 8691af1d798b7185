// Callbacks: in order, one at a time, none after the end of a subscription.
#include "runtime/notifier.hpp"

#include <conclave/subscription.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace conclave::runtime {

namespace {

namespace asio = boost::asio;

member_event event(std::uint64_t number) {
  member_event result;
  result.member.incarnation = number;
  return result;
}

TEST(notifier, delivers_in_order_and_one_at_a_time_on_many_threads) {
  asio::thread_pool pool(4);
  const auto told = std::make_shared<notifier>(10'000);
  std::atomic<int> inside = 0;
  std::vector<std::uint64_t> seen;
  const auto listening = told->subscribe([&](const member_event& one) {
    EXPECT_EQ(++inside, 1);
    seen.push_back(one.member.incarnation);
    --inside;
  });
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    told->add(event(i), pool.get_executor());
  }
  pool.wait();
  ASSERT_EQ(seen.size(), 1'000U);
  EXPECT_TRUE(std::ranges::is_sorted(seen));
}

TEST(notifier, never_calls_inside_of_the_one_who_adds) {
  asio::io_context context;
  const auto told = std::make_shared<notifier>(10);
  bool called = false;
  const auto listening = told->subscribe([&](const member_event&) { called = true; });
  told->add(event(1), context.get_executor());
  EXPECT_FALSE(called);
  context.run();
  EXPECT_TRUE(called);
}

TEST(notifier, drops_and_counts_events_over_its_limit) {
  asio::io_context context;
  const auto told = std::make_shared<notifier>(3);
  int calls = 0;
  const auto listening = told->subscribe([&](const member_event&) { ++calls; });
  for (std::uint64_t i = 0; i < 5; ++i) {
    told->add(event(i), context.get_executor());
  }
  context.run();
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(told->events_dropped(), 2U);
}

TEST(notifier, goes_on_after_a_callback_that_throws) {
  asio::io_context context;
  const auto told = std::make_shared<notifier>(10);
  int calls = 0;
  const auto listening = told->subscribe([&](const member_event&) {
    if (++calls == 1) {
      throw std::runtime_error("of the user");
    }
  });
  told->add(event(1), context.get_executor());
  told->add(event(2), context.get_executor());
  EXPECT_THROW(context.run(), std::runtime_error);
  context.run();
  EXPECT_EQ(calls, 2);
}

TEST(subscription, that_has_ended_hears_nothing) {
  asio::io_context context;
  const auto told = std::make_shared<notifier>(10);
  int calls = 0;
  {
    const subscription ended(told->subscribe([&](const member_event&) { ++calls; }));
    told->add(event(1), context.get_executor());
  }
  context.run();
  EXPECT_EQ(calls, 0);
}

TEST(subscription, waits_at_its_end_for_the_callback_that_runs) {
  asio::thread_pool pool(1);
  const auto told = std::make_shared<notifier>(10);
  std::promise<void> entered;
  std::promise<void> go_on;
  std::atomic<bool> returned = false;
  auto listening = std::make_unique<subscription>(told->subscribe([&](const member_event&) {
    entered.set_value();
    go_on.get_future().wait();
    returned = true;
  }));
  told->add(event(1), pool.get_executor());
  entered.get_future().wait();
  std::thread ender([&] {
    listening.reset();
    EXPECT_TRUE(returned);
  });
  go_on.set_value();
  ender.join();
  pool.wait();
}

TEST(subscription, may_be_ended_by_its_own_callback) {
  asio::io_context context;
  const auto told = std::make_shared<notifier>(10);
  std::unique_ptr<subscription> own;
  int calls = 0;
  own = std::make_unique<subscription>(told->subscribe([&](const member_event&) {
    ++calls;
    own.reset();
  }));
  told->add(event(1), context.get_executor());
  told->add(event(2), context.get_executor());
  context.run();
  EXPECT_EQ(calls, 1);
}

}  // namespace

}  // namespace conclave::runtime
