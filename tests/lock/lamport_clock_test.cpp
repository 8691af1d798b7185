// The Lamport clock rises, and no peer can use it up (docs/protocol.md, "Restart").
#include "lock/lamport_clock.hpp"

#include "bench_table.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

constexpr std::uint64_t wall = 1'700'000'000'000'000'000;

TEST(lamport_clock, starts_at_the_wall_clock_and_rises_by_one_for_each_request) {
  lamport_clock clock(wall, instant{}, 1h);
  EXPECT_EQ(clock.time().value, wall);
  EXPECT_EQ(clock.tick().value, wall + 1);
  EXPECT_EQ(clock.tick().value, wall + 2);
}

TEST(lamport_clock, follows_any_greater_time_and_no_smaller_one) {
  lamport_clock clock(wall, instant{}, 1h);
  clock.observe({wall + 100});
  EXPECT_EQ(clock.time().value, wall + 100);
  clock.observe({wall + 50});
  EXPECT_EQ(clock.time().value, wall + 100);
}

TEST(lamport_clock, refuses_a_time_too_far_ahead_of_the_wall_clock) {
  const lamport_clock clock(wall, instant{}, 1h);
  const std::uint64_t hour = 3'600'000'000'000;
  EXPECT_TRUE(clock.admits({wall + hour}, instant{}));
  EXPECT_FALSE(clock.admits({wall + hour + 1}, instant{}));
  EXPECT_TRUE(clock.admits({wall + 2 * hour}, at(1h)));  // the wall clock has gone on
  EXPECT_FALSE(clock.admits({INT64_MAX}, instant{}));
  EXPECT_FALSE(clock.admits({UINT64_MAX}, instant{}));
}

TEST(lamport_clock, can_not_be_moved_up_step_by_step) {
  lamport_clock clock(wall, instant{}, 1h);
  const std::uint64_t hour = 3'600'000'000'000;
  clock.observe({wall + hour});
  EXPECT_FALSE(clock.admits({wall + hour + 1}, instant{}));
}

TEST(lamport_clock, keeps_room_at_the_top_for_its_own_requests) {
  lamport_clock clock(lamport_heard_max - 10, instant{}, 1h);
  EXPECT_TRUE(clock.admits({lamport_heard_max}, instant{}));
  EXPECT_FALSE(clock.admits({lamport_heard_max + 1}, instant{}));
  clock.observe({lamport_heard_max});
  for (int i = 0; i < 1000; ++i) {
    clock.tick();
  }
  EXPECT_LT(clock.time().value, lamport_max);
}

}  // namespace
}  // namespace conclave::core
