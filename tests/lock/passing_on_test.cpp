// Holds that go from one request of a node to the next without a message, or are kept in between
// (docs/protocol.md, "Inside one process").
#include "candidate_fixture.hpp"

namespace conclave::core {
namespace {

constexpr lock_request keeping{.span = 4, .keep = 300ms};

class passing_on_test : public candidate_test {
 protected:
  // A quorum lends.
  void lend_all(request_id asked_as, std::uint64_t number, duration now = 0s) {
    lend("a", asked_as, number, now);
    lend("b", asked_as, number, now);
  }
  // The token of what was granted in the last step; 0: nothing was.
  [[nodiscard]] std::uint64_t granted_token() const {
    const auto all = said_.all_events<granted>();
    return all.empty() ? 0 : all.front().token.value();
  }
  [[nodiscard]] attempt_phase phase_of(request_id request) const {
    return candidate_.attempts().at(request).phase;
  }
  [[nodiscard]] ticket greater_than(request_id request) const {
    ticket other = candidate_.attempts().at(request).ticket;
    ++other.time.value;
    return other;
  }
};

TEST_F(passing_on_test, the_next_request_of_the_process_gets_the_hold_without_a_message) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  const request_id second = ask(10ms, keeping);
  EXPECT_TRUE(said_.sends.empty());
  EXPECT_TRUE(unlock(first, 20ms));
  EXPECT_TRUE(said_.sends.empty());
  EXPECT_EQ(granted_token(), 5'001U);
  const auto grants = said_.all_events<granted>();
  EXPECT_EQ(grants[0].request, second);
  EXPECT_EQ(grants[0].asked_as, first) << "that is what the voters know";
  EXPECT_FALSE(candidate_.attempts().contains(first));
}

TEST_F(passing_on_test, also_where_nothing_is_kept) {
  const request_id first = ask(0s, {.span = 4});
  lend_all(first, 5'000);
  ask(10ms, {.span = 4});
  unlock(first, 20ms);
  EXPECT_EQ(granted_token(), 5'001U);
}

TEST_F(passing_on_test, a_hold_that_nobody_uses_is_kept_and_taken_without_a_message) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  EXPECT_TRUE(unlock(first, 10ms));
  EXPECT_TRUE(said_.sends.empty());
  EXPECT_EQ(phase_of(first), attempt_phase::kept);
  EXPECT_EQ(take(first, 15ms), 0U) << "nobody holds it";
  ask(20ms, keeping);
  EXPECT_TRUE(said_.sends.empty());
  EXPECT_EQ(granted_token(), 5'001U);
}

TEST_F(passing_on_test, it_is_given_up_when_it_was_not_used_for_long_enough) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  unlock(first, 10ms);
  EXPECT_LE(candidate_.next_deadline(), at(310ms));
  tick(309ms);
  EXPECT_TRUE(said_.all<release>().empty());
  tick(310ms);
  ASSERT_EQ(said_.all<release>().size(), 3U);
  EXPECT_EQ(said_.all<release>()[0].request, first);
  EXPECT_EQ(said_.all<release>()[0].last_token, ballot{5'000});
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(passing_on_test, taking_it_puts_its_end_off) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  unlock(first, 10ms);
  const request_id second = ask(200ms, keeping);
  tick(310ms);
  EXPECT_EQ(phase_of(second), attempt_phase::holding);
  unlock(second, 320ms);
  tick(500ms);
  EXPECT_EQ(phase_of(second), attempt_phase::kept);
  tick(620ms);
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(passing_on_test, who_waits_elsewhere_gets_what_nobody_uses_at_once) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  unlock(first, 10ms);
  tell("a", recall_of(first, 5'000, greater_than(first)), 20ms);
  EXPECT_EQ(said_.all<release>().size(), 3U);
  EXPECT_TRUE(said_.all_events<lost>().empty()) << "nobody held it";
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(passing_on_test, what_others_wait_for_is_not_kept) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  tell("a", recall_of(first, 5'000, greater_than(first)), 5ms);
  unlock(first, 10ms);
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

TEST_F(passing_on_test, who_waits_elsewhere_with_a_smaller_ticket_comes_first) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  const request_id second = ask(1ms, keeping);
  tell("a", recall_of(first, 5'000, smaller_than(second)), 5ms);
  unlock(first, 10ms);
  EXPECT_EQ(granted_token(), 0U);
  EXPECT_EQ(said_.all<release>().size(), 3U);
  ASSERT_EQ(said_.all<request>().size(), 3U);
  EXPECT_EQ(said_.all<request>()[0].ticket.request, second);
}

TEST_F(passing_on_test, who_waits_elsewhere_with_a_greater_ticket_comes_later) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  const request_id second = ask(1ms, keeping);
  tell("a", recall_of(first, 5'000, greater_than(second)), 5ms);
  const request_id third = [&] {
    said_.lamport.observe({candidate_.attempts().at(second).ticket.time.value + 2});
    return ask(6ms, keeping);
  }();
  unlock(first, 10ms);
  EXPECT_EQ(granted_token(), 5'001U);
  EXPECT_EQ(said_.all_events<contended>().size(), 1U) << "and is told that others wait";
  unlock(second, 20ms);
  EXPECT_EQ(granted_token(), 0U);
  ASSERT_EQ(said_.all<request>().size(), 3U);
  EXPECT_EQ(said_.all<request>()[0].ticket.request, third);
}

// The place in the queue is drawn when it begins to wait, not when it is its turn to ask.
TEST_F(passing_on_test, a_request_keeps_the_place_that_it_had_inside_the_process) {
  const request_id first = ask();
  lend_all(first, 5'000);
  const request_id second = ask(1ms);
  const ticket place = candidate_.attempts().at(second).ticket;
  said_.lamport.observe({9'000});
  unlock(first, 10ms);
  ASSERT_EQ(said_.all<request>().size(), 3U);
  EXPECT_EQ(said_.all<request>()[0].ticket, place);
  EXPECT_EQ(said_.all<request>()[0].min_ballot, ballot{9'000}) << "and asks for a ballot of now";
}

TEST_F(passing_on_test, a_hold_without_tokens_is_not_passed_on) {
  const request_id first = ask();
  lend_all(first, 5'000);
  ask(1ms);
  unlock(first, 10ms);
  EXPECT_EQ(granted_token(), 0U);
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

TEST_F(passing_on_test, tokens_are_asked_for_before_they_are_used_up) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  unlock(first, 10ms);
  const request_id second = ask(20ms, keeping);
  unlock(second, 30ms);
  const request_id third = ask(40ms, keeping);
  EXPECT_EQ(granted_token(), 5'002U);
  ASSERT_EQ(said_.all<request>().size(), 3U);
  EXPECT_EQ(said_.all<request>()[0].ticket.request, first);
  EXPECT_EQ(said_.all<request>()[0].min_ballot, ballot{5'004});
  lend_all(first, 5'004, 50ms);
  unlock(third, 60ms);
  ask(70ms, keeping);
  EXPECT_EQ(granted_token(), 5'004U);
}

TEST_F(passing_on_test, a_hold_that_is_over_is_not_passed_on) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  unlock(first, 10ms);
  ask(usable_, keeping);
  EXPECT_EQ(granted_token(), 0U);
  EXPECT_EQ(said_.all<release>().size(), 3U);
  EXPECT_EQ(said_.all<request>().size(), 3U);
}

TEST_F(passing_on_test, a_kept_hold_ends_without_a_word_to_anybody) {
  const request_id first = ask(0s, {.span = 4, .keep = 1h});
  lend_all(first, 5'000);
  unlock(first, 10ms);
  tick(usable_);
  EXPECT_TRUE(said_.events.empty());
  EXPECT_TRUE(candidate_.attempts().empty());
}

TEST_F(passing_on_test, a_late_vote_for_the_request_that_asked_is_one_for_its_hold) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  ask(1ms, keeping);
  unlock(first, 10ms);
  lend("c", first, 5'000, 20ms);
  EXPECT_TRUE(said_.all<release>().empty());
}

TEST_F(passing_on_test, what_nobody_uses_makes_room_for_what_is_asked_for) {
  const request_id kept = ask(0s, keeping);
  lend_all(kept, 5'000);
  unlock(kept, 10ms);
  for (int i = 0; i < 4; ++i) {
    lock_step step = said_.step(20ms);
    candidate_.lock("other" + std::to_string(i), {}, step);
  }
  EXPECT_EQ(candidate_.attempts().size(), 5U);
  lock_step step = said_.step(30ms);
  candidate_.lock("one more", {}, step);
  EXPECT_TRUE(said_.all_events<failed>().empty());
  EXPECT_FALSE(candidate_.attempts().contains(kept));
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

TEST_F(passing_on_test, a_node_that_stops_gives_up_what_it_keeps_without_a_loss) {
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  unlock(first, 10ms);
  lock_step step = said_.step(20ms);
  candidate_.stop(loss_reason::shut_down, errc::leaving, step);
  EXPECT_TRUE(said_.events.empty());
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

TEST_F(passing_on_test, the_greatest_time_to_hold_ends_a_hold_and_is_each_owners_own) {
  const request_id first = ask(0s, {.span = 4, .hold_max = 100ms});
  lend_all(first, 5'000);
  EXPECT_EQ(said_.all_events<granted>()[0].deadline, at(100ms));
  const request_id second = ask(1ms, {.span = 4});
  unlock(first, 50ms);
  EXPECT_EQ(said_.all_events<granted>()[0].deadline, at(usable_));
  unlock(second, 60ms);

  const request_id third = ask(70ms, {.hold_max = 100ms});
  lend_all(third, 6'000, 80ms);
  hear("a", 1, 150ms, 150ms);
  hear("b", 1, 150ms, 150ms);
  tick(179ms);
  EXPECT_TRUE(said_.events.empty());
  tick(180ms);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].reason, loss_reason::held_too_long);
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

// Not waiting, where what is lent may be of no use to anybody.

TEST_F(passing_on_test, who_does_not_wait_waits_for_the_answer_to_a_recall) {
  const request_id mine = ask(0s, {.wait = false, .give_up_at = at(250ms)});
  tell("a", busy{.lock = "l", .request = mine, .recalled = true}, 10ms);
  tell("b", busy{.lock = "l", .request = mine, .recalled = true}, 10ms);
  EXPECT_TRUE(said_.events.empty());
  lend_all(mine, 5'000, 20ms);
  EXPECT_EQ(granted_token(), 5'000U);
  tick(250ms);
  EXPECT_TRUE(said_.all_events<failed>().empty());
}

TEST_F(passing_on_test, but_no_longer_than_that_can_take) {
  const request_id mine = ask(0s, {.wait = false, .give_up_at = at(250ms)});
  tell("a", busy{.lock = "l", .request = mine, .recalled = true}, 10ms);
  tell("b", busy{.lock = "l", .request = mine, .recalled = true}, 10ms);
  tick(29ms);
  EXPECT_TRUE(said_.events.empty());
  tick(30ms);
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::would_block);
}

}  // namespace
}  // namespace conclave::core
