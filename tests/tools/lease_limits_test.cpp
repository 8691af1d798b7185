// When a command under a lock has to end.
#include "tools/lease_limits.hpp"

#include "tools/failure.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace conclave::tools {

namespace {

using namespace std::chrono_literals;

TEST(lease_limits, the_command_is_told_then_killed_then_guarded_against_before_the_deadline) {
  const lease_limits limits = limits_of(3s, 500ms);
  const core::instant deadline{100s};
  EXPECT_EQ(limits.grace, 500ms);
  EXPECT_EQ(limits.kill_at(deadline) - limits.term_at(deadline), 500ms);
  EXPECT_LT(limits.kill_at(deadline), limits.guard_at(deadline));
  EXPECT_LT(limits.guard_at(deadline), deadline);
}

// A lease is extended when a third of it is over, and the holder looks some time after that: a
// healthy command must never come near its end.
TEST(lease_limits, leave_two_thirds_of_the_lease_to_healthy_extensions) {
  for (const core::duration lease :
       {core::duration(100ms), core::duration(3s), core::duration(1h)}) {
    const lease_limits limits = limits_of(lease, std::nullopt);
    EXPECT_LE(limits.grace + limits.margin, lease / 3 + 1ns);
    EXPECT_GT(limits.grace, 0s);
    EXPECT_GT(limits.margin, 0s);
  }
}

TEST(lease_limits, refuse_a_grace_time_that_is_too_long_for_the_lease) {
  EXPECT_THROW(static_cast<void>(limits_of(10s, 3001ms)), failure);
  EXPECT_EQ(limits_of(10s, 3s).grace, 3s);
  EXPECT_EQ(limits_of(10s, 0s).grace, 0s);
}

}  // namespace

}  // namespace conclave::tools
