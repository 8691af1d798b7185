// Clocks and the queue of events: exact, in order, the same on every machine.
#include "sim/clock.hpp"

#include "base/random.hpp"
#include "sim/event_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

TEST(skewed_clock, a_deadline_is_reached_at_its_first_true_time_and_not_before) {
  core::random_source random(1);
  for (int round = 0; round < 20'000; ++round) {
    const auto ahead_ppb = static_cast<std::int64_t>(random.below(400'000'001)) - 200'000'000;
    const core::instant start{random.between(duration(0), duration(24h))};
    const skewed_clock clock(start, ahead_ppb);
    const core::instant deadline = start + random.between(duration(0), duration(48h));
    const true_time reached = clock.first_reaching(deadline);
    ASSERT_GE(clock.local(reached), deadline);
    if (reached > true_time{}) {
      ASSERT_LT(clock.local(reached - 1ns), deadline);
    }
  }
}

TEST(skewed_clock, runs_at_its_rate) {
  const skewed_clock fast(core::instant{1h}, 5'000'000);
  EXPECT_NEAR(static_cast<double>((fast.local(true_time{100s}) - fast.local(true_time{})).count()),
              100.5e9, 50);
  const skewed_clock slow(core::instant{}, -5'000'000);
  EXPECT_NEAR(static_cast<double>(slow.local(true_time{100s}).time_since_epoch().count()), 99.5e9,
              50);
  const skewed_clock even(core::instant{}, 0);
  EXPECT_EQ(even.local(true_time{123'456'789ns}), core::instant{123'456'789ns});
}

TEST(skewed_clock, deadlines_that_never_come_and_those_long_past_are_known) {
  const skewed_clock clock(core::instant{1h}, 1'000);
  EXPECT_EQ(clock.first_reaching(core::never), end_of_time);
  EXPECT_EQ(clock.first_reaching(core::long_ago), true_time{});
  EXPECT_EQ(clock.first_reaching(core::instant{1h}), true_time{});
}

TEST(skewed_clock, goes_on_from_what_it_showed_when_its_rate_changes) {
  core::random_source random(2);
  for (int round = 0; round < 1'000; ++round) {
    skewed_clock clock(core::instant{1h}, 0);
    true_time at{};
    for (int change = 0; change < 5; ++change) {
      at += random.between(duration(1), duration(1h));
      const core::instant before = clock.local(at);
      const auto ahead_ppb = static_cast<std::int64_t>(random.below(400'000'001)) - 200'000'000;
      clock.set_rate(at, ahead_ppb);
      ASSERT_EQ(clock.local(at), before);
      const core::instant deadline = before + random.between(duration(1), duration(1h));
      const true_time reached = clock.first_reaching(deadline);
      ASSERT_GE(clock.local(reached), deadline);
      ASSERT_LT(clock.local(reached - 1ns), deadline);
    }
    ASSERT_EQ(clock.first_reaching(core::instant{}), at);
  }
}

TEST(event_queue, gives_events_by_time_and_those_of_one_time_as_they_were_scheduled) {
  event_queue events;
  events.schedule(true_time{2ns}, event_kind::tick, 1);
  events.schedule(true_time{1ns}, event_kind::tick, 2);
  events.schedule(true_time{2ns}, event_kind::arrival, 3);
  events.schedule(true_time{1ns}, event_kind::user, 4);
  std::vector<std::uint32_t> order;
  while (!events.empty()) {
    order.push_back(events.pop().subject);
  }
  EXPECT_EQ(order, (std::vector<std::uint32_t>{2, 4, 1, 3}));
}

}  // namespace
}  // namespace conclave::sim
