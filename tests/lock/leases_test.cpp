// Requests with a lease of their own (docs/protocol.md, "A lease of its own").
#include "candidate_fixture.hpp"
#include "voter_fixture.hpp"

namespace conclave::core {
namespace {

constexpr duration lease = 100ms;

class voter_leases : public voter_fixture {
 protected:
  voter_leases() {
    open(x_);
    open(y_);
  }
  void ask(const node_boot& who, std::uint64_t id, duration length, duration now = 0s,
           const std::string& lock = "a") {
    request asked = request_of(who, id, 2'000 + id, lock);
    asked.lease = length;
    tell(who, asked, now);
  }
  void tick(duration now) {
    lock_step step = said_.step(now);
    voter_.tick(step);
    voter_.check_invariants();
  }
  [[nodiscard]] bool has(const node_boot& who, const std::string& lock = "a") const {
    const lock_state* known = voter_.find_lock(lock);
    return !known->lent.empty() && known->lent.front().to.who == who;
  }
  [[nodiscard]] generation generation_of(const node_boot& who) const {
    return voter_.find_session(who)->generation;
  }
};

TEST_F(voter_leases, what_was_asked_for_so_ends_before_its_session) {
  ask(x_, 1, lease);
  ask(y_, 2, {});
  EXPECT_EQ(voter_.next_deadline(), at(lease));
  tick(lease - 1ns);
  EXPECT_TRUE(has(x_));
  tick(lease);
  EXPECT_TRUE(has(y_));
  ASSERT_NE(voter_.find_session(x_), nullptr);
  EXPECT_EQ(voter_.find_session(x_)->requests, 0U);
  EXPECT_EQ(voter_.counters().leases_lapsed, 1U);
}

TEST_F(voter_leases, nothing_is_lent_again_that_may_have_been_used) {
  request wide = request_of(x_, 1, 2'000);
  wide.span = 50;
  wide.lease = lease;
  tell(x_, wide);
  ask(y_, 2, {});
  tick(lease);
  EXPECT_GE(voter_.find_lock("a")->lent.front().ballot, ballot{2'050});
}

TEST_F(voter_leases, so_does_a_place_in_the_queue) {
  ask(y_, 1, {});
  ask(x_, 2, lease);
  tick(lease);
  EXPECT_TRUE(voter_.find_lock("a")->queue.empty());
  EXPECT_TRUE(has(y_));
}

TEST_F(voter_leases, hearing_of_the_candidate_moves_it_on) {
  ask(x_, 1, lease);
  open(x_, lease / 2);
  tick(lease);
  EXPECT_TRUE(has(x_));
  EXPECT_EQ(voter_.next_deadline(), at(lease * 3 / 2));
  tick(lease * 3 / 2);
  EXPECT_TRUE(voter_.find_lock("a")->idle());
}

TEST_F(voter_leases, it_runs_from_the_asking_where_nothing_was_heard_since) {
  ask(x_, 1, lease, 5 * lease);
  tick(6 * lease - 1ns);
  EXPECT_TRUE(has(x_));
  tick(6 * lease);
  EXPECT_FALSE(has(x_));
}

TEST_F(voter_leases, the_session_says_by_a_new_generation_that_one_ended) {
  ask(x_, 1, lease);
  ask(x_, 2, {}, 0s, "b");
  const generation before = generation_of(x_);
  tick(lease);
  EXPECT_GT(generation_of(x_), before);
  EXPECT_EQ(voter_.find_session(x_)->opened_as, before);
  EXPECT_TRUE(has(x_, "b"));
  const generation after = generation_of(x_);
  tick(2 * lease);
  EXPECT_EQ(generation_of(x_), after) << "nothing ended";
}

TEST_F(voter_leases, what_ends_at_one_time_is_not_lent_to_one_another) {
  for (const std::uint64_t id : {1U, 2U, 3U}) {
    ask(x_, id, lease);
  }
  tick(lease);
  EXPECT_TRUE(voter_.find_lock("a")->idle());
  EXPECT_TRUE(said_.all<vote>().empty());
}

TEST_F(voter_leases, who_is_done_leaves_none_behind) {
  ask(x_, 1, lease);
  ask(y_, 2, lease);
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = ballot{2'001}});
  const generation before = generation_of(x_);
  tick(lease);
  EXPECT_EQ(generation_of(x_), before);
  EXPECT_TRUE(voter_.find_session(x_)->leases.empty());
}

TEST_F(voter_leases, each_ends_at_its_own_time) {
  ask(x_, 1, 2 * lease);
  ask(x_, 2, lease, 0s, "b");
  tick(lease);
  EXPECT_TRUE(has(x_));
  EXPECT_FALSE(has(x_, "b"));
  EXPECT_EQ(voter_.next_deadline(), at(2 * lease));
  tick(2 * lease);
  EXPECT_FALSE(has(x_));
}

TEST_F(voter_leases, who_asks_while_the_session_was_silent_brings_no_storm) {
  ask(x_, 1, lease, 5 * lease);
  ask(x_, 1, lease, 5 * lease);
  EXPECT_EQ(voter_.next_deadline(), at(6 * lease));
}

TEST_F(voter_leases, one_out_of_bounds_is_refused) {
  ask(x_, 1, roster_.lease_ttl_max + 1ns);
  ask(x_, 2, -1ns);
  EXPECT_EQ(voter_.counters().requests_refused, 2U);
  EXPECT_EQ(voter_.locks().size(), 0U);
}

class candidate_leases : public candidate_test {
 protected:
  request_id ask_leased(duration now = 0s, duration length = lease) {
    return ask(now, {.span = 10, .keep = 1s, .lease = length});
  }
  request_id had(request_id one, duration now = 0s) {
    lend("a", one, 4'000, now);
    lend("b", one, 4'000, now);
    return one;
  }
  [[nodiscard]] instant deadline_of(request_id one) const { return candidate_.deadline_of(one); }
  const duration usable_lease_ = shortened_by_drift(lease, roster_.clock_drift_max_ppm);
};

TEST_F(candidate_leases, the_voters_are_told_and_the_owner_believes_no_longer) {
  const request_id one = ask_leased();
  EXPECT_EQ(said_.all<request>().at(0).lease, lease);
  had(one);
  EXPECT_EQ(deadline_of(one), at(usable_lease_));
  tick(usable_lease_ * 3 / 4);
  tick(usable_lease_);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].reason, loss_reason::no_quorum);
}

TEST_F(candidate_leases, as_long_as_the_nodes_is_none) {
  const request_id one = ask_leased(0s, test_ttl);
  EXPECT_EQ(said_.all<request>().at(0).lease, 0s);
  had(one);
  EXPECT_EQ(deadline_of(one), at(usable_));
}

TEST_F(candidate_leases, voters_that_are_heard_move_it_on) {
  const request_id one = had(ask_leased());
  for (const std::string name : {"a", "b"}) {
    hear(name, 1, lease / 2, lease / 2);
  }
  tick(lease / 2);
  EXPECT_EQ(deadline_of(one), at(lease / 2 + usable_lease_));
  EXPECT_LE(candidate_.next_deadline(), at(lease / 2 + lease / 6));
}

TEST_F(candidate_leases, voters_are_asked_three_times_within_the_shortest) {
  tick(0s);
  const request_id longer = ask_leased(0s, 2 * lease);
  EXPECT_EQ(candidate_.views().next_contact(), at(2 * usable_lease_ / 3));
  const request_id one = ask(0s, {.lease = lease});  // behind it
  EXPECT_EQ(candidate_.views().next_contact(), at(usable_lease_ / 3));
  tick(usable_lease_ / 3);
  EXPECT_EQ(said_.contacts.size(), 3U);
  unlock(one);
  unlock(longer);
  hear("a", 1, lease, lease);
  const std::size_t a = *candidate_.views().index_of(node_id_of("a"));
  EXPECT_EQ(candidate_.views().at(a).contact_at, at(lease + usable_ / 3));
}

// It was tried before, and the next try would have come later than the lease ends.
TEST_F(candidate_leases, voters_are_asked_so_often_from_when_they_are_heard) {
  candidate_ = candidate({.self = boot_of("me"),
                          .lease_ttl = test_ttl,
                          .session_idle_max = 60s,
                          .deadlock_timeout = 250ms,
                          .requests_max = 1'000},
                         roster_);
  ask_leased();
  tick(0s);
  hear("a", 1, 1ms, 2ms);
  EXPECT_LE(candidate_.views().next_contact(), at(1ms + usable_lease_ / 3));
}

TEST_F(candidate_leases, a_voter_that_is_not_heard_is_tried_no_more_often) {
  ask_leased();
  std::size_t contacts = 0;
  for (duration now = 10 * usable_; now < 20 * usable_; now += 1ms) {
    tick(now);
    contacts += said_.contacts.size();
  }
  const std::size_t for_each = 3 * 10 + 2;  // the first tries come sooner
  EXPECT_LE(contacts, 3 * for_each);
}

TEST_F(candidate_leases, nor_for_each_that_is_asked_for_anew) {
  tick(10 * usable_);
  ask_leased(10 * usable_, 2 * lease);
  tick(10 * usable_);
  ask(10 * usable_, {.lease = lease});
  tick(10 * usable_ + 1ms);
  EXPECT_TRUE(said_.contacts.empty());
}

TEST_F(candidate_leases, a_vote_that_comes_too_late_counts_once_its_voter_is_heard) {
  const request_id one = ask_leased();
  lend("a", one, 4'000, lease);
  lend("b", one, 4'000, lease);
  EXPECT_TRUE(said_.all_events<granted>().empty());
  hear("a", 1, lease, lease);
  hear("b", 1, lease, lease);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(candidate_leases, why_another_is_lost_is_reckoned_by_its_own) {
  const request_id whole = had(ask());
  lock_step step = said_.step(0s);
  candidate_.lock("m", {.lease = lease}, step);
  for (duration now = 200ms; now < usable_; now += 200ms) {
    tick(now);
  }
  tick(usable_);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].request, whole);
  EXPECT_EQ(said_.all_events<lost>()[0].reason, loss_reason::no_quorum);
}

TEST_F(candidate_leases, what_was_given_back_counts_no_more_when_it_is_said_again) {
  const request_id one = ask_leased();
  lend("a", one, 4'000);
  tell("a", recall_of(one, 4'000, smaller_than(one)));
  ASSERT_EQ(said_.all<relinquish>().size(), 1U);
  hear("a", 2, 0s);
  lend("a", one, 4'000, 0s, 2);
  lend("b", one, 4'000);
  EXPECT_TRUE(said_.all_events<granted>().empty());
}

// Its ballots begin anew, and it knows of nothing that was given back before.
TEST_F(candidate_leases, what_was_given_back_to_an_earlier_run_of_a_voter_is_another_matter) {
  const request_id one = ask_leased();
  lend("a", one, 4'000);
  tell("a", recall_of(one, 4'000, smaller_than(one)));
  ASSERT_EQ(said_.all<relinquish>().size(), 1U);
  const node_boot again = boot_of("a", 2);
  lock_step step = said_.step(0s);
  candidate_.hear({.voter = again, .generation = core::generation{1}, .covered_echo = at(0s)},
                  step);
  const vote lent{
      .lock = "l", .request = one, .ballot = ballot{3'500}, .generation = core::generation{1}};
  candidate_.handle(again, lent, step);
  lend("b", one, 3'500);
  EXPECT_EQ(said_.all_events<granted>().size(), 1U);
}

TEST_F(candidate_leases, voters_are_asked_as_seldom_as_before_when_the_last_is_over) {
  const lock_request asked{.span = 10, .lease = lease};
  const request_id one = had(ask(0s, asked));
  const request_id next = ask(0s, asked);
  unlock(one);
  ASSERT_EQ(candidate_.attempts().at(next).phase, attempt_phase::holding);
  unlock(next);
  ASSERT_TRUE(candidate_.attempts().empty());
  hear("b", 1, lease, lease);
  const std::size_t b = *candidate_.views().index_of(node_id_of("b"));
  EXPECT_GE(candidate_.views().at(b).contact_at, at(lease + usable_ / 3));
}

TEST_F(candidate_leases, it_goes_to_nobody_who_wants_another) {
  const request_id one = had(ask_leased());
  const request_id same = ask_leased();
  const request_id other = ask(0s, {.lease = 2 * lease});
  unlock(one);
  EXPECT_EQ(candidate_.attempts().at(same).phase, attempt_phase::holding);
  unlock(same);
  EXPECT_EQ(candidate_.attempts().at(other).phase, attempt_phase::asking);
}

TEST_F(candidate_leases, nor_does_what_is_kept) {
  unlock(had(ask_leased()));
  ASSERT_EQ(candidate_.counters().kept, 1U);
  const request_id other = ask(0s, {});
  EXPECT_EQ(candidate_.attempts().at(other).phase, attempt_phase::asking);
  EXPECT_EQ(candidate_.attempts().size(), 1U);
}

}  // namespace
}  // namespace conclave::core
