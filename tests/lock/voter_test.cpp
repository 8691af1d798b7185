// What a voter may and may not lend (docs/protocol.md, "Locks").
#include "voter_fixture.hpp"

namespace conclave::core {
namespace {

class voter_test : public voter_fixture {
 protected:
  void tick(duration now) {
    lock_step step = said_.step(now);
    voter_.tick(step);
    voter_.check_invariants();
  }
  void end_abstention(duration now) {
    lock_step step = said_.step(now);
    voter_.end_abstention(step);
    voter_.check_invariants();
  }
  ballot lent_ballot() const { return voter_.find_lock("a")->lent.front().ballot; }
  bool lent_to(const node_boot& who) const {
    const lock_state* lock = voter_.find_lock("a");
    return lock != nullptr && !lock->lent.empty() && lock->lent.front().to.who == who;
  }
};

TEST_F(voter_test, lends_to_one_request_at_a_time) {
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  ASSERT_EQ(said_.all<vote>().size(), 1U);
  EXPECT_EQ(said_.all<vote>()[0].ballot, ballot{2'000});
  tell(y_, request_of(y_, 1, 1'500));
  EXPECT_TRUE(said_.all<vote>().empty());
  EXPECT_TRUE(lent_to(x_));
}

TEST_F(voter_test, does_nothing_without_an_open_session) {
  tell(x_, request_of(x_, 1, 2'000));
  EXPECT_TRUE(said_.sends.empty());
  EXPECT_EQ(voter_.find_lock("a"), nullptr);
}

TEST_F(voter_test, a_ballot_is_above_the_floor_and_raises_the_lamport_clock) {
  open(x_);
  request low = request_of(x_, 1, 10);
  low.span = 500'000;
  tell(x_, low);
  EXPECT_EQ(lent_ballot(), ballot{1'001});  // the floor started at the Lamport time
  EXPECT_EQ(said_.lamport.time().value, 1'001U + 500'000 - 1);
}

TEST_F(voter_test, asked_again_it_answers_again_and_raises_the_ballot_when_asked_to) {
  open(x_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(x_, request_of(x_, 1, 2'000));
  EXPECT_EQ(said_.all<vote>().size(), 1U);
  EXPECT_EQ(lent_ballot(), ballot{2'000});
  request greater = request_of(x_, 1, 2'000);
  greater.min_ballot = ballot{3'000};
  tell(x_, greater);
  EXPECT_EQ(said_.all<vote>().at(0).ballot, ballot{3'000});
}

TEST_F(voter_test, the_smallest_ticket_is_next_whatever_the_order_of_asking) {
  for (const node_boot& who : {x_, y_, z_}) {
    open(who);
  }
  tell(x_, request_of(x_, 1, 2'000));
  tell(z_, request_of(z_, 1, 4'000));
  tell(y_, request_of(y_, 1, 3'000));
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'000}});
  EXPECT_TRUE(lent_to(y_));
}

TEST_F(voter_test, a_release_wakes_one_waiter) {
  for (const node_boot& who : {x_, y_, z_}) {
    open(who);
    tell(who, request_of(who, 1, 2'000));
  }
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'000}});
  EXPECT_EQ(said_.all<vote>().size(), 1U);
}

TEST_F(voter_test, recalls_at_the_first_waiter_and_again_for_each_smaller_ticket) {
  for (const node_boot& who : {x_, y_, z_, boot_of("w")}) {
    open(who);
  }
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 5'000));
  EXPECT_EQ(said_.all<recall>().size(), 1U);
  tell(z_, request_of(z_, 1, 6'000));
  EXPECT_TRUE(said_.all<recall>().empty());
  tell(boot_of("w"), request_of(boot_of("w"), 1, 1'500));
  ASSERT_EQ(said_.all<recall>().size(), 1U);
  EXPECT_EQ(said_.all<recall>()[0].waiter.time, lamport_time{1'500});
}

TEST_F(voter_test, who_does_not_wait_waits_for_what_may_not_be_in_use) {
  for (const node_boot& who : {x_, y_, z_}) {
    open(who);
  }
  request keeps = request_of(x_, 1, 2'000);
  keeps.keeps = true;
  tell(x_, keeps);
  request tries = request_of(y_, 1, 3'000);
  tries.wait = false;
  tell(y_, tries);
  ASSERT_EQ(said_.all<busy>().size(), 1U);
  EXPECT_TRUE(said_.all<busy>()[0].recalled);
  EXPECT_EQ(said_.all<recall>().size(), 1U);
  // Behind another that waits there is nothing to hope for.
  request later = request_of(z_, 1, 4'000);
  later.wait = false;
  tell(z_, later);
  ASSERT_EQ(said_.all<busy>().size(), 1U);
  EXPECT_FALSE(said_.all<busy>()[0].recalled);
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'000}});
  EXPECT_TRUE(lent_to(y_));
  tell(y_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{3'000}});
  EXPECT_TRUE(voter_.find_lock("a")->idle());
}

TEST_F(voter_test, who_does_not_wait_is_told_that_it_is_busy_where_nothing_is_kept) {
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  request tries = request_of(y_, 1, 3'000);
  tries.wait = false;
  tell(y_, tries);
  ASSERT_EQ(said_.all<busy>().size(), 1U);
  EXPECT_FALSE(said_.all<busy>()[0].recalled);
  EXPECT_TRUE(said_.all<recall>().empty());
  EXPECT_TRUE(voter_.find_lock("a")->queue.empty());
}

TEST_F(voter_test, a_raised_ballot_is_recalled_again_for_those_who_wait) {
  // Else a recall of the old ballot, relinquished too late, would leave the waiter unheard.
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 1'500));
  request greater = request_of(x_, 1, 2'000);
  greater.min_ballot = ballot{3'000};
  tell(x_, greater);
  ASSERT_EQ(said_.all<recall>().size(), 1U);
  EXPECT_EQ(said_.all<recall>()[0].ballot, ballot{3'000});
}

TEST_F(voter_test, takes_back_only_that_very_ballot_and_keeps_the_place) {
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 1'500));
  const ticket of_x = request_of(x_, 1, 2'000).ticket;
  tell(x_, relinquish{.lock = "a", .ballot = ballot{1'999}, .ticket = of_x});
  EXPECT_TRUE(lent_to(x_));
  tell(x_, relinquish{.lock = "a", .ballot = ballot{2'000}, .ticket = of_x});
  EXPECT_TRUE(lent_to(y_));
  EXPECT_EQ(lent_ballot(), ballot{2'001});
  tell(y_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'001}});
  EXPECT_TRUE(lent_to(x_));
  EXPECT_GT(lent_ballot(), ballot{2'001});
}

TEST_F(voter_test, a_late_release_frees_only_its_own_request) {
  open(x_);
  tell(x_, request_of(x_, 5, 2'000));
  tell(x_, release{.lock = "a", .request = request_id{5}, .last_token = ballot{2'000}});
  tell(x_, request_of(x_, 6, 2'500));
  tell(x_, release{.lock = "a", .request = request_id{5}, .last_token = ballot{2'000}});
  EXPECT_TRUE(lent_to(x_));
}

TEST_F(voter_test, a_release_raises_the_floor_to_the_token_even_where_nothing_was_lent) {
  open(x_);
  open(y_);
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{7'000}});
  tell(y_, request_of(y_, 1, 2'000));
  EXPECT_EQ(lent_ballot(), ballot{7'001});
}

TEST_F(voter_test, a_release_that_does_not_know_its_token_counts_all_that_may_have_been_used) {
  // A holder's release is overtaken by the answer to a recall that came after it.
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 1'500));
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = {}});
  EXPECT_TRUE(lent_to(y_));
  EXPECT_GT(lent_ballot(), ballot{2'000});
}

TEST_F(voter_test, what_was_withdrawn_while_waiting_is_never_lent_to) {
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 3'000));
  tell(y_, release{.lock = "a", .request = request_id{1}, .last_token = {}});
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'000}});
  EXPECT_TRUE(voter_.find_lock("a")->idle());
}

TEST_F(voter_test, a_session_that_lapses_frees_votes_and_places_together) {
  open(x_);
  open(y_, 500ms);
  open(z_, 500ms);
  tell(x_, request_of(x_, 1, 2'000));
  tell(x_, request_of(x_, 2, 2'001, "b"));
  tell(y_, request_of(y_, 1, 3'000));
  tell(z_, request_of(z_, 1, 2'900, "b"));
  tick(test_ttl - 1ns);
  EXPECT_TRUE(lent_to(x_));
  tick(test_ttl);
  EXPECT_TRUE(lent_to(y_));
  EXPECT_EQ(voter_.find_lock("b")->lent.front().to.who, z_);
  EXPECT_EQ(voter_.find_session(x_), nullptr);
}

TEST_F(voter_test, after_a_lapse_no_ballot_that_may_have_been_used_is_lent_again) {
  open(x_);
  open(y_, 500ms);
  request wide = request_of(x_, 1, 2'000);
  wide.span = 50;
  tell(x_, wide);
  tell(y_, request_of(y_, 1, 1'500), 600ms);
  tick(test_ttl);
  EXPECT_EQ(lent_ballot(), ballot{2'050});
}

// Protocol 5: else a voter would grow with every name that was ever used.
TEST_F(voter_test, forgets_what_nobody_uses_and_nothing_that_is_held) {
  tell(x_, request_of(x_, 1, 2'000));  // no session yet: it leaves nothing behind
  EXPECT_EQ(voter_.locks().size(), 0U);
  open(x_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(x_, request_of(x_, 2, 2'001, "held"));
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'000}});
  EXPECT_EQ(voter_.locks().size(), 2U);
  duration now = 0s;
  for (int looks = 0; looks < 100 && voter_.find_lock("a") != nullptr; ++looks) {
    now = voter_.next_deadline().time_since_epoch();
    open(x_, now - 1ns);  // the session is kept
    tick(now);
  }
  EXPECT_EQ(voter_.find_lock("a"), nullptr);
  ASSERT_NE(voter_.find_lock("held"), nullptr);
  EXPECT_FALSE(voter_.find_lock("held")->idle());
  // And its floor is remembered.
  tell(x_, request_of(x_, 3, 1'000), now);
  EXPECT_EQ(lent_ballot(), ballot{2'001});
}

TEST_F(voter_test, wants_its_tick_until_all_is_forgotten) {
  open(x_);
  tell(x_, request_of(x_, 1, 2'000));
  int ticks = 0;
  for (; ticks < 100 && voter_.next_deadline() != never; ++ticks) {
    tick(voter_.next_deadline().time_since_epoch());
  }
  EXPECT_LT(ticks, 100);
  EXPECT_EQ(voter_.sessions(), 0U);
  EXPECT_EQ(voter_.locks().size(), 0U);
}

TEST_F(voter_test, an_extended_session_stands_and_keeps_its_generation) {
  open(x_);
  const generation first = voter_.find_session(x_)->generation;
  open(x_, 900ms);
  tick(1'800ms);
  ASSERT_NE(voter_.find_session(x_), nullptr);
  EXPECT_EQ(voter_.find_session(x_)->generation, first);
  tick(1'900ms);
  EXPECT_EQ(voter_.find_session(x_), nullptr);
}

TEST_F(voter_test, each_opening_of_a_session_has_a_greater_generation) {
  open(x_);
  const generation first = voter_.find_session(x_)->generation;
  tick(test_ttl);
  open(x_, 2s);
  EXPECT_GT(voter_.find_session(x_)->generation, first);
}

TEST_F(voter_test, another_boot_of_the_same_node_does_not_free_the_first_ones_votes) {
  open(x_);
  tell(x_, request_of(x_, 1, 2'000));
  const node_boot again = boot_of("x", 2);
  open(again);
  tell(again, request_of(again, 1, 3'000));
  EXPECT_TRUE(lent_to(x_));
  tell(again, release{.lock = "a", .request = request_id{1}, .last_token = {}});
  EXPECT_TRUE(lent_to(x_));
}

TEST_F(voter_test, a_restarted_voter_queues_but_lends_nothing_while_it_abstains) {
  voter_ = voter(boot_of("v"), roster_, true, lamport_time{1'000}, 100);
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 3'000));
  tell(y_, request_of(y_, 1, 2'000));
  EXPECT_TRUE(said_.sends.empty());
  open(x_, 900ms);
  open(y_, 900ms);
  open(x_, 1'800ms);
  open(y_, 1'800ms);
  tick(2s);
  EXPECT_TRUE(said_.sends.empty());
  end_abstention(2s);
  EXPECT_TRUE(lent_to(y_));
}

TEST_F(voter_test, after_an_abstention_every_ballot_is_above_the_lamport_clock) {
  voter_ = voter(boot_of("v"), roster_, true, lamport_time{1'000}, 100);
  open(x_, 1'500ms);
  tell(x_, request_of(x_, 1, 3'000), 1'500ms);
  said_.lamport.observe({777'000});  // heard from the voters that remember
  end_abstention(2s);
  EXPECT_GT(lent_ballot(), ballot{777'000});
}

TEST_F(voter_test, who_does_not_want_to_wait_is_told_and_not_queued) {
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  request impatient = request_of(y_, 1, 3'000);
  impatient.wait = false;
  tell(y_, impatient);
  EXPECT_EQ(said_.all<busy>().size(), 1U);
  EXPECT_TRUE(said_.all<recall>().empty());
  EXPECT_TRUE(voter_.find_lock("a")->queue.empty());
}

TEST_F(voter_test, refuses_what_no_honest_candidate_can_send) {
  open(x_);
  const auto refused = [&](const request& asked) {
    const std::uint64_t before = voter_.counters().requests_refused;
    tell(x_, asked);
    return said_.sends.empty() && voter_.counters().requests_refused == before + 1;
  };
  request bad = request_of(x_, 1, 200'000);  // a ticket above the Lamport clock
  EXPECT_TRUE(refused(bad));
  bad = request_of(x_, 1, 2'000);
  bad.min_ballot = ballot{INT64_MAX};
  EXPECT_TRUE(refused(bad));
  bad = request_of(x_, 1, 2'000);
  bad.span = 0;
  EXPECT_TRUE(refused(bad));
  bad.span = span_max + 1;
  EXPECT_TRUE(refused(bad));
  bad = request_of(y_, 1, 2'000);  // another node's ticket
  EXPECT_TRUE(refused(bad));
  bad = request_of(x_, 1, 2'000, "");
  EXPECT_TRUE(refused(bad));
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{INT64_MAX}});
  EXPECT_EQ(voter_.find_lock("a"), nullptr);
}

TEST_F(voter_test, keeps_a_bounded_number_of_requests_of_one_candidate) {
  open(x_);
  std::size_t told = 0;
  for (std::uint64_t i = 1; i <= 150; ++i) {
    tell(x_, request_of(x_, i, 2'000 + i, "lock" + std::to_string(i)));
    told += said_.all<busy>().size();
  }
  EXPECT_EQ(voter_.find_session(x_)->requests, 100U);
  EXPECT_EQ(voter_.counters().requests_refused, 50U);
  EXPECT_EQ(told, 50U) << "it is told, or it would wait for ever";
  EXPECT_NE(voter_.find_lock("lock150"), nullptr);
  tick(10s);  // its session has lapsed too
  EXPECT_EQ(voter_.find_lock("lock150"), nullptr) << "what was refused leaves nothing behind";
}

TEST_F(voter_test, requests_that_are_over_do_not_count) {
  open(x_);
  open(y_);
  for (std::uint64_t i = 1; i <= 250; ++i) {
    tell(x_, request_of(x_, i, 2'000 + i));
    tell(y_, request_of(y_, i, 2'000 + i));
    EXPECT_EQ(voter_.find_session(x_)->requests, 1U);
    EXPECT_EQ(voter_.find_session(y_)->requests, 1U);
    tell(y_, release{.lock = "a", .request = request_id{i}, .last_token = {}});  // it waited
    tell(x_, release{.lock = "a", .request = request_id{i}, .last_token = {}});  // it had it
  }
  EXPECT_EQ(voter_.find_session(x_)->requests, 0U);
  EXPECT_EQ(voter_.find_session(y_)->requests, 0U);
  EXPECT_TRUE(voter_.find_session(x_)->locks.empty());
  EXPECT_TRUE(voter_.find_session(y_)->locks.empty());
  open(x_, 5s);
  tell(x_, release{.lock = "never lent", .request = request_id{1}, .last_token = {}}, 5s);
  tick(15s);
  EXPECT_EQ(voter_.locks().size(), 0U);
}

TEST_F(voter_test, who_waits_and_asks_again_at_a_greater_ballot_is_lent_that) {
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 3'000));
  request again = request_of(y_, 1, 3'000);
  again.min_ballot = ballot{50'000};
  said_.lamport.observe({50'000});
  tell(y_, again);
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'000}});
  EXPECT_TRUE(lent_to(y_));
  EXPECT_EQ(lent_ballot(), ballot{50'000});
}

TEST_F(voter_test, who_asks_again_for_more_tokens_has_them_all_kept_free) {
  open(x_);
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  request more = request_of(x_, 1, 2'000);
  more.span = 10;
  tell(x_, more);
  tell(y_, request_of(y_, 1, 1'500));
  open(y_, test_ttl - 1ns);
  tick(test_ttl);  // the session of x has lapsed
  EXPECT_TRUE(lent_to(y_));
  EXPECT_EQ(lent_ballot(), ballot{2'010});
}

TEST_F(voter_test, nothing_is_given_back_that_was_not_lent) {
  const relinquish given{
      .lock = "a", .ballot = ballot{2'000}, .ticket = request_of(x_, 1, 2'000).ticket};
  tell(x_, given);  // no session, and no such lock
  open(x_);
  tell(x_, given);
  EXPECT_EQ(voter_.find_lock("a"), nullptr);
  tell(x_, request_of(x_, 1, 2'000));
  voter_.stop();
  tell(x_, given);
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(voter_test, once_stopped_it_never_lends_again) {
  open(x_);
  voter_.stop();
  open(y_);
  tell(x_, request_of(x_, 1, 2'000));
  tell(y_, request_of(y_, 1, 2'000));
  tick(1h);
  EXPECT_TRUE(said_.sends.empty());
  EXPECT_EQ(voter_.sessions(), 0U);
  EXPECT_EQ(voter_.next_deadline(), never);
}

}  // namespace
}  // namespace conclave::core
