// Votes that are lent to many who share (docs/protocol.md, "Modes").
#include "candidate_fixture.hpp"
#include "voter_fixture.hpp"

#include <utility>

namespace conclave::core {
namespace {

request shared_request(const node_boot& who, std::uint64_t id, std::uint64_t time) {
  request asked = request_of(who, id, time);
  asked.mode = lock_mode::shared;
  return asked;
}

class sharing_voter_test : public lends_to_several {
 protected:
  [[nodiscard]] bool lent_to(const node_boot& who, std::uint64_t id = 1) const {
    return lent(who, id) != nullptr;
  }
};

TEST_F(sharing_voter_test, lends_to_all_who_share) {
  tell(x_, shared_request(x_, 1, 2'000));
  tell(y_, shared_request(y_, 1, 3'000));
  EXPECT_TRUE(lent_to(x_) && lent_to(y_));
  EXPECT_TRUE(said_.all<recall>().empty());
}

TEST_F(sharing_voter_test, lends_to_nobody_beside_one_who_has_it_alone) {
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, shared_request(y_, 1, 3'000));
  EXPECT_FALSE(lent_to(y_));
  EXPECT_EQ(said_.all<recall>().size(), 1U);
}

TEST_F(sharing_voter_test, who_wants_it_alone_waits_for_all_and_all_are_told) {
  tell(x_, shared_request(x_, 1, 2'000));
  tell(y_, shared_request(y_, 1, 3'000));
  tell(z_, request_of(z_, 1, 4'000));
  EXPECT_EQ(said_.all<recall>().size(), 2U);
  done(x_, 1, 2'000);
  EXPECT_FALSE(lent_to(z_));
  done(y_, 1, 3'000);
  EXPECT_TRUE(lent_to(z_));
}

TEST_F(sharing_voter_test, who_shares_later_waits_behind_one_who_wants_it_alone) {
  tell(x_, shared_request(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 3'000));
  tell(z_, shared_request(z_, 1, 4'000));
  EXPECT_FALSE(lent_to(z_));
  tell(z_, shared_request(z_, 2, 2'500));
  EXPECT_TRUE(lent_to(z_, 2)) << "it asked earlier";
}

TEST_F(sharing_voter_test, lends_to_those_behind_one_who_gave_up) {
  tell(x_, shared_request(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 3'000));
  tell(z_, shared_request(z_, 1, 4'000));
  done(y_, 1);
  EXPECT_TRUE(lent_to(z_));
}

TEST_F(sharing_voter_test, lends_to_those_behind_one_whose_session_lapsed) {
  tell(x_, shared_request(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 3'000));
  tell(z_, shared_request(z_, 1, 4'000));
  voter_.extend_session(x_, test_ttl, at(900ms), at(900ms));
  voter_.extend_session(z_, test_ttl, at(900ms), at(900ms));
  lock_step step = said_.step(1s);
  voter_.tick(step);
  voter_.check_invariants();
  EXPECT_TRUE(lent_to(z_));
}

TEST_F(sharing_voter_test, takes_back_all_votes_of_a_session_that_lapses) {
  tell(x_, shared_request(x_, 1, 2'000));
  tell(x_, shared_request(x_, 2, 2'500));
  tell(y_, shared_request(y_, 1, 3'000));
  voter_.extend_session(y_, test_ttl, at(900ms), at(900ms));
  lock_step step = said_.step(1s);
  voter_.tick(step);
  EXPECT_FALSE(lent_to(x_, 1) || lent_to(x_, 2));
  EXPECT_TRUE(lent_to(y_));
  EXPECT_EQ(voter_.find_lock("a")->floor, ballot{2'500});
}

TEST_F(sharing_voter_test, a_ballot_is_above_those_of_all_beside_it) {
  tell(x_, shared_request(x_, 1, 5'000));
  tell(y_, shared_request(y_, 1, 2'000));
  EXPECT_EQ(ballot_of(y_), ballot{5'001});
}

TEST_F(sharing_voter_test, what_is_downgraded_is_shared_at_once_and_under_its_ballot) {
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, shared_request(y_, 1, 1'500));
  EXPECT_FALSE(lent_to(y_));
  tell(x_, shared_request(x_, 1, 2'000));
  EXPECT_TRUE(lent_to(x_) && lent_to(y_));
  EXPECT_EQ(ballot_of(x_), ballot{2'000});
  EXPECT_EQ(ballot_of(y_), ballot{2'001});
}

TEST_F(sharing_voter_test, a_late_copy_does_not_make_it_exclusive_again) {
  tell(x_, request_of(x_, 1, 2'000));
  tell(x_, shared_request(x_, 1, 2'000));
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, shared_request(y_, 1, 3'000));
  EXPECT_TRUE(lent_to(y_));
}

TEST_F(sharing_voter_test, who_is_downgraded_while_its_request_still_waits_here_is_lent_to) {
  tell(x_, shared_request(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 3'000));
  tell(y_, shared_request(y_, 1, 3'000));
  EXPECT_TRUE(lent_to(y_));
}

TEST_F(sharing_voter_test, who_does_not_wait_is_refused_by_one_who_has_it_alone_or_waits_to) {
  tell(x_, request_of(x_, 1, 2'000));
  request trying = shared_request(y_, 1, 3'000);
  trying.wait = false;
  tell(y_, trying);
  EXPECT_EQ(said_.all<busy>().size(), 1U);
  done(x_, 1, 2'000);
  tell(x_, shared_request(x_, 2, 4'000));
  trying.ticket.request = request_id{2};
  tell(y_, trying);
  EXPECT_TRUE(lent_to(y_, 2));
}

const lock_request sharing{.mode = lock_mode::shared};

class sharing_candidate_test : public candidate_test {
 protected:
  void lend_all(request_id request, std::uint64_t number) {
    lend("a", request, number);
    lend("b", request, number);
  }
  bool downgrade(request_id request, duration now = 0s) {
    lock_step step = said_.step(now);
    const bool held = candidate_.downgrade(request, step);
    candidate_.check_invariants(at(now));
    return held;
  }
  [[nodiscard]] attempt_phase phase_of(request_id request) const {
    return candidate_.attempts().at(request).phase;
  }
};

TEST_F(sharing_candidate_test, all_who_share_here_are_out_at_once) {
  const request_id first = ask(0s, sharing);
  const request_id second = ask(0s, sharing);
  EXPECT_EQ(said_.all<request>().size(), 3U);
  lend_all(first, 5'000);
  lend_all(second, 5'001);
  EXPECT_EQ(phase_of(first), attempt_phase::holding);
  EXPECT_EQ(phase_of(second), attempt_phase::holding);
}

TEST_F(sharing_candidate_test, one_who_wants_it_alone_waits_for_them_and_keeps_later_ones_back) {
  const request_id first = ask(0s, sharing);
  const request_id alone = ask();
  const request_id last = ask(0s, sharing);
  EXPECT_EQ(phase_of(alone), attempt_phase::queued);
  EXPECT_EQ(phase_of(last), attempt_phase::queued);
  lend_all(first, 5'000);
  unlock(first);
  EXPECT_EQ(phase_of(alone), attempt_phase::asking);
  EXPECT_EQ(phase_of(last), attempt_phase::queued);
}

TEST_F(sharing_candidate_test, those_behind_one_who_gives_up_are_out) {
  ask(0s, sharing);
  const request_id alone = ask();
  const request_id last = ask(0s, sharing);
  unlock(alone);
  EXPECT_EQ(phase_of(last), attempt_phase::asking);
}

TEST_F(sharing_candidate_test, who_does_not_wait_shares_with_those_here) {
  ask(0s, sharing);
  ask(0s, {.mode = lock_mode::shared, .wait = false});
  EXPECT_TRUE(said_.all_events<failed>().empty());
  ask();
  ask(0s, {.mode = lock_mode::shared, .wait = false});
  ASSERT_EQ(said_.all_events<failed>().size(), 1U) << "somebody waits to have it alone";
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::would_block);
}

TEST_F(sharing_candidate_test, a_hold_that_is_kept_is_given_back_for_one_who_shares) {
  const request_id first = ask(0s, {.span = 4, .keep = 300ms});
  lend_all(first, 5'000);
  unlock(first);
  const request_id next = ask(0s, sharing);
  EXPECT_EQ(said_.all<release>().size(), 3U);
  EXPECT_EQ(said_.all<request>().size(), 3U);
  EXPECT_EQ(phase_of(next), attempt_phase::asking);
}

TEST_F(sharing_candidate_test, what_is_shared_is_not_kept_and_gives_out_one_token) {
  const request_id first = ask(0s, {.mode = lock_mode::shared, .span = 4, .keep = 300ms});
  lend_all(first, 5'000);
  EXPECT_EQ(take(first), 0U);
  EXPECT_TRUE(unlock(first));
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

TEST_F(sharing_candidate_test, a_hold_goes_to_no_next_request_that_shares) {
  const request_id first = ask(0s, {.span = 4});
  lend_all(first, 5'000);
  const request_id next = ask(0s, sharing);
  unlock(first);
  EXPECT_EQ(said_.all<release>().size(), 3U);
  EXPECT_EQ(phase_of(next), attempt_phase::asking);
}

TEST_F(sharing_candidate_test, downgrading_says_so_to_all_and_lets_those_here_ask) {
  const request_id first = ask(0s, {.span = 4, .keep = 300ms});
  const request_id next = ask(0s, sharing);
  lend_all(first, 5'000);
  EXPECT_TRUE(downgrade(first));
  const auto asked = said_.all<request>();
  ASSERT_EQ(asked.size(), 6U);
  EXPECT_EQ(asked[0].mode, lock_mode::shared);
  EXPECT_EQ(asked[0].ticket.request, first);
  EXPECT_FALSE(asked[0].keeps);
  EXPECT_EQ(phase_of(first), attempt_phase::holding);
  EXPECT_EQ(phase_of(next), attempt_phase::asking);
  EXPECT_TRUE(unlock(first));
  EXPECT_EQ(said_.all<release>().size(), 3U) << "it is not kept";
}

TEST_F(sharing_candidate_test, what_is_over_or_not_held_is_not_downgraded) {
  const request_id first = ask();
  EXPECT_FALSE(downgrade(first));
  lend_all(first, 5'000);
  EXPECT_FALSE(downgrade(first, usable_));
  EXPECT_FALSE(downgrade(request_id{77}));
}

TEST_F(sharing_candidate_test, who_shares_and_has_not_all_gives_way_to_a_smaller_ticket) {
  const request_id first = ask(0s, sharing);
  lend("a", first, 5'000);
  tell("a", recall_of(first, 5'000, smaller_than(first)));
  EXPECT_EQ(said_.all<relinquish>().size(), 1U);
}

}  // namespace
}  // namespace conclave::core
