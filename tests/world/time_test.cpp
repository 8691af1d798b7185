// Timers, sleeps and clocks of a world.
#include "service.hpp"

#include <conclave/sim/broken_run.hpp>
#include <conclave/sim/timer.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(sleep, takes_the_time_of_the_machine_it_sleeps_on) {
  world around(1);
  const host node = around.add_nodes(1).front();
  around.clock(node).rate(1.25);
  around.run_for(1s);
  std::chrono::nanoseconds woken{};
  const auto sleeper = [&]() -> asio::awaitable<void> {
    co_await sleep_for(10s);
    woken = around.now();
  };
  around.spawn(node, sleeper());
  around.run_for(20s);
  EXPECT_GE(woken, 9s);
  EXPECT_LT(woken, 9'001ms);
}

TEST(sleep, under_way_follows_a_clock_that_changes_its_rate) {
  world around(1);
  const host node = around.add_nodes(1, {.make_nodes = false}).front();
  around.clock(node).rate(1);
  around.run_for(1s);
  std::chrono::nanoseconds woken{};
  const auto sleeper = [&]() -> asio::awaitable<void> {
    co_await sleep_for(10s);
    woken = around.now();
  };
  around.spawn(node, sleeper());
  around.at(3s, [&] { around.clock(node).rate(0.75); });
  around.at(7s, [&] { around.clock(node).rate(1.5); });
  around.run_for(20s);
  // From 1 s on: 2 s at full speed, 3 s that take 4 s, and 5 s that take 3.3 s.
  EXPECT_GE(woken, 10'333ms);
  EXPECT_LT(woken, 10'335ms);
}

TEST(clocks, go_on_from_what_they_show) {
  world around(1);
  const host node = around.add_nodes(1).front();
  machine_clock clock = around.clock(node);
  EXPECT_LT(std::abs(clock.rate() - 1), 0.005) << "drawn within the promised bound";
  around.run_for(5s);
  const auto before = clock.now();
  clock.rate(1.25);
  EXPECT_LT(std::chrono::abs(clock.now() - before), 1us);
  around.run_for(4s);
  EXPECT_LT(std::chrono::abs(clock.now() - before - 5s), 1us);
  EXPECT_THROW(clock.rate(2), std::logic_error);
  EXPECT_THROW(clock.rate(std::nan("")), std::logic_error);
}

TEST(clocks, of_the_wall_can_be_set) {
  world around(1);
  const host node = around.add_nodes(1).front();
  machine_clock clock = around.clock(node);
  around.run_for(1s);
  const auto right = clock.wall();
  clock.wall_ahead(-1h);
  EXPECT_EQ(clock.wall(), right - 1h);
  clock.wall_ahead(1h);
  around.run_for(10s);
  EXPECT_EQ(clock.wall(), right + 1h + 10s);
  EXPECT_THROW(clock.wall_ahead(std::chrono::hours(24 * 400)), std::logic_error);
}

// Its boot number comes from the wall clock.
TEST(clocks, of_the_wall_that_are_set_back_make_a_new_process_look_old) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  around.run_for(2s);
  around.clock(nodes[0]).wall_ahead(-1min);
  around.crash(nodes[0]);
  around.restart(nodes[0]);
  tally done;
  around.spawn(nodes[0], hold_for_ever(nodes[0], done));
  std::string told;
  try {
    around.run_for(10s);
  } catch (const broken_run& broken) {
    told = broken.what();
  }
  EXPECT_NE(told.find("newer"), std::string::npos) << told;
}

TEST(timer, can_be_cancelled_and_set_anew) {
  world around(1);
  const host node = around.add_nodes(1).front();
  std::vector<boost::system::error_code> ends;
  timer clock(node.get_executor(), 1s);
  const auto note = [&](boost::system::error_code error) { ends.push_back(error); };
  clock.async_wait(note);
  clock.async_wait(note);
  EXPECT_EQ(clock.expires_after(2s), 2U);
  clock.async_wait(note);
  around.run_for(1s);
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(ends[0], asio::error::operation_aborted);
  around.run_for(2s);
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_FALSE(ends[2]);
  EXPECT_EQ(clock.cancel(), 0U);
}

TEST(timer, cancels_a_single_wait_by_its_slot) {
  world around(1);
  const host node = around.add_nodes(1).front();
  boost::system::error_code cancelled;
  bool ended = false;
  asio::cancellation_signal signal;
  timer clock(node.get_executor(), 1s);
  clock.async_wait(asio::bind_cancellation_slot(
      signal.slot(), [&](boost::system::error_code error) { cancelled = error; }));
  clock.async_wait([&](boost::system::error_code error) { ended = !error; });
  signal.emit(asio::cancellation_type::terminal);
  around.run_for(2s);
  EXPECT_EQ(cancelled, asio::error::operation_aborted);
  EXPECT_TRUE(ended);
  signal.emit(asio::cancellation_type::terminal);
}

TEST(timer, cancels_when_it_is_destroyed_or_replaced) {
  world around(1);
  const host node = around.add_nodes(1).front();
  int aborted = 0;
  const auto note = [&](boost::system::error_code error) {
    aborted += error == asio::error::operation_aborted ? 1 : 0;
  };
  timer replaced(node.get_executor(), 1s);
  replaced.async_wait(note);
  {
    timer gone(node.get_executor(), 1s);
    gone.async_wait(note);
    replaced = timer(node.get_executor(), 1s);
  }
  around.run_for(500ms);
  EXPECT_EQ(aborted, 2);
}

TEST(timer, repeats_at_even_distances) {
  world around(1);
  const host node = around.add_nodes(1).front();
  around.clock(node).rate(1);
  int beats = 0;
  const auto beat = [&]() -> asio::awaitable<void> {
    timer each(node.get_executor(), 1s);
    for (;;) {
      co_await each.async_wait(asio::use_awaitable);
      ++beats;
      each.expires_at(each.expiry() + 1s);
    }
  };
  around.spawn(node, beat());
  around.run_for(10'500ms);
  EXPECT_EQ(beats, 10);
}

TEST(planned_actions, happen_in_their_order_and_never_in_the_past) {
  world around(1);
  std::string order;
  around.at(2s, [&] { order += "b"; });
  around.at(1s, [&] {
    order += "a";
    around.after(5s, [&] { order += "d"; });
  });
  around.at(2s, [&] { order += "c"; });
  around.run_for(3s);
  EXPECT_EQ(order, "abc");
  EXPECT_THROW(around.at(1s, [] {}), std::logic_error);
  around.run_for(3s);
  EXPECT_EQ(order, "abcd");
}

TEST(run_until, stops_at_the_event_that_is_waited_for) {
  world around(1);
  const host node = around.add_nodes(1).front();
  tally done;
  around.spawn(node, hold_for_ever(node, done));
  EXPECT_TRUE(around.run_until([&] { return done.grants == 1; }, 10s));
  EXPECT_LT(around.now(), 10s);
  EXPECT_FALSE(around.run_until([&] { return done.grants == 2; }, 10s));
  EXPECT_GT(around.now(), 10s);
}

}  // namespace

}  // namespace conclave::sim
