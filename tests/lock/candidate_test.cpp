// When a candidate holds, gives way, and stops believing (docs/protocol.md, "Locks").
#include "candidate_fixture.hpp"

namespace conclave::core {
namespace {

TEST_F(candidate_test, asks_all_voters_at_its_own_ticket) {
  ask();
  const auto asked = said_.all<request>();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].min_ballot.value, asked[0].ticket.time.value);
}

TEST_F(candidate_test, holds_when_a_majority_voted_at_one_ballot) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  EXPECT_TRUE(said_.events.empty());
  lend("b", mine, 5'000);
  ASSERT_EQ(said_.all_events<granted>().size(), 1U);
  EXPECT_EQ(said_.all_events<granted>()[0].token.value(), 5'000U);
  EXPECT_EQ(said_.all_events<granted>()[0].deadline, at(usable_));
}

TEST_F(candidate_test, a_quorum_at_different_ballots_is_no_hold_until_they_are_equal) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 6'000);
  EXPECT_TRUE(said_.events.empty());
  const auto again = said_.all<request>();
  ASSERT_EQ(again.size(), 2U);  // b has it
  EXPECT_EQ(again[0].min_ballot, ballot{6'000});
  lend("a", mine, 6'000);
  ASSERT_EQ(said_.all_events<granted>().size(), 1U);
  EXPECT_EQ(said_.all_events<granted>()[0].token.value(), 6'000U);
}

// Protocol case 72.
TEST_F(candidate_test, a_quorum_under_the_ballot_asked_for_does_not_count) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 6'000);
  lend("c", mine, 5'000);  // before it hears that 6'000 is wanted
  EXPECT_TRUE(said_.all_events<granted>().empty());
  lend("c", mine, 6'000);
  ASSERT_EQ(said_.all_events<granted>().size(), 1U);
  EXPECT_EQ(said_.all_events<granted>()[0].token.value(), 6'000U);
}

TEST_F(candidate_test, an_old_copy_of_a_vote_does_not_lower_a_recorded_ballot) {
  const request_id mine = ask();
  lend("a", mine, 6'000);
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

TEST_F(candidate_test, a_vote_above_its_frames_lamport_time_does_not_count) {
  const request_id mine = ask();
  for (const std::string name : {"a", "b"}) {
    tell(name, vote{.lock = "l",
                    .request = mine,
                    .ballot = ballot{lamport_heard_max},
                    .generation = core::generation{1}});
  }
  EXPECT_TRUE(said_.all_events<granted>().empty());
  EXPECT_LT(said_.lamport.time().value, 10'000U);
}

TEST_F(candidate_test, votes_of_strangers_and_other_boots_do_not_count) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("x", mine, 5'000);
  lock_step step = said_.step(0s);
  candidate_.handle(
      boot_of("b", 2),
      vote{
          .lock = "l", .request = mine, .ballot = ballot{5'000}, .generation = core::generation{1}},
      step);
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

TEST_F(candidate_test, a_recall_of_another_boot_takes_no_vote_away) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lock_step step = said_.step(0s);
  candidate_.handle(boot_of("a", 2), recall_of(mine, 5'000, smaller_than(mine)), step);
  candidate_.handle(boot_of("x"), recall_of(mine, 5'000, smaller_than(mine)), step);
  EXPECT_TRUE(said_.sends.empty());
  lend("b", mine, 5'000);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(candidate_test, who_is_waited_for_before_it_holds_is_told_so_once_it_does) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  ticket later = candidate_.attempts().at(mine).ticket;
  ++later.time.value;
  tell("a", recall_of(mine, 5'000, later));
  EXPECT_TRUE(said_.sends.empty()) << "it comes first";
  lend("b", mine, 5'000);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
  EXPECT_EQ(said_.all_events<contended>().size(), 1U);
}

TEST_F(candidate_test, a_vote_of_an_older_session_does_not_count) {
  const request_id mine = ask();
  hear("b", 2, 0s);
  EXPECT_EQ(said_.all<request>().size(), 1U);  // asked again in the new session
  lend("a", mine, 5'000);
  lend("b", mine, 5'000, 0s, 1);
  EXPECT_TRUE(said_.all_events<granted>().empty());
  lend("b", mine, 5'000, 0s, 2);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(candidate_test, votes_lent_before_a_session_was_reopened_are_gone) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  hear("a", 2, 0s);
  lend("b", mine, 5'000);
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

TEST_F(candidate_test, a_vote_whose_session_is_no_longer_believed_does_not_count) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  hear("b", 1, 500ms, 500ms);
  lend("b", mine, 5'000, usable_ + 1ms);
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

TEST_F(candidate_test, a_vote_that_came_too_early_counts_once_its_session_is_believed) {
  const request_id mine = ask();
  lend("a", mine, 5'000, usable_ + 1ms);
  lend("b", mine, 5'000, usable_ + 1ms);
  EXPECT_TRUE(said_.all_events<granted>().empty());
  hear("a", 1, usable_, usable_ + 2ms);
  hear("b", 1, usable_, usable_ + 2ms);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(candidate_test, gives_way_to_a_smaller_ticket_and_forgets_the_vote_first) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  tell("a", recall_of(mine, 5'000, smaller_than(mine)));
  ASSERT_EQ(said_.all<relinquish>().size(), 1U);
  lend("b", mine, 5'000);
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

TEST_F(candidate_test, a_late_copy_of_a_relinquished_vote_does_not_count) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  tell("a", recall_of(mine, 5'000, smaller_than(mine)));
  lend("b", mine, 5'000);
  lend("a", mine, 5'000);
  EXPECT_TRUE(said_.all_events<granted>().empty());
  lend("a", mine, 5'001);  // lent again, later
  EXPECT_EQ(
      candidate_.attempts().at(mine).votes[*candidate_.views().index_of(node_id_of("a"))].ballot,
      ballot{5'001});
}

TEST_F(candidate_test, does_not_give_way_to_a_greater_ticket) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  ticket greater = candidate_.attempts().at(mine).ticket;
  ++greater.time.value;
  tell("a", recall_of(mine, 5'000, greater));
  EXPECT_TRUE(said_.all<relinquish>().empty());
}

TEST_F(candidate_test, does_not_give_way_once_it_holds) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  tell("a", recall_of(mine, 5'000, smaller_than(mine)));
  EXPECT_TRUE(said_.all<relinquish>().empty());
  EXPECT_EQ(said_.all_events<contended>().size(), 1U);
}

TEST_F(candidate_test, a_recall_that_overtook_its_vote_is_answered_all_the_same) {
  const request_id mine = ask();
  tell("a", recall_of(mine, 5'000, smaller_than(mine)));
  EXPECT_EQ(said_.all<relinquish>().size(), 1U);
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

TEST_F(candidate_test, a_vote_or_recall_for_a_request_that_is_over_is_released) {
  const request_id mine = ask();
  unlock(mine);
  lend("a", mine, 5'000);
  ASSERT_EQ(said_.all<release>().size(), 1U);
  EXPECT_EQ(said_.all<release>()[0].last_token, ballot{});
  tell("a", recall_of(mine, 5'000, ticket{}));
  EXPECT_EQ(said_.all<release>().size(), 1U);
}

TEST_F(candidate_test, a_release_says_which_token_was_used) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  EXPECT_TRUE(unlock(mine));
  ASSERT_EQ(said_.all<release>().size(), 3U);
  EXPECT_EQ(said_.all<release>()[0].last_token, ballot{5'000});
}

TEST_F(candidate_test, the_hold_is_lost_at_its_deadline_by_its_own_clock_alone) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  tick(500ms);
  tick(usable_ - 1ns);
  EXPECT_TRUE(said_.all_events<lost>().empty());
  tick(usable_);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].reason, loss_reason::no_quorum);
  EXPECT_EQ(said_.all<release>().size(), 3U);
  EXPECT_FALSE(unlock(mine, usable_));
}

TEST_F(candidate_test, a_process_that_stood_still_lost_its_hold_by_its_own_doing) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  tick(10ms);
  tick(5s);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].reason, loss_reason::expired);
  static_cast<void>(mine);
}

TEST_F(candidate_test, for_the_deadline_every_running_vote_counts_whatever_its_ballot) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  lend("c", mine, 9'000);
  hear("a", 1, 600ms, 600ms);
  hear("c", 1, 600ms, 600ms);
  tick(700ms);
  EXPECT_EQ(candidate_.deadline_of(mine), at(600ms + usable_));
}

TEST_F(candidate_test, an_answer_that_came_just_in_time_saves_the_hold) {
  const request_id mine = ask();
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  for (const duration look : {167ms, 334ms, 501ms, 668ms, 835ms}) {
    tick(look);
  }
  hear("a", 1, 880ms, 900ms);
  hear("b", 1, 880ms, 900ms);
  ASSERT_LE(candidate_.next_deadline(), at(900ms));
  tick(900ms);
  EXPECT_EQ(candidate_.deadline_of(mine), at(880ms + usable_));
  tick(usable_);
  EXPECT_TRUE(said_.all_events<lost>().empty());
}

TEST_F(candidate_test, so_does_one_for_a_hold_that_is_short_from_its_beginning) {
  const request_id mine = ask();
  lend("a", mine, 5'000, usable_ - 50ms);
  lend("b", mine, 5'000, usable_ - 50ms);
  EXPECT_EQ(candidate_.deadline_of(mine), at(usable_));
  hear("a", 1, usable_ - 40ms, usable_ - 20ms);
  hear("b", 1, usable_ - 40ms, usable_ - 20ms);
  ASSERT_LE(candidate_.next_deadline(), at(usable_ - 20ms));
  tick(usable_ - 20ms);
  tick(usable_);
  EXPECT_TRUE(said_.all_events<lost>().empty());
}

TEST_F(candidate_test, a_short_hold_that_ends_is_no_sign_of_having_slept) {
  tick(0s);
  const request_id mine = ask(usable_ - 50ms);
  lend("a", mine, 5'000, usable_ - 50ms);
  lend("b", mine, 5'000, usable_ - 50ms);
  tick(usable_);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].reason, loss_reason::no_quorum);
}

TEST_F(candidate_test, a_minority_that_is_heard_does_not_extend_a_hold) {
  const request_id mine = ask();
  for (const std::string name : {"a", "b", "c"}) {
    lend(name, mine, 5'000);
  }
  hear("a", 1, 900ms, 900ms);
  tick(950ms);
  EXPECT_EQ(candidate_.deadline_of(mine), at(usable_));
}

TEST_F(candidate_test, a_request_of_the_same_node_waits_behind_the_first) {
  const request_id first = ask();
  const request_id second = ask();
  EXPECT_TRUE(said_.sends.empty());
  lend("a", first, 5'000);
  lend("b", first, 5'000);
  unlock(first);
  const auto asked = said_.all<request>();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_EQ(asked[0].ticket.request, second);
}

TEST_F(candidate_test, what_is_not_had_in_time_is_withdrawn_everywhere) {
  lock_request options;
  options.give_up_at = at(200ms);
  const request_id mine = ask(0s, options);
  lend("a", mine, 5'000);
  tick(200ms);
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::timed_out);
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

TEST_F(candidate_test, fails_when_so_many_voters_refuse_that_no_quorum_is_left) {
  const request_id first = ask();
  ask();
  lock_step step = said_.step(0s);
  candidate_.refused(node_id_of("a"), errc::roster_mismatch, step);
  EXPECT_TRUE(said_.events.empty());
  candidate_.refused(node_id_of("b"), errc::roster_mismatch, step);
  EXPECT_EQ(said_.all_events<failed>().size(), 2U);
  EXPECT_TRUE(candidate_.attempts().empty());
  static_cast<void>(first);
}

TEST_F(candidate_test, has_a_bounded_number_of_requests) {
  for (int i = 0; i < 5; ++i) {
    ask();
  }
  ask();
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::too_many_requests);
}

TEST_F(candidate_test, a_vote_at_the_end_of_the_counter_does_not_count) {
  const request_id mine = ask(0s, {.span = 10});
  for (const std::string name : {"a", "b"}) {
    tell(name, vote{.lock = "l",
                    .request = mine,
                    .ballot = ballot{UINT64_MAX},
                    .generation = core::generation{1}});
  }
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

TEST_F(candidate_test, a_node_that_stops_ends_every_request_once) {
  const request_id held = ask();
  lend("a", held, 5'000);
  lend("b", held, 5'000);
  ask();
  lock_step step = said_.step(0s);
  candidate_.stop(loss_reason::shut_down, errc::leaving, step);
  EXPECT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>().size(), 1U);
}

TEST_F(candidate_test, a_node_that_uses_no_locks_lets_its_sessions_lapse) {
  const request_id mine = ask();
  unlock(mine);
  EXPECT_TRUE(candidate_.sessions_wanted(at(59s)));
  EXPECT_FALSE(candidate_.sessions_wanted(at(60s)));
  tick(61s);
  EXPECT_TRUE(said_.contacts.empty());
}

TEST_F(candidate_test, what_was_not_asked_for_yet_is_withdrawn_in_silence) {
  ask();
  const request_id second = ask();
  EXPECT_TRUE(unlock(second));
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(candidate_test, a_refusal_that_is_no_news_ends_who_began_to_ask_since) {
  const request_id held = ask();
  lend("a", held, 5'000);
  lend("b", held, 5'000);
  const auto refuse = [&](const std::string& name) {
    lock_step step = said_.step(0s);
    return candidate_.refused(node_id_of(name), errc::roster_mismatch, step);
  };
  EXPECT_TRUE(refuse("a"));
  EXPECT_TRUE(refuse("b"));
  const request_id second = ask();
  unlock(held);
  ASSERT_TRUE(candidate_.attempts().contains(second));
  EXPECT_FALSE(refuse("a")) << "no news";
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].request, second);
}

TEST_F(candidate_test, sessions_are_kept_for_a_while_after_the_last_use) {
  const request_id mine = ask(10s);
  EXPECT_TRUE(candidate_.sessions_wanted(at(10h))) << "while it asks";
  unlock(mine, 20s);
  EXPECT_TRUE(candidate_.sessions_wanted(at(80s - 1ns)));
  EXPECT_FALSE(candidate_.sessions_wanted(at(80s)));
}

}  // namespace
}  // namespace conclave::core
