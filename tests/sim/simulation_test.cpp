// Whole runs: what they count, what they say, and that a cluster without a majority is noticed.
#include "sim/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

options quiet() {
  options drawn = draw_options(1);
  drawn.voters = 3;
  drawn.others = 0;
  drawn.new_cluster = true;
  drawn.calm = {.delay_min = 100us, .delay_spread = 100us};
  drawn.fault_kinds = 0;
  drawn.twins = 0;
  drawn.clocks = clock_spread::random;
  drawn.distances_uneven = false;
  drawn.long_holds = false;
  drawn.rest = {};
  drawn.outbox_max = 100'000;
  drawn.left_voters = drawn.left_others = 0;
  drawn.tick_late_max = {};
  drawn.faults_last = 1s;
  return drawn;
}

fault crash_of(machine_index subject, duration begins, duration ends) {
  return {.kind = fault_kind::crash,
          .begins = true_time(begins),
          .ends = true_time(ends),
          .subject = subject};
}

TEST(simulation, without_faults_nothing_is_lost_and_all_are_served) {
  const run_result result = simulation(quiet(), {}, {}).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
  EXPECT_GT(result.counted.of(counter::grants), 10U);
  EXPECT_EQ(result.counted.of(counter::lost_no_quorum), 0U);
  EXPECT_EQ(result.counted.of(counter::lost_expired), 0U);
  EXPECT_EQ(result.counted.of(counter::frames_lost), 0U);
  EXPECT_LT(result.served_after, 1s);
  EXPECT_GT(result.least_slack, 0ns);
}

TEST(simulation, a_majority_that_stays_dead_makes_no_progress) {
  options drawn = quiet();
  drawn.left_voters = 2;
  const run_result result = simulation(drawn, {}, {}).run();
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_NE(result.what.find("not served within"), std::string::npos) << result.what;
}

TEST(simulation, a_minority_that_stays_broken_delays_nobody_for_ever) {
  for (std::size_t i = 0; i < aftermaths_count; ++i) {
    options drawn = quiet();
    drawn.left_voters = 1;
    drawn.left_to = static_cast<aftermath>(i);
    const run_result result = simulation(drawn, {}, {}).run();
    EXPECT_EQ(result.outcome, outcome::kept) << to_string(drawn.left_to) << ": " << result.what;
  }
}

TEST(simulation, a_storm_of_datagrams_is_no_progress) {
  options drawn = quiet();
  drawn.storm = 10;
  const run_result result = simulation(drawn, {}, {}).run();
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_NE(result.what.find("more than 10 datagrams"), std::string::npos) << result.what;
}

TEST(simulation, who_crashes_comes_back) {
  const run_result result = simulation(quiet(), {crash_of(0, 100ms, 300ms)}, {}).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
  EXPECT_EQ(result.counted.of(counter::restarts), 1U);
  EXPECT_EQ(result.counted.of(counter::abstentions), 1U);
}

TEST(simulation, one_fault_less_leaves_the_others_as_they_are) {
  const options drawn = draw_options(3);
  std::vector<fault> schedule = draw_schedule(drawn);
  ASSERT_GT(schedule.size(), 3U);
  schedule.erase(schedule.begin() + 1);
  const run_result result = simulation(drawn, schedule, {}).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
}

TEST(simulation, a_trace_changes_nothing) {
  options drawn = draw_options(5);
  drawn.faults_last = 1s;
  std::size_t lines = 0;
  const trace_sink count = [&](true_time, std::string_view) { ++lines; };
  const run_result traced = simulation(drawn, draw_schedule(drawn), count).run();
  const run_result silent = simulation(drawn, draw_schedule(drawn), {}).run();
  EXPECT_EQ(traced.digest, silent.digest);
  EXPECT_GT(lines, 100U);
}

TEST(simulation, another_seed_is_another_run) {
  options drawn = quiet();
  const run_result first = simulation(drawn, {}, {}).run();
  drawn.seed = 2;
  const run_result second = simulation(drawn, {}, {}).run();
  EXPECT_NE(first.digest, second.digest);
}

}  // namespace
}  // namespace conclave::sim
