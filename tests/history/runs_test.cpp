// Histories of simulated runs: those of correct runs are accepted, and what is changed in them is
// found.
#include "sim/history/checker.hpp"
#include "sim/history/recorder.hpp"
#include "sim/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;
using histories::history;
using histories::operation_kind;
using histories::rule;

constexpr std::uint64_t seeds_each = 25;
// Under the address sanitizer a run takes some thirty times as long. So few may all be runs that
// promise less.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t seeds_run = 3;
#else
constexpr std::uint64_t seeds_run = seeds_each;
#endif

struct recorded {
  history told;
  run_result result;
  options drawn;
};

recorded record(std::uint64_t seed) {
  recorded one;
  one.drawn = draw_options(seed, {});
  one.drawn.faults_last = 2s;
  simulation world(one.drawn, draw_schedule(one.drawn), {});
  history_recorder recorder;
  world.watch(recorder);
  one.result = world.run();
  one.told = recorder.told();
  return one;
}

// Whether all is promised that the checker checks (docs/protocol.md, "Promises").
bool promises_all(const recorded& one) {
  const bool remembers =
      one.drawn.walls_stay_right() || one.result.counted.of(counter::floors_on_wall_clock) == 0;
  return !one.drawn.any_clocks() && remembers;
}

class runs : public testing::TestWithParam<std::uint64_t> {};

TEST_P(runs, that_are_correct_have_consistent_histories) {
  std::uint64_t checked = 0;
  for (std::uint64_t seed = GetParam(); seed < GetParam() + seeds_run; ++seed) {
    recorded one = record(seed);
    ASSERT_EQ(one.result.outcome, outcome::kept) << "seed " << seed << ": " << one.result.what;
    if (!promises_all(one)) {
      continue;
    }
    ++checked;
    const histories::verdict given = histories::check(one.told, {});
    ASSERT_TRUE(given.consistent()) << "seed " << seed << ": " << given.violations.front().text;
    ASSERT_FALSE(given.undecided());
  }
  if (seeds_run == seeds_each) {
    EXPECT_GE(checked, seeds_run / 3);
  }
}

INSTANTIATE_TEST_SUITE_P(from, runs, testing::Range<std::uint64_t>(0, 300, seeds_each),
                         testing::PrintToStringParamName());

// The holds of lock 0 of a run, as they were acquired, in the order of their tokens.
std::vector<histories::operation*> acquired(history& told) {
  std::vector<histories::operation*> found;
  for (histories::operation& one : told.operations) {
    const bool is_first_lock = one.lock == told.operations.front().lock;
    if (one.kind == operation_kind::acquire && one.result == histories::outcome::ok &&
        is_first_lock) {
      found.push_back(&one);
    }
  }
  std::ranges::sort(found, {}, [](const histories::operation* one) { return one->token; });
  return found;
}

histories::operation* release_of(history& told, const histories::operation& acquired) {
  const auto found = std::ranges::find_if(told.operations, [&](const histories::operation& one) {
    return one.kind == operation_kind::release && one.lock == acquired.lock &&
           one.token == acquired.token && one.result == histories::outcome::ok;
  });
  return found == told.operations.end() ? nullptr : &*found;
}

class changed_run : public testing::Test {
 protected:
  void SetUp() override {
    // Without faults all holds end by a release.
    options drawn = draw_options(1, {});
    drawn.voters = 3;
    drawn.others = 0;
    drawn.new_cluster = true;
    drawn.fault_kinds = 0;
    drawn.left_voters = drawn.left_others = 0;
    drawn.clocks = clock_spread::random;
    drawn.faults_last = 2s;
    simulation world(drawn, {}, {});
    history_recorder recorder;
    world.watch(recorder);
    ASSERT_EQ(world.run().outcome, outcome::kept);
    told_ = recorder.told();
    ASSERT_THAT(broken(), testing::IsEmpty());
    holds_ = acquired(told_);
    ASSERT_GT(holds_.size(), 10U);
    middle_ = holds_.size() / 2;
  }

  [[nodiscard]] std::vector<rule> broken() {
    history copy = told_;
    std::vector<rule> rules;
    for (const histories::violation& one : histories::check(copy, {}).violations) {
      rules.push_back(one.broken);
    }
    return rules;
  }

  history told_;
  std::vector<histories::operation*> holds_;
  std::size_t middle_ = 0;
};

TEST_F(changed_run, with_a_token_given_twice_is_found) {
  histories::operation& next = *holds_[middle_ + 1];
  histories::operation* release = release_of(told_, next);
  ASSERT_NE(release, nullptr);
  next.token = release->token = holds_[middle_]->token;
  EXPECT_THAT(broken(), testing::Contains(rule::unique_tokens));
}

TEST_F(changed_run, with_two_tokens_exchanged_is_found) {
  const fencing_token first = holds_[middle_ - 3]->token;
  const fencing_token second = holds_[middle_ + 3]->token;
  for (histories::operation& one : told_.operations) {
    one.token = one.token == first ? second : one.token == second ? first : one.token;
  }
  EXPECT_THAT(broken(), testing::Contains(rule::rising_tokens));
}

TEST_F(changed_run, with_a_hold_that_lasts_over_the_next_is_found) {
  histories::operation* release = release_of(told_, *holds_[middle_]);
  ASSERT_NE(release, nullptr);
  release->called = release->returned = holds_[middle_ + 1]->returned + 1ns;
  holds_[middle_]->valid_until = histories::never;
  EXPECT_THAT(broken(), testing::Contains(rule::exclusion));
}

TEST_F(changed_run, without_a_release_is_found_when_there_is_no_lease_either) {
  histories::operation* release = release_of(told_, *holds_[middle_]);
  ASSERT_NE(release, nullptr);
  *release = *holds_[middle_];  // a repeated line
  for (histories::operation& one : told_.operations) {
    one.valid_until = histories::never;
  }
  EXPECT_THAT(broken(), testing::Contains(rule::exclusion));
}

TEST_F(changed_run, without_a_release_is_consistent_when_the_lease_ends_before_the_next) {
  histories::operation* release = release_of(told_, *holds_[middle_]);
  ASSERT_NE(release, nullptr);
  const histories::moment ended = release->called;
  const fencing_token token = release->token;
  *release = *holds_[middle_];
  for (histories::operation& one : told_.operations) {
    if (one.token == token) {
      one.valid_until = ended;
    }
  }
  EXPECT_THAT(broken(), testing::IsEmpty());
}

TEST_F(changed_run, with_a_release_by_another_process_is_found) {
  histories::operation* release = release_of(told_, *holds_[middle_]);
  ASSERT_NE(release, nullptr);
  release->process = told_.process("somebody else");
  EXPECT_THAT(broken(), testing::Contains(rule::not_held));
}

TEST_F(changed_run, with_an_acquisition_that_came_earlier_is_found) {
  histories::operation& next = *holds_[middle_ + 1];
  next.called = holds_[middle_]->called;
  next.returned = holds_[middle_]->returned;
  EXPECT_THAT(broken(), testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace conclave::sim
