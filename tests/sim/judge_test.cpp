// The judge: each promise can be seen broken. What nodes would never do is told to it by hand.
#include "sim/checks/judge.hpp"

#include "sim/checks/coverage.hpp"
#include "sim/world_setup.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

constexpr core::request_id first{1};
constexpr core::request_id second{2};

class judge_test : public testing::Test {
 protected:
  judge_test() {
    const std::vector<std::string> names = machine_names(4);
    for (const std::string& name : names) {
      machine one{.settings = {}, .where = {}, .seeds = {}, .clock = skewed_clock({}, 0)};
      one.settings.name = name;
      one.settings.voters = machine_names(3);
      machines_.push_back(std::move(one));
    }
    judge_.watch({0, 1, 2});
    for (machine_index at = 0; at < names.size(); ++at) {
      judge_.started(at);
    }
  }

  // Without processes: those that are down reserve for ever.
  void ask(machine_index at, core::request_id id, true_time now) {
    judge_.asked(at, id, 0, 1, now);
  }
  void grant(machine_index at, core::request_id id, std::uint64_t token, duration until,
             true_time now) {
    judge_.happened(at,
                    core::granted{.request = id,
                                  .token = fencing_token(token),
                                  .deadline = core::instant(until),
                                  .asked_as = id},
                    now);
    judge_.stepped(at, now);
  }
  void run_voters() {
    for (machine_index at = 0; at < 3; ++at) {
      core::node_start start;
      start.settings = machines_[at].settings;
      start.settings.new_cluster = true;
      start.boot = core::boot_id{1};
      start.wall_ns = 100;  // above all tokens here
      machines_[at].process.emplace(start);
    }
  }
  void expect_broken(promise which) {
    ASSERT_TRUE(judge_.broken());
    EXPECT_EQ(judge_.broken()->broken, which) << judge_.broken()->text;
  }

  std::vector<machine> machines_;
  std::vector<std::string> locks_{"a"};
  judge judge_{machines_, locks_};
  true_time now_{};
};

TEST_F(judge_test, one_holder_after_the_other_is_well) {
  ask(0, first, true_time{0s});
  ask(1, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.unlocked(0, first, true, true_time{2s});
  grant(1, first, 6, 10s, true_time{2s});
  EXPECT_FALSE(judge_.broken());
  EXPECT_EQ(judge_.holder_of(0, true_time{3s})->machine, 1U);
}

TEST_F(judge_test, two_holders_at_one_instant_break_exclusion) {
  ask(0, first, true_time{0s});
  ask(1, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  grant(1, first, 6, 20s, true_time{9s});
  expect_broken(promise::exclusion);
}

TEST_F(judge_test, a_holder_that_stands_still_believes_until_its_deadline) {
  ask(0, first, true_time{0s});
  ask(1, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  grant(1, first, 6, 20s, true_time{10s});
  EXPECT_FALSE(judge_.broken());
}

TEST_F(judge_test, a_crashed_holder_believes_nothing) {
  ask(0, first, true_time{0s});
  ask(1, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.stopped(0);
  grant(1, first, 6, 20s, true_time{2s});
  EXPECT_FALSE(judge_.broken());
}

TEST_F(judge_test, a_token_that_does_not_rise_breaks_fencing) {
  ask(0, first, true_time{0s});
  ask(1, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.unlocked(0, first, true, true_time{2s});
  grant(1, first, 5, 10s, true_time{3s});
  expect_broken(promise::fencing);
}

TEST_F(judge_test, a_further_token_that_does_not_rise_breaks_fencing) {
  ask(0, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.token_taken(0, first, fencing_token(6), true_time{2s});
  judge_.stepped(0, true_time{2s});
  EXPECT_FALSE(judge_.broken());
  judge_.token_taken(0, first, fencing_token(6), true_time{2s});
  judge_.stepped(0, true_time{2s});
  expect_broken(promise::fencing);
}

TEST_F(judge_test, a_token_after_the_deadline_breaks_fail_closed) {
  ask(0, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.token_taken(0, first, fencing_token(6), true_time{10s});
  expect_broken(promise::fail_closed);
}

TEST_F(judge_test, a_hold_that_comes_back_after_its_deadline_breaks_fail_closed) {
  ask(0, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.happened(0, core::extended{.request = first, .deadline = core::instant(20s)},
                  true_time{10s});
  expect_broken(promise::fail_closed);
}

TEST_F(judge_test, a_loss_before_the_deadline_breaks_fail_closed) {
  ask(0, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.happened(0, core::lost{.request = first, .reason = loss_reason::no_quorum}, true_time{9s});
  expect_broken(promise::fail_closed);
}

TEST_F(judge_test, an_unlock_that_says_it_held_to_the_end_when_it_did_not_breaks_fail_closed) {
  ask(0, first, true_time{0s});
  grant(0, first, 5, 10s, true_time{1s});
  judge_.unlocked(0, first, true, true_time{11s});
  expect_broken(promise::fail_closed);
}

TEST_F(judge_test, an_event_for_a_request_that_is_over_breaks_one_ending) {
  ask(0, first, true_time{0s});
  judge_.happened(0, core::failed{.request = first, .reason = errc::timed_out}, true_time{1s});
  EXPECT_FALSE(judge_.broken());
  grant(0, first, 5, 10s, true_time{2s});
  expect_broken(promise::one_ending);
}

TEST_F(judge_test, an_event_for_a_request_that_nobody_made_breaks_one_ending) {
  judge_.happened(0, core::failed{.request = second, .reason = errc::timed_out}, true_time{1s});
  expect_broken(promise::one_ending);
}

TEST_F(judge_test, a_belief_that_no_voter_backs_breaks_the_reservation) {
  run_voters();
  ask(3, first, true_time{0s});
  grant(3, first, 5, 10s, true_time{1s});
  expect_broken(promise::reservation);
}

TEST_F(judge_test, a_voter_that_no_longer_backs_a_belief_breaks_the_reservation) {
  ask(3, first, true_time{0s});
  grant(3, first, 5, 10s, true_time{1s});
  EXPECT_FALSE(judge_.broken());
  run_voters();  // as if they lent at once what they lent before
  judge_.stepped(0, true_time{2s});
  EXPECT_FALSE(judge_.broken());
  judge_.stepped(1, true_time{2s});
  expect_broken(promise::reservation);
}

TEST(coverage, a_majority_stands_until_its_weakest_member_goes) {
  const auto when = [](int s) { return true_time{std::chrono::seconds(s)}; };
  EXPECT_EQ(majority_until(std::vector{when(5)}), when(5));
  EXPECT_EQ(majority_until(std::vector{when(5), when(9)}), when(5));
  EXPECT_EQ(majority_until(std::vector{when(5), when(9), when(1)}), when(5));
  EXPECT_EQ(majority_until(std::vector{when(5), when(9), when(1), when(7)}), when(5));
  EXPECT_EQ(majority_until(std::vector{when(5), when(9), when(1), end_of_time, when(0)}), when(5));
}

}  // namespace
}  // namespace conclave::sim
