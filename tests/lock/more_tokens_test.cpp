// Further tokens of a hold (docs/protocol.md, "More tokens").
#include "candidate_fixture.hpp"

namespace conclave::core {
namespace {

TEST_F(candidate_test, a_vote_lent_anew_to_a_holder_asks_nobody_for_more_tokens) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  hear("a", 2, 0s);  // it has a new session there
  lend("a", mine, 6'000, 0s, 2);
  EXPECT_TRUE(said_.all<request>().empty());
  EXPECT_TRUE(said_.all_events<lost>().empty());
}

TEST_F(candidate_test, more_tokens_are_asked_for_in_time_and_given_once_a_quorum_recorded_them) {
  const request_id mine = ask(0s, {.span = 4});
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  EXPECT_EQ(take(mine), 5'001U);
  EXPECT_EQ(take(mine), 5'002U);
  ASSERT_EQ(said_.all<request>().size(), 3U);
  EXPECT_EQ(said_.all<request>()[0].min_ballot, ballot{5'004});
  EXPECT_EQ(take(mine), 5'003U);
  EXPECT_EQ(take(mine), 0U);
  lend("a", mine, 5'004);
  EXPECT_EQ(take(mine), 0U);
  lend("b", mine, 5'004);
  EXPECT_EQ(take(mine), 5'004U);
}

TEST_F(candidate_test, more_tokens_at_unequal_ballots_are_asked_for_at_the_greatest) {
  const request_id mine = ask(0s, {.span = 2});
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  EXPECT_EQ(take(mine), 5'001U);
  lend("a", mine, 5'002);
  lend("b", mine, 5'020);  // its floor was there
  ASSERT_FALSE(said_.all<request>().empty());
  EXPECT_EQ(said_.all<request>()[0].min_ballot, ballot{5'020});
  EXPECT_EQ(take(mine), 0U);
  lend("a", mine, 5'020);
  EXPECT_EQ(take(mine), 5'020U);
}

TEST_F(candidate_test, more_tokens_count_when_the_session_of_their_vote_is_believed_again) {
  const request_id mine = ask(0s, {.span = 2});
  for (const std::string name : {"a", "b", "c"}) {
    lend(name, mine, 5'000);
  }
  hear("b", 1, 900ms, 900ms);
  hear("c", 1, 900ms, 900ms);
  tick(900ms);
  EXPECT_EQ(take(mine, usable_), 5'001U);
  lend("a", mine, 5'002, usable_);
  lend("b", mine, 5'002, usable_);
  EXPECT_EQ(take(mine, usable_), 0U) << "a is not believed";
  hear("a", 1, usable_, usable_);
  EXPECT_EQ(take(mine, usable_), 5'002U);
}

TEST_F(candidate_test, a_vote_whose_last_token_is_above_its_frames_lamport_time_does_not_count) {
  const request_id mine = ask(0s, {.span = 10});
  said_.lamport.observe({5'008});
  const auto lend_to_mine = [&](const std::string& from) {
    tell(from, vote{.lock = "l",
                    .request = mine,
                    .ballot = ballot{5'000},
                    .generation = core::generation{1}});
  };
  lend_to_mine("a");
  lend_to_mine("b");
  EXPECT_TRUE(said_.all_events<granted>().empty());
  said_.lamport.observe({5'009});
  lend_to_mine("a");
  lend_to_mine("b");
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

}  // namespace
}  // namespace conclave::core
