// Candidates that can reach no quorum (docs/protocol.md, "Standing aside").
#include "candidate_fixture.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace conclave::core {
namespace {

class standing_aside_test : public candidate_test {
 protected:
  // Those voters answer all the time up to then; a frame came from them at the end.
  void go_on(const std::vector<std::string>& reached, duration until) {
    given_back_.clear();
    for (; now_ < until; now_ += test_ttl / 10) {
      tick(now_);
      std::ranges::copy(said_.all<relinquish>(), std::back_inserter(given_back_));
      for (const std::string& name : reached) {
        hear(name, 1, now_, now_);
      }
    }
  }

  duration now_{};
  std::vector<relinquish> given_back_;
};

TEST_F(standing_aside_test, gives_back_the_votes_that_others_may_need) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  go_on({"a"}, 2 * test_ttl);
  ASSERT_EQ(given_back_.size(), 1U);
  EXPECT_EQ(given_back_[0].ballot, ballot{5'000});
  EXPECT_FALSE(given_back_[0].waits);
  EXPECT_EQ(candidate_.counters().stood_aside, 1U);
  go_on({"a"}, 4 * test_ttl);
  EXPECT_TRUE(given_back_.empty()) << "once";
  lend("a", mine, 6'000, now_);
  const auto again = said_.all<relinquish>();
  ASSERT_EQ(again.size(), 1U) << "it waited there";
  EXPECT_EQ(again[0].ballot, ballot{6'000});
  EXPECT_FALSE(again[0].waits);
}

TEST_F(standing_aside_test, is_not_done_while_a_quorum_is_reached) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  go_on({"a", "b"}, 4 * test_ttl);
  EXPECT_TRUE(given_back_.empty());
  lend("b", mine, 5'000, now_);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

// The voters are heard all the time, but what they lend for it never counts: the answer takes
// longer than the lease.
TEST_F(standing_aside_test, is_done_with_a_lease_that_is_shorter_than_the_way_to_the_voters) {
  lock_step step = said_.step(0s);
  candidate_.lock("another", {}, step);  // whose votes would count
  const request_id mine = ask(0s, {.lease = test_ttl / 20});
  lend("a", mine, 5'000);
  for (; now_ < 2 * test_ttl; now_ += test_ttl / 40) {
    tick(now_);
    std::ranges::copy(said_.all<relinquish>(), std::back_inserter(given_back_));
    for (const std::string name : {"a", "b", "c"}) {
      hear(name, 1, now_ - test_ttl / 15, now_);
    }
  }
  ASSERT_GE(given_back_.size(), 1U);
  EXPECT_FALSE(given_back_[0].waits);
  EXPECT_TRUE(candidate_.attempts().at(mine).aside);
}

// Sessions open one after the other.
TEST_F(standing_aside_test, is_not_done_within_a_lease_of_asking) {
  go_on({"a"}, 2 * test_ttl);
  const request_id mine = ask(now_);
  lend("a", mine, 5'000, now_);
  go_on({"a"}, now_ + test_ttl * 9 / 10);
  EXPECT_TRUE(given_back_.empty());
  go_on({"a"}, now_ + test_ttl / 2);
  EXPECT_EQ(given_back_.size(), 1U);
}

TEST_F(standing_aside_test, ends_at_the_old_place_when_a_quorum_is_reached) {
  const request_id mine = ask();
  const ticket place = candidate_.attempts().at(mine).ticket;
  lend("a", mine, 5'000);
  go_on({"a"}, 2 * test_ttl);
  hear("b", 1, now_, now_);
  const auto asked = said_.all<request>();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].ticket, place);
  EXPECT_GT(asked[0].min_ballot, ballot{5'000}) << "what is given back may come to a voter later";
  lend("a", mine, 6'000, now_);
  lend("b", mine, 6'000, now_);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

// Of a session that opens alone.
TEST_F(standing_aside_test, does_not_end_with_one_voter_more_that_is_too_few) {
  const request_id mine = ask();
  go_on({}, 2 * test_ttl);
  EXPECT_EQ(candidate_.counters().stood_aside, 1U);
  hear("a", 2, now_, now_);
  EXPECT_TRUE(said_.all<request>().empty());
  hear("b", 2, now_, now_);
  EXPECT_EQ(said_.all<request>().size(), 3U);
  EXPECT_FALSE(candidate_.attempts().at(mine).aside);
}

TEST_F(standing_aside_test, ends_when_a_clock_is_trusted_again) {
  const request_id mine = ask();
  {
    lock_step step = said_.step(now_);
    candidate_.trust_clock(node_id_of("b"), false, step);
  }
  go_on({"a", "b"}, 2 * test_ttl);
  EXPECT_TRUE(candidate_.attempts().at(mine).aside);
  {
    lock_step step = said_.step(now_);
    candidate_.trust_clock(node_id_of("b"), true, step);
  }
  go_on({"a", "b"}, now_ + test_ttl);
  EXPECT_FALSE(candidate_.attempts().at(mine).aside);
}

// Else it could wait for one slot while another is free: it looks for others only for a while.
TEST_F(standing_aside_test, leaves_the_choice_of_a_slot_open) {
  const request_id mine = ask(0s, {.mode = lock_mode::permit, .permits = 2});
  go_on({"a"}, test_ttl / 2);
  for (const auto& [voter, slot] : {std::pair("a", 1), std::pair("b", 2)}) {
    said_.lamport.observe({5'010});
    tell(voter,
         vote{.lock = "l",
              .request = mine,
              .ballot = ballot{5'000},
              .generation = core::generation{1},
              .slot = static_cast<permit_slot>(slot)},
         now_);
  }
  ASSERT_NE(candidate_.attempts().at(mine).slot, any_slot);
  go_on({"a"}, test_ttl * 13 / 10);
  ASSERT_TRUE(candidate_.attempts().at(mine).aside);
  EXPECT_EQ(candidate_.attempts().at(mine).choose_at, never);
  hear("b", 1, now_, now_);
  const auto asked = said_.all<request>();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].slot, any_slot);
}

// What was promised long ago ends soon.
TEST_F(standing_aside_test, is_not_done_within_a_lease_of_coming_forward) {
  const request_id mine = ask();
  go_on({"a"}, 2 * test_ttl);
  hear("b", 1, now_ - usable_ / 2, now_);
  ASSERT_FALSE(candidate_.attempts().at(mine).aside);
  go_on({"a"}, now_ + test_ttl * 9 / 10);
  EXPECT_FALSE(candidate_.attempts().at(mine).aside);
  go_on({"a"}, now_ + test_ttl / 2);
  EXPECT_TRUE(candidate_.attempts().at(mine).aside);
}

// It gives up by itself, and soon.
TEST_F(standing_aside_test, is_not_for_those_that_do_not_wait) {
  ask(0s, {.wait = false});
  go_on({"a"}, 2 * test_ttl);
  EXPECT_EQ(candidate_.counters().stood_aside, 0U);
}

// It loses what it holds by its own clock.
TEST_F(standing_aside_test, is_only_for_those_that_wait) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  go_on({"a"}, 3 * test_ttl);
  EXPECT_EQ(candidate_.counters().stood_aside, 0U);
}

}  // namespace
}  // namespace conclave::core
