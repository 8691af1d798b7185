// Several locks at once: all or nothing, and no deadlock (docs/protocol.md, "Modes").
#include "candidate_fixture.hpp"

#include <string>
#include <vector>

namespace conclave::core {
namespace {

class together_test : public candidate_test {
 protected:
  request_id ask_for(const std::vector<lock_name>& names, const lock_request& options = {}) {
    lock_step step = said_.step(0s);
    const request_id first = candidate_.lock_all(names, options, step);
    candidate_.check_invariants(at(0s));
    return first;
  }
  void lend_of(const lock_name& lock, const std::string& from, request_id request,
               std::uint64_t number, duration now = 0s, std::uint64_t opening = 1) {
    said_.lamport.observe({number + 10});
    tell(from,
         vote{.lock = lock,
              .request = request,
              .ballot = ballot{number},
              .generation = generation{opening}},
         now);
  }
  void lend_all(const lock_name& lock, request_id request, std::uint64_t number) {
    lend_of(lock, "a", request, number);
    lend_of(lock, "b", request, number);
  }
  [[nodiscard]] attempt_phase phase_of(request_id request) const {
    return candidate_.attempts().at(request).phase;
  }
};

TEST_F(together_test, all_are_asked_for_at_once_under_one_ticket) {
  const request_id first = ask_for({"p", "q"});
  EXPECT_EQ(said_.all<request>().size(), 6U);
  const ticket& of_p = candidate_.attempts().at(first).ticket;
  const ticket& of_q = candidate_.attempts().at(first.next()).ticket;
  EXPECT_EQ(of_p.time, of_q.time);
  EXPECT_EQ(of_q.request, first.next());
}

TEST_F(together_test, none_is_held_before_all_are) {
  const request_id first = ask_for({"p", "q"});
  lend_all("p", first, 5'000);
  EXPECT_EQ(phase_of(first), attempt_phase::asking);
  lend_all("q", first.next(), 5'000);
  EXPECT_EQ(said_.all_events<granted>().size(), 2U);
  EXPECT_EQ(phase_of(first), attempt_phase::holding);
  EXPECT_EQ(phase_of(first.next()), attempt_phase::holding);
}

TEST_F(together_test, what_is_complete_is_given_back_to_a_smaller_ticket_while_another_is_missing) {
  const request_id first = ask_for({"p", "q"});
  lend_all("p", first, 5'000);
  recall asked = recall_of(first, 5'000, smaller_than(first));
  asked.lock = "p";
  tell("a", asked);
  ASSERT_EQ(said_.all<relinquish>().size(), 1U);
  lend_all("q", first.next(), 5'000);
  EXPECT_EQ(phase_of(first), attempt_phase::asking) << "a quorum of p is missing again";
}

TEST_F(together_test, what_has_lapsed_meanwhile_does_not_count) {
  const request_id first = ask_for({"p", "q"});
  lend_all("p", first, 5'000);
  for (const std::string name : {"a", "b", "c"}) {
    hear(name, 2, 2s, 2s);
  }
  lend_of("q", "a", first.next(), 6'000, 2s, 2);
  lend_of("q", "b", first.next(), 6'000, 2s, 2);
  EXPECT_EQ(phase_of(first.next()), attempt_phase::asking);
}

TEST_F(together_test, what_is_not_complete_any_more_is_completed_again) {
  const request_id first = ask_for({"p", "q"});
  lend_of("p", "a", first, 5'000);
  lend_of("p", "b", first, 5'000);
  lend_of("p", "c", first, 5'001);
  hear("a", 1, 900ms, 900ms);
  hear("c", 1, 900ms, 900ms);  // the session of b lapses
  lend_of("q", "a", first.next(), 5'000, 1100ms);
  lend_of("q", "c", first.next(), 5'000, 1100ms);
  EXPECT_EQ(phase_of(first), attempt_phase::asking);
  ASSERT_FALSE(said_.all<request>().empty()) << "a and c have voted, but not alike";
  EXPECT_EQ(said_.all<request>().front().lock, "p");
  EXPECT_EQ(said_.all<request>().front().min_ballot, ballot{5'001});
}

TEST_F(together_test, all_fail_when_one_does) {
  const request_id first = ask_for({"p", "q"}, {.wait = false});
  for (const std::string from : {"a", "b"}) {
    tell(from, busy{.lock = "q", .request = first.next()});
  }
  EXPECT_EQ(said_.all_events<failed>().size(), 2U);
  EXPECT_EQ(said_.all<release>().size(), 6U);
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(together_test, all_fail_at_the_time_to_give_up) {
  const request_id first = ask_for({"p", "q"}, {.give_up_at = at(500ms)});
  lend_all("p", first, 5'000);
  tick(500ms);
  EXPECT_EQ(said_.all_events<failed>().size(), 2U);
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(together_test, to_withdraw_one_cancels_the_others) {
  const request_id first = ask_for({"p", "q", "r"});
  EXPECT_TRUE(unlock(first.next()));
  ASSERT_EQ(said_.all_events<failed>().size(), 2U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::cancelled);
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(together_test, what_is_held_ends_one_by_one) {
  const request_id first = ask_for({"p", "q"});
  lend_all("p", first, 5'000);
  lend_all("q", first.next(), 5'000);
  EXPECT_TRUE(unlock(first));
  EXPECT_TRUE(said_.all_events<failed>().empty());
  EXPECT_EQ(phase_of(first.next()), attempt_phase::holding);
}

TEST_F(together_test, a_kept_hold_that_is_released_by_its_owner_fails_nobody) {
  const request_id first = ask_for({"p", "q"}, {.span = 10, .keep = 1s});
  lend_all("p", first, 5'000);
  lend_all("q", first.next(), 5'000);
  EXPECT_TRUE(unlock(first));
  EXPECT_TRUE(said_.all_events<failed>().empty());
  EXPECT_EQ(phase_of(first), attempt_phase::kept);
}

TEST_F(together_test, a_hold_is_not_passed_on_to_one_of_several) {
  const request_id mine = ask(0s, {.span = 10});
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  const request_id first = ask_for({"l", "q"}, {.span = 10});
  EXPECT_EQ(phase_of(first), attempt_phase::queued);
  EXPECT_EQ(phase_of(first.next()), attempt_phase::asking);
  unlock(mine);
  EXPECT_TRUE(said_.all_events<granted>().empty());
  EXPECT_EQ(phase_of(first), attempt_phase::asking);
}

TEST_F(together_test, a_hold_that_nobody_uses_is_given_up_for_several) {
  const request_id mine = ask(0s, {.span = 10, .keep = 1s});
  lend("a", mine, 5'000);
  lend("b", mine, 5'000);
  unlock(mine);
  ASSERT_EQ(phase_of(mine), attempt_phase::kept);
  const request_id first = ask_for({"l", "q"}, {.span = 10});
  EXPECT_FALSE(candidate_.attempts().contains(mine));
  EXPECT_EQ(phase_of(first), attempt_phase::asking);
}

TEST_F(together_test, more_than_the_node_may_ask_for_are_refused_all) {
  ask_for({"p", "q", "r", "s", "t", "u"});
  EXPECT_EQ(said_.all_events<failed>().size(), 6U);
  EXPECT_TRUE(candidate_.attempts().empty());
}

}  // namespace
}  // namespace conclave::core
