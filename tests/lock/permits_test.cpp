// Permits of a semaphore: slots at the voters, and one and the same at a quorum (docs/protocol.md,
// "Modes").
#include "candidate_fixture.hpp"
#include "voter_fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace conclave::core {
namespace {

constexpr std::uint32_t two = 2;

request permit_request(const node_boot& who, std::uint64_t id, std::uint64_t time,
                       permit_slot slot = any_slot, std::uint32_t permits = two) {
  request asked = request_of(who, id, time);
  asked.mode = lock_mode::permit;
  asked.permits = permits;
  asked.slot = slot;
  return asked;
}

class permits_voter_test : public lends_to_several {
 protected:
  // any_slot: it has none.
  [[nodiscard]] permit_slot slot_of(const node_boot& who, std::uint64_t id = 1) const {
    return lent(who, id) == nullptr ? any_slot : lent(who, id)->to.slot;
  }
  void give_back(const node_boot& who, std::uint64_t time, permit_slot wish) {
    ASSERT_NE(lent(who), nullptr);
    tell(who, relinquish{.lock = "a",
                         .ballot = ballot_of(who),
                         .ticket = permit_request(who, 1, time).ticket,
                         .slot = wish});
  }
};

TEST_F(permits_voter_test, lends_as_many_times_as_there_are_permits_each_another_slot) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(y_, permit_request(y_, 1, 3'000));
  tell(z_, permit_request(z_, 1, 4'000));
  EXPECT_EQ(slot_of(x_), 1U);
  EXPECT_EQ(slot_of(y_), 2U);
  EXPECT_EQ(slot_of(z_), any_slot);
  EXPECT_TRUE(said_.all<recall>().empty()) << "it came last";
}

TEST_F(permits_voter_test, lends_the_slot_that_comes_free_to_the_first_in_the_queue) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(y_, permit_request(y_, 1, 3'000));
  tell(z_, permit_request(z_, 1, 4'000));
  tell(z_, permit_request(z_, 2, 5'000));
  done(x_, 1, 2'000);
  EXPECT_EQ(slot_of(z_, 1), 1U);
  EXPECT_EQ(slot_of(z_, 2), any_slot);
}

TEST_F(permits_voter_test, a_ballot_is_above_those_of_all_other_permits) {
  tell(x_, permit_request(x_, 1, 5'000));
  tell(y_, permit_request(y_, 1, 2'000));
  EXPECT_GT(ballot_of(y_), ballot_of(x_));
  EXPECT_GE(ballot_of(x_), ballot{5'000});
}

TEST_F(permits_voter_test, no_two_permits_have_equal_ballots) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(y_, permit_request(y_, 1, 3'000));
  request raised = permit_request(x_, 1, 2'000);
  raised.min_ballot = ballot_of(y_);
  tell(x_, raised);
  EXPECT_NE(ballot_of(x_), ballot_of(y_));
  EXPECT_GT(ballot_of(x_), raised.min_ballot);
}

TEST_F(permits_voter_test, refuses_another_number_of_permits_while_it_is_in_use) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(y_, permit_request(y_, 1, 3'000, any_slot, 3));
  ASSERT_EQ(said_.all<mismatch>().size(), 1U);
  EXPECT_EQ(said_.all<mismatch>().front().permits, two);
  EXPECT_EQ(slot_of(y_), any_slot);
  done(x_, 1, 2'000);
  tell(y_, permit_request(y_, 1, 3'000, any_slot, 3));
  EXPECT_EQ(slot_of(y_), 1U) << "nobody uses it any more";
}

TEST_F(permits_voter_test, refuses_a_mutex_under_the_name_of_a_semaphore_in_use) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 3'000));
  EXPECT_EQ(said_.all<mismatch>().size(), 1U);
}

TEST_F(permits_voter_test, ignores_numbers_that_no_candidate_says) {
  tell(x_, permit_request(x_, 1, 2'000, any_slot, permits_max + 1));
  tell(x_, permit_request(x_, 2, 2'000, two + 1));
  tell(x_, permit_request(x_, 3, 2'000, any_slot, 0));
  request exclusive = request_of(x_, 4, 2'000);
  exclusive.permits = two;
  tell(x_, exclusive);
  EXPECT_EQ(voter_.find_lock("a"), nullptr);
  EXPECT_EQ(voter_.counters().requests_refused, 4U);
}

TEST_F(permits_voter_test, recalls_from_those_who_came_later) {
  tell(y_, permit_request(y_, 1, 3'000));
  tell(z_, permit_request(z_, 1, 4'000));
  tell(x_, permit_request(x_, 1, 3'500));
  ASSERT_EQ(said_.all<recall>().size(), 1U);
  EXPECT_EQ(said_.all<recall>().front().request, request_id{1});
  give_back(z_, 4'000, any_slot);
  EXPECT_EQ(slot_of(x_), 2U);
  EXPECT_EQ(slot_of(z_), any_slot);
}

TEST_F(permits_voter_test, recalls_nothing_from_who_said_that_it_is_in_use) {
  tell(y_, permit_request(y_, 1, 3'000));
  tell(z_, permit_request(z_, 1, 4'000));
  request in_use = permit_request(z_, 1, 4'000, 2);
  in_use.holds = true;
  tell(z_, in_use);
  tell(x_, permit_request(x_, 1, 3'500));
  EXPECT_TRUE(said_.all<recall>().empty());
}

TEST_F(permits_voter_test, lends_the_slot_that_is_asked_for_where_it_is_free) {
  tell(x_, permit_request(x_, 1, 2'000));
  give_back(x_, 2'000, 2);
  EXPECT_EQ(slot_of(x_), 2U);
}

TEST_F(permits_voter_test, who_came_first_waits_for_the_slot_that_a_later_one_has) {
  tell(y_, permit_request(y_, 1, 3'000));  // slot 1
  tell(x_, permit_request(x_, 1, 2'000));  // slot 2
  give_back(x_, 2'000, 1);
  EXPECT_EQ(slot_of(x_), any_slot);
  ASSERT_EQ(said_.all<recall>().size(), 1U);
  EXPECT_EQ(said_.all<recall>().front().waiter.node, x_.node);
  tell(z_, permit_request(z_, 1, 9'000));
  EXPECT_EQ(slot_of(z_), 2U) << "the other is free for those behind";
  give_back(y_, 3'000, any_slot);
  EXPECT_EQ(slot_of(x_), 1U);
}

TEST_F(permits_voter_test, who_waits_for_one_slot_recalls_no_other) {
  tell(y_, permit_request(y_, 1, 3'000));  // slot 1
  tell(x_, permit_request(x_, 1, 2'000));  // slot 2
  tell(z_, permit_request(z_, 1, 9'000));
  give_back(x_, 2'000, 1);
  EXPECT_EQ(slot_of(z_), 2U);
  for (const recall& one : said_.all<recall>()) {
    EXPECT_EQ(one.ballot, ballot_of(y_));
  }
}

TEST_F(permits_voter_test, who_came_later_gets_another_slot_than_the_one_that_is_taken) {
  tell(x_, permit_request(x_, 1, 2'000));  // slot 1
  tell(y_, permit_request(y_, 1, 3'000));  // slot 2
  give_back(y_, 3'000, 1);
  EXPECT_EQ(slot_of(y_), 2U);
  EXPECT_TRUE(said_.all<recall>().empty());
}

// Where all lend the lowest ones to others, nobody would hear of one above them that is free.
TEST_F(permits_voter_test, who_came_later_gets_the_next_free_one_after_the_one_that_is_taken) {
  constexpr std::uint32_t four = 4;
  tell(x_, permit_request(x_, 1, 2'000, any_slot, four));  // slot 1
  tell(z_, permit_request(z_, 1, 2'500, 3, four));
  tell(y_, permit_request(y_, 1, 3'000, 3, four));
  EXPECT_EQ(slot_of(y_), 4U);
  tell(y_, permit_request(y_, 2, 3'500, 4, four));
  EXPECT_EQ(slot_of(y_, 2), 2U) << "after the last comes the first, which is taken as well";
}

// Voters hear of others at different moments: each would raise it to another ballot, for ever.
TEST_F(permits_voter_test, what_others_have_used_beside_it_does_not_raise_it) {
  tell(x_, permit_request(x_, 1, 2'000));
  done(y_, 9, 5'000);
  request raised = permit_request(x_, 1, 2'000);
  raised.min_ballot = ballot{3'001};
  tell(x_, raised);
  EXPECT_EQ(ballot_of(x_), ballot{3'001});
}

TEST_F(permits_voter_test, who_holds_a_slot_by_others_waits_for_that_one_alone) {
  request held = permit_request(y_, 1, 3'000, 1);
  held.holds = true;
  tell(x_, permit_request(x_, 1, 2'000));  // slot 1
  tell(y_, held);
  EXPECT_EQ(slot_of(y_), any_slot) << "though another is free";
  tell(z_, permit_request(z_, 1, 4'000));
  EXPECT_EQ(slot_of(z_), 2U);
  done(z_, 1, 4'000);
  EXPECT_EQ(slot_of(y_), any_slot);
  tell(y_, permit_request(y_, 1, 3'000));  // a late copy
  EXPECT_EQ(slot_of(y_), any_slot);
  done(x_, 1, 2'000);
  EXPECT_EQ(slot_of(y_), 1U);
  said_.sends.clear();
  tell(x_, permit_request(x_, 2, 1'000, 1));
  tell(z_, permit_request(z_, 2, 1'500));
  EXPECT_EQ(slot_of(x_, 2), 2U);
  for (const recall& one : said_.all<recall>()) {
    EXPECT_NE(one.request, request_id{1}) << "it is in use";
  }
}

TEST_F(permits_voter_test, who_waits_and_holds_by_others_meanwhile_waits_for_that_one) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(z_, permit_request(z_, 1, 2'500));
  tell(y_, permit_request(y_, 1, 3'000));
  request held = permit_request(y_, 1, 3'000, 1);
  held.holds = true;
  tell(y_, held);
  done(z_, 1, 2'500);
  EXPECT_EQ(slot_of(y_), any_slot);
  done(x_, 1, 2'000);
  EXPECT_EQ(slot_of(y_), 1U);
}

TEST_F(permits_voter_test, who_holds_another_slot_keeps_its_place_for_that_one) {
  tell(x_, permit_request(x_, 1, 2'000));  // slot 1
  tell(y_, permit_request(y_, 1, 3'000));  // slot 2
  tell(y_, relinquish{.lock = "a",
                      .ballot = ballot_of(y_),
                      .ticket = permit_request(y_, 1, 3'000).ticket,
                      .slot = 1,
                      .holds = true});
  EXPECT_EQ(slot_of(y_), any_slot) << "2 is free, and it has no use for it";
  done(x_, 1, 2'000);
  EXPECT_EQ(slot_of(y_), 1U);
}

TEST_F(permits_voter_test, a_late_copy_of_a_request_moves_nothing_that_is_lent) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(x_, permit_request(x_, 1, 2'000, 2));
  EXPECT_EQ(slot_of(x_), 1U) << "whoever asked may hold it by this vote";
}

TEST_F(permits_voter_test, who_does_not_wait_is_refused_when_all_are_lent) {
  request trying = permit_request(z_, 1, 4'000);
  trying.wait = false;
  tell(x_, permit_request(x_, 1, 2'000));
  tell(y_, permit_request(y_, 1, 3'000));
  tell(z_, trying);
  EXPECT_EQ(said_.all<busy>().size(), 1U);
  done(y_, 1, 3'000);
  trying.ticket.request = request_id{2};
  tell(z_, trying);
  EXPECT_EQ(slot_of(z_, 2), 2U);
}

TEST_F(permits_voter_test, who_gives_back_and_does_not_wait_loses_its_place) {
  tell(x_, permit_request(x_, 1, 2'000));
  tell(y_, permit_request(y_, 1, 3'000));
  tell(z_, permit_request(z_, 1, 4'000));
  tell(x_, relinquish{.lock = "a",
                      .ballot = ballot_of(x_),
                      .ticket = permit_request(x_, 1, 2'000).ticket,
                      .slot = 2,
                      .waits = false});
  EXPECT_EQ(slot_of(z_), 1U);
  EXPECT_TRUE(voter_.find_lock("a")->queue.empty());
}

const lock_request one_of_two{.mode = lock_mode::permit, .permits = two};

class permits_candidate_test : public candidate_test {
 protected:
  void lend_slot(const std::string& from, request_id request, std::uint64_t number,
                 permit_slot slot, duration now = 0s) {
    said_.lamport.observe({number + 10});
    tell(from,
         vote{.lock = "l",
              .request = request,
              .ballot = ballot{number},
              .generation = generation{1},
              .slot = slot},
         now);
  }
  [[nodiscard]] const attempt& of(request_id request) const {
    return candidate_.attempts().at(request);
  }
};

TEST_F(permits_candidate_test, holds_when_a_quorum_lent_one_and_the_same_slot) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 2);
  lend_slot("b", mine, 5'000, 2);
  EXPECT_EQ(of(mine).phase, attempt_phase::holding);
  EXPECT_EQ(said_.all_events<granted>().at(0).slot, 2U);
}

TEST_F(permits_candidate_test, votes_for_different_slots_are_no_quorum) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'000, 2);
  EXPECT_EQ(of(mine).phase, attempt_phase::asking);
}

TEST_F(permits_candidate_test, keeps_the_slot_of_most_votes_and_gives_back_the_rest) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 2);
  lend_slot("b", mine, 5'000, 1);
  ASSERT_EQ(said_.all<relinquish>().size(), 1U);
  EXPECT_EQ(said_.all<relinquish>().front().ballot, ballot{5'000});
  EXPECT_EQ(said_.all<relinquish>().front().slot, 1U) << "the lowest of those with most votes";
  lend_slot("c", mine, 5'000, 1);
  EXPECT_EQ(of(mine).phase, attempt_phase::holding);
}

TEST_F(permits_candidate_test, a_vote_for_another_slot_does_not_extend_a_hold) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'000, 1);
  const instant before = of(mine).deadline;
  lend_slot("c", mine, 5'000, 2);
  lend_slot("c", mine, 5'001, 2);  // whatever it is asked for
  hear("a", 1, 500ms, 500ms);
  hear("c", 1, 500ms, 500ms);
  tick(500ms);
  EXPECT_EQ(of(mine).deadline, before) << "only one of the quorum was heard again";
}

TEST_F(permits_candidate_test, says_that_it_holds_when_it_gives_back_another) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'000, 1);
  lend_slot("c", mine, 5'000, 2);
  for (const std::uint64_t again : {5'001, 5'002}) {
    ASSERT_EQ(said_.all<relinquish>().size(), 1U);
    EXPECT_TRUE(said_.all<relinquish>().front().holds);
    EXPECT_TRUE(said_.all<relinquish>().front().waits) << "for the slot that it holds";
    EXPECT_EQ(said_.all<relinquish>().front().slot, 1U);
    EXPECT_TRUE(said_.all<release>().empty()) << "a copy of it could free a later vote";
    lend_slot("c", mine, again, 2);
  }
  lend_slot("c", mine, 5'003, 1);
  EXPECT_TRUE(std::ranges::count(of(mine).votes, ballot{5'003}, &vote_record::ballot) == 1)
      << "the hold may outlive another voter by it";
}

TEST_F(permits_candidate_test, chooses_another_slot_when_the_first_is_not_to_be_had) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'000, 2);  // given back for slot 1
  lend_slot("b", mine, 5'001, 2);  // but somebody else has that there
  lend_slot("c", mine, 5'000, 2);
  lend_slot("c", mine, 5'001, 2);
  EXPECT_EQ(of(mine).slot, 2U);
  EXPECT_EQ(of(mine).phase, attempt_phase::holding);
}

TEST_F(permits_candidate_test, looks_for_another_slot_after_a_lease_when_voters_are_gone) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'000, 2);
  EXPECT_EQ(of(mine).slot, 1U);
  hear("a", 1, 900ms, 900ms);
  hear("b", 1, 900ms, 900ms);
  tick(1s);
  EXPECT_EQ(of(mine).slot, any_slot);
  EXPECT_EQ(said_.all<request>().back().slot, any_slot) << "b may lend whichever is free";
}

TEST_F(permits_candidate_test, tries_all_slots_again_after_a_while) {
  const request_id mine = ask(0s, one_of_two);
  hear("a", 1, 900ms, 900ms);
  hear("b", 1, 900ms, 900ms);  // c is not heard any more
  lend_slot("a", mine, 5'000, 1, 1100ms);
  lend_slot("b", mine, 5'000, 2, 1100ms);  // given back for slot 1
  lend_slot("b", mine, 5'001, 2, 1100ms);  // in vain, so that a's is given back for slot 2
  lend_slot("a", mine, 5'001, 1, 1100ms);  // in vain too
  EXPECT_TRUE(said_.all<relinquish>().empty()) << "not at once, or it would go on without end";
  tick(1100ms + test_ttl / 8);
  ASSERT_EQ(said_.all<relinquish>().size(), 1U);
  EXPECT_EQ(said_.all<relinquish>().front().slot, 1U);
}

TEST_F(permits_candidate_test, while_it_waits_for_another_it_gives_back_other_slots_again) {
  lock_step step = said_.step(0s);
  const std::vector<lock_name> both = {"l", "l"};
  const request_id mine = candidate_.lock_all(both, one_of_two, step);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'000, 1);
  lend_slot("c", mine, 5'000, 2);
  lend_slot("c", mine, 5'001, 2);  // the other one may be waiting for it there
  EXPECT_TRUE(said_.all<relinquish>().empty());
  tick(test_ttl / 8);
  ASSERT_EQ(said_.all<relinquish>().size(), 1U);
  EXPECT_EQ(said_.all<relinquish>().front().ballot, ballot{5'001});
}

TEST_F(permits_candidate_test, while_it_asks_for_one_ballot_it_keeps_the_slot_of_its_quorum) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'001, 2);  // given back for slot 1
  lend_slot("c", mine, 5'001, 2);
  lend_slot("c", mine, 5'002, 2);  // somebody else has slot 1 there
  lend_slot("b", mine, 5'003, 1, 900ms);
  EXPECT_EQ(of(mine).min_ballot, ballot{5'003});
  for (const std::string name : {"a", "b", "c"}) {
    hear(name, 1, 900ms, 900ms);
  }
  tick(1s);
  EXPECT_EQ(of(mine).slot, 1U);
  for (const relinquish& given : said_.all<relinquish>()) {
    EXPECT_EQ(given.ballot, ballot{5'002}) << "the answers are on their way";
  }
}

TEST_F(permits_candidate_test, leaves_no_quorum_for_a_slot_that_it_has_not_tried) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'001, 2);
  for (const std::string name : {"a", "b", "c"}) {
    hear(name, 1, 900ms, 900ms);
  }
  tick(1s);
  EXPECT_EQ(of(mine).slot, any_slot) << "what b has is long in coming";
  lend_slot("b", mine, 5'003, 1, 1s);
  lend_slot("c", mine, 5'002, 2, 1s);
  EXPECT_EQ(of(mine).slot, 1U);
  for (const relinquish& given : said_.all<relinquish>()) {
    EXPECT_EQ(given.ballot, ballot{5'002});
  }
}

TEST_F(permits_candidate_test, says_that_it_holds_when_it_is_recalled) {
  const request_id mine = ask(0s, one_of_two);
  lend_slot("a", mine, 5'000, 1);
  lend_slot("b", mine, 5'000, 1);
  tell("a", recall_of(mine, 5'000, smaller_than(mine)));
  EXPECT_TRUE(said_.all<request>().back().holds);
  EXPECT_TRUE(said_.all<relinquish>().empty());
}

TEST_F(permits_candidate_test, as_many_are_out_as_there_are_permits) {
  const request_id first = ask(0s, one_of_two);
  const request_id second = ask(0s, one_of_two);
  const request_id third = ask(0s, one_of_two);
  EXPECT_EQ(of(second).phase, attempt_phase::asking);
  EXPECT_EQ(of(third).phase, attempt_phase::queued);
  lend_slot("a", first, 5'000, 1);
  lend_slot("b", first, 5'000, 1);
  EXPECT_EQ(of(third).phase, attempt_phase::asking) << "only one waits by now";
}

TEST_F(permits_candidate_test, fails_where_the_name_is_in_use_as_something_else) {
  const request_id mine = ask(0s, one_of_two);
  tell("b", mismatch{.lock = "l", .request = mine, .permits = 3});
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>().front().reason, errc::lock_kind_mismatch);
}

TEST_F(permits_candidate_test, fails_where_this_node_uses_the_name_as_something_else) {
  ask();
  ask(0s, one_of_two);
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>().front().reason, errc::lock_kind_mismatch);
}

}  // namespace
}  // namespace conclave::core
