// Voters whose clock can't be trusted (docs/protocol.md, "Measured clocks").
#include "candidate_fixture.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace conclave::core {
namespace {

class clocks_test : public candidate_test {
 protected:
  bool trust(const std::string& name, bool trusted, duration now = 0s) {
    lock_step step = said_.step(now);
    const bool news = candidate_.trust_clock(node_id_of(name), trusted, step);
    candidate_.check_invariants(at(now));
    return news;
  }
  request_id hold_by(const std::vector<std::string>& voters) {
    const request_id held = ask();
    for (const std::string& name : voters) {
      lend(name, held, 9'000);
    }
    return held;
  }
};

TEST_F(clocks_test, a_vote_of_one_that_is_not_trusted_does_not_count) {
  EXPECT_TRUE(trust("a", false));
  EXPECT_FALSE(trust("a", false)) << "no news";
  const request_id asked = hold_by({"a", "b"});
  EXPECT_TRUE(said_.all_events<granted>().empty());
  lend("c", asked, 9'000);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(clocks_test, a_vote_counts_from_the_moment_at_which_its_voter_is_trusted_again) {
  trust("a", false);
  hold_by({"a", "b"});
  EXPECT_TRUE(trust("a", true));
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(clocks_test, a_hold_that_rests_on_one_that_is_no_longer_trusted_is_lost_at_once) {
  const request_id held = hold_by({"a", "b"});
  ASSERT_EQ(said_.all_events<granted>().size(), 1U);
  trust("a", false, 10ms);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].request, held);
  EXPECT_EQ(said_.all_events<lost>()[0].reason, loss_reason::clocks_disagree);
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(clocks_test, a_hold_goes_on_when_a_quorum_of_others_is_left) {
  const request_id held = hold_by({"a", "b", "c"});
  trust("a", false, 10ms);
  EXPECT_TRUE(said_.all_events<lost>().empty());
  EXPECT_EQ(candidate_.deadline_of(held), at(usable_));
}

// The one case in which a published deadline is taken back.
TEST_F(clocks_test, a_deadline_that_rests_on_it_is_taken_back_to_what_the_others_promised) {
  const request_id held = hold_by({"a", "b", "c"});
  hear("a", 1, 300ms, 310ms);
  hear("b", 1, 300ms, 310ms);
  tick(320ms);
  ASSERT_EQ(candidate_.deadline_of(held), at(300ms + usable_));
  trust("a", false, 330ms);
  EXPECT_EQ(candidate_.deadline_of(held), at(usable_)) << "until which b and c are believed";
  ASSERT_EQ(said_.all_events<shortened>().size(), 1U);
  EXPECT_EQ(said_.all_events<shortened>()[0].deadline, at(usable_));
  hear("c", 1, 400ms, 410ms);
  tick(usable_ - 1ms);
  EXPECT_EQ(candidate_.deadline_of(held), at(300ms + usable_)) << "and moves on as before";
  tick(300ms + usable_);
  EXPECT_EQ(said_.all_events<lost>().size(), 1U) << "in time, by the clock alone";
}

TEST_F(clocks_test, it_is_lost_in_time_at_a_deadline_that_was_taken_back) {
  hold_by({"a", "b", "c"});
  hear("a", 1, 300ms, 310ms);
  hear("b", 1, 300ms, 310ms);
  tick(320ms);
  trust("a", false, 330ms);
  EXPECT_LE(candidate_.next_deadline(), at(usable_));
  tick(usable_);
  EXPECT_EQ(said_.all_events<lost>().size(), 1U);
}

TEST_F(clocks_test, who_waits_fails_with_the_reason_when_no_quorum_is_left) {
  ask();
  trust("a", false);
  EXPECT_TRUE(said_.all_events<failed>().empty());
  trust("b", false);
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::clocks_disagree);
  ask();
  EXPECT_EQ(said_.all_events<failed>().size(), 1U) << "also who asks later";
  EXPECT_TRUE(said_.sends.empty()) << "and the voters hear nothing of it";
  trust("a", true);
  ask();
  EXPECT_TRUE(said_.all_events<failed>().empty());
}

TEST_F(clocks_test, a_hold_does_not_fail_with_those_who_wait) {
  hold_by({"b", "c"});
  trust("a", false);
  EXPECT_TRUE(said_.all_events<lost>().empty());
  EXPECT_TRUE(said_.all_events<failed>().empty());
}

TEST_F(clocks_test, sessions_with_one_that_is_not_trusted_are_kept_as_usual) {
  trust("a", false);
  ask();
  hear("a", 1, 100ms, 110ms);
  EXPECT_TRUE(
      candidate_.views().at(*candidate_.views().index_of(node_id_of("a"))).promises(at(110ms)));
  EXPECT_TRUE(said_.contacts.empty()) << "no handshake for each of its frames";
}

TEST_F(clocks_test, another_boot_of_it_is_measured_anew) {
  trust("a", false);
  lock_step step = said_.step(10ms);
  candidate_.hear(
      {.voter = boot_of("a", 2), .generation = core::generation{1}, .covered_echo = at(5ms)}, step);
  EXPECT_TRUE(candidate_.views().at(*candidate_.views().index_of(node_id_of("a"))).clock_trusted);
}

TEST_F(clocks_test, who_is_no_voter_changes_nothing) {
  EXPECT_FALSE(trust("z", false));
}

}  // namespace
}  // namespace conclave::core
