// Which periods a node runs, whatever its wall clock does.
#include "runtime/job_periods.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace conclave::runtime {
namespace {

using namespace std::chrono_literals;

class job_periods_test : public testing::Test {
 protected:
  job_periods periods_{10s, 2s};
};

TEST_F(job_periods_test, the_one_in_which_it_takes_over_is_left_out) {
  periods_.take_over(1'003s);
  EXPECT_FALSE(periods_.take_due(1'003s));
  EXPECT_FALSE(periods_.take_due(1'009s));
  EXPECT_EQ(periods_.take_due(1'010s), 1'010s);
}

// By another clock it has begun, and whoever led before may have run it.
TEST_F(job_periods_test, so_is_one_that_begins_within_what_clocks_may_differ_by) {
  periods_.take_over(1'008s);
  EXPECT_FALSE(periods_.take_due(1'010s));
  EXPECT_EQ(periods_.take_due(1'020s), 1'020s);
}

TEST_F(job_periods_test, one_that_begins_later_than_that_is_run) {
  periods_.take_over(1'007'999ms);
  EXPECT_EQ(periods_.take_due(1'010s), 1'010s);
}

TEST_F(job_periods_test, each_is_run_once_and_those_that_were_missed_are_not) {
  periods_.take_over(1'000s);
  EXPECT_EQ(periods_.take_due(1'011s), 1'010s);
  EXPECT_FALSE(periods_.take_due(1'019s));
  EXPECT_EQ(periods_.take_due(1'055s), 1'050s);
  EXPECT_FALSE(periods_.take_due(1'056s));
}

TEST_F(job_periods_test, none_is_run_again_when_the_clock_is_set_back) {
  periods_.take_over(1'000s);
  EXPECT_TRUE(periods_.take_due(1'030s));
  EXPECT_FALSE(periods_.take_due(1'012s));
  periods_.take_over(1'012s);
  EXPECT_FALSE(periods_.take_due(1'035s));
  EXPECT_TRUE(periods_.take_due(1'040s));
}

TEST_F(job_periods_test, the_next_one_begins_after_that_which_is_done_with) {
  periods_.take_over(1'003s);
  EXPECT_EQ(periods_.until_next(1'003s), 7s);
  EXPECT_TRUE(periods_.take_due(1'010s));
  EXPECT_EQ(periods_.until_next(1'010s), 10s);
}

}  // namespace
}  // namespace conclave::runtime
