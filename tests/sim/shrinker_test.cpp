// Shrinking keeps the failure, leaves out what it does not need, and stops in time.
#include "sim/shrink/shrinker.hpp"

#include "sim/shrink/artifacts.hpp"
#include "sim/shrink/isolated_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

// Under the address sanitizer a run takes some thirty times as long.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t seeds_run = 3;
#else
constexpr std::uint64_t seeds_run = 12;
#endif

const std::function<bool()> never_out_of_time = [] { return false; };

// Clocks beyond the bound, and the promise checked all the same.
plan breaks_a_promise(std::uint64_t seed) {
  plan drawn = draw_plan(seed);
  drawn.world.clocks = clock_spread::beyond;
  drawn.world.strict = true;
  drawn.world.clock_drift_max_ppm = 5'000;
  return drawn;
}

verdict run(const plan& what) {
  return run_isolated(what, 60s);
}

TEST(shrinker, keeps_the_cause_and_leaves_most_of_the_run_out) {
  std::size_t shrunk_runs = 0;
  for (std::uint64_t seed = 1; seed <= seeds_run; ++seed) {
    const plan whole = breaks_a_promise(seed);
    const verdict before = run(whole);
    if (before.cause.empty()) {
      continue;
    }
    ++shrunk_runs;
    shrinker cutter(run, never_out_of_time);
    const plan shrunk = cutter.shrink(whole);
    EXPECT_EQ(run(shrunk).cause, before.cause) << "seed " << seed;
    EXPECT_LE(shrunk.faults.size(), 6U) << "seed " << seed;
    EXPECT_LE(events_of(shrunk), 40U) << "seed " << seed;
    EXPECT_TRUE(shrunk.operations && shrunk.incidents) << "seed " << seed;
  }
  EXPECT_GT(shrunk_runs, seeds_run / 4);
}

TEST(shrinker, returns_what_does_not_fail_as_it_is) {
  plan fine = draw_plan(1);
  fine.world.faults_last = 1s;
  shrinker cutter(run, never_out_of_time);
  EXPECT_EQ(to_text(cutter.shrink(fine)), to_text(fine));
  EXPECT_TRUE(cutter.found().cause.empty());
  EXPECT_EQ(cutter.runs(), 1U);
}

TEST(shrinker, gives_what_it_has_when_time_is_out) {
  std::size_t left = 4;
  shrinker cutter(
      [](const plan&) {
        return verdict{.cause = "always", .what = "", .operations = {}, .incidents = {}};
      },
      [&] { return left == 0 || --left == 0; });
  const plan whole = draw_plan(5);
  EXPECT_LT(to_text(cutter.shrink(whole)).size(), to_text(whole).size());
  EXPECT_EQ(cutter.runs(), 4U);
}

// A failure that needs exactly two faults and one operation.
TEST(shrinker, finds_the_few_things_that_matter_among_many) {
  plan whole = draw_plan(5);
  whole.faults.clear();
  for (int i = 0; i < 40; ++i) {
    whole.faults.push_back({.kind = i == 7 || i == 33 ? fault_kind::crash : fault_kind::pause,
                            .begins = true_time(1s * i),
                            .ends = true_time(1s * i)});
  }
  whole.operations.emplace();
  for (std::uint32_t i = 0; i < 100; ++i) {
    whole.operations->push_back({.slot = i, .at = true_time(10ms * i)});
  }
  const auto judge = [](const plan& tried) {
    const auto crashes = std::ranges::count(tried.faults, fault_kind::crash, &fault::kind);
    const bool asked = std::ranges::count(*tried.operations, 42U, &operation::slot) == 1;
    return verdict{.cause = crashes == 2 && asked ? "both" : "",
                   .what = "",
                   .ended = 1000s,
                   .operations = {},
                   .incidents = {}};
  };
  const plan shrunk = shrinker(judge, never_out_of_time).shrink(whole);
  EXPECT_EQ(shrunk.faults.size(), 2U);
  EXPECT_EQ(shrunk.operations->size(), 1U);
}

TEST(shrinker, a_plan_without_a_machine_names_the_others_anew) {
  plan whole = draw_plan(5);
  whole.world.voters = 3;
  whole.world.others = 1;
  whole.world.twins = 0;
  whole.faults = {{.kind = fault_kind::crash, .subject = 1},
                  {.kind = fault_kind::cut, .subject = 0, .from = 0b1011, .to = 0b0100},
                  {.kind = fault_kind::pause, .subject = 3}};
  whole.operations = {{{.machine = 1}, {.machine = 2}}};
  whole.incidents = {
      {{.key = {.from = 3, .to = 0, .number = 7}}, {.key = {.from = 0, .to = 1, .number = 7}}}};
  const plan without = without_machine(whole, 1);
  EXPECT_EQ(without.world.voters, 2U);
  ASSERT_EQ(without.faults.size(), 2U);
  EXPECT_EQ(without.faults[0].from, 0b101U);
  EXPECT_EQ(without.faults[0].to, 0b010U);
  EXPECT_EQ(without.faults[1].subject, 2U);
  ASSERT_EQ(without.operations->size(), 1U);
  EXPECT_EQ(without.operations->front().machine, 1U);
  ASSERT_EQ(without.incidents->size(), 1U);
  EXPECT_EQ(without.incidents->front().key.from, 2U);
}

TEST(isolated_run, says_what_the_run_says_and_what_was_done_in_it) {
  const plan whole = breaks_a_promise(7);
  verdict first = run(whole);
  EXPECT_EQ(first.what.substr(0, first.cause.size()), first.cause);
  EXPECT_GT(first.ended, 0s);
  EXPECT_FALSE(first.operations.empty());
}

TEST(isolated_run, a_run_without_an_end_is_ended) {
  plan endless = draw_plan(1);
  endless.world.faults_last = 24h;
  EXPECT_EQ(run_isolated(endless, 50ms).cause, "hang");
}

TEST(artifacts, are_a_scenario_that_can_be_read_and_a_test_that_holds_the_plan) {
  const plan whole = breaks_a_promise(7);
  const std::string scenario = scenario_of(whole, "it broke");
  auto read = read_plan(scenario);
  ASSERT_TRUE(std::holds_alternative<plan>(read));
  EXPECT_EQ(to_text(std::get<plan>(read)), to_text(whole));
  const std::string test = test_of(whole, "case_7", "it broke");
  EXPECT_NE(test.find("TEST(shrunk, case_7)"), std::string::npos);
  EXPECT_NE(test.find(to_text(whole)), std::string::npos);
}

}  // namespace
}  // namespace conclave::sim
