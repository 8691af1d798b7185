// Requests that do not wait, and voters that have no room (docs/protocol.md, "On BUSY").
#include "candidate_fixture.hpp"

namespace conclave::core {
namespace {

TEST_F(candidate_test, who_does_not_wait_gives_up_when_the_rest_is_busy_or_out_of_reach) {
  hear("a", 1, 900ms, 900ms);
  hear("b", 1, 900ms, 900ms);  // c is dead
  const request_id mine = ask(usable_, {.wait = false});
  lend("a", mine, 5'000, usable_);
  tell("b", busy{.lock = "l", .request = mine}, usable_);
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::would_block);
}

TEST_F(candidate_test, who_does_not_wait_gives_up_when_no_quorum_is_left) {
  const request_id mine = ask(0s, {.wait = false});
  tell("a", busy{.lock = "l", .request = mine});
  EXPECT_TRUE(said_.events.empty());
  tell("b", busy{.lock = "l", .request = mine});
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::would_block);
}

TEST_F(candidate_test, who_does_not_wait_does_not_wait_for_its_own_process_either) {
  lend("a", ask(), 5'000);
  ask(0s, {.wait = false});
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::would_block);
}

TEST_F(candidate_test, a_voter_that_was_busy_and_lends_is_busy_no_more) {
  const request_id mine = ask(0s, {.wait = false});
  tell("a", busy{.lock = "l", .request = mine});
  lend("a", mine, 5'000);
  tell("b", busy{.lock = "l", .request = mine});
  EXPECT_TRUE(said_.all_events<failed>().empty());
  lend("c", mine, 5'000);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(candidate_test, who_waits_waits_for_voters_that_are_out_of_reach) {
  hear("a", 1, 900ms, 900ms);
  const request_id mine = ask(usable_);
  tell("a", busy{.lock = "l", .request = mine}, usable_);
  EXPECT_TRUE(said_.all_events<failed>().empty());
}

TEST_F(candidate_test, who_waits_gives_up_when_a_quorum_has_too_many_of_its_requests) {
  const request_id mine = ask(0s);
  tell("a", busy{.lock = "l", .request = mine});
  EXPECT_TRUE(said_.all_events<failed>().empty());
  tell("b", busy{.lock = "l", .request = mine});
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::too_many_requests);
}

using busy_test = candidate_test;

// The RELEASE that makes room for it there may come later than it.
TEST_F(busy_test, a_busy_voter_is_asked_again_by_who_waits) {
  const request_id mine = ask();
  tell("a", busy{.lock = "l", .request = mine});
  tick(test_ttl - 1ms);
  EXPECT_TRUE(said_.all<request>().empty());
  for (const int turn : {1, 2}) {
    tick(turn * test_ttl);
    ASSERT_EQ(said_.all<request>().size(), 1U);
    EXPECT_EQ(said_.all<request>()[0].ticket, candidate_.attempts().at(mine).ticket);
    tick(turn * test_ttl + 1ms);
    EXPECT_TRUE(said_.all<request>().empty()) << "once";
    tell("a", busy{.lock = "l", .request = mine}, turn * test_ttl);
  }
  EXPECT_TRUE(said_.all_events<failed>().empty());
}

TEST_F(candidate_test, who_does_not_wait_gives_up_when_it_gave_its_vote_back) {
  const request_id mine = ask(0s, {.wait = false});
  lend("a", mine, 5'000);
  tell("b", busy{.lock = "l", .request = mine});
  tell("a", recall_of(mine, 5'000, smaller_than(mine)));
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::would_block);
}

TEST_F(candidate_test, who_waits_and_gives_its_votes_back_goes_on_waiting) {
  const request_id mine = ask();
  for (const std::string name : {"a", "b"}) {
    lend(name, mine, 5'000);
    tell(name, recall_of(mine, 5'000, smaller_than(mine)));
  }
  EXPECT_TRUE(said_.all_events<failed>().empty());
}

}  // namespace
}  // namespace conclave::core
