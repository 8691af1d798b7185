// Holds that go from one request of a node to the next without a message, or are kept in between
// (docs/protocol.md, "Inside one process").
#include "candidate_fixture.hpp"

#include <memory>
#include <utility>

namespace conclave::core {
namespace {

const lock_request keeping{.span = 4, .keep = 300ms};

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

// Where threads take what is kept without asking.

struct fake_shared_hold final : shared_hold {
  void open(request_id request, instant deadline, ballot first, std::uint64_t tokens) override {
    is_open = true;
    is_occupied = in_use = false;
    opened_for = request;
    until = deadline;
    next = first;
    left = tokens;
    count = 0;
  }
  void occupy() override { is_occupied = true; }
  closing close() override {
    is_open = is_occupied = false;
    return {.in_use = in_use, .used = std::exchange(count, 0)};
  }
  void force_close() override { is_open = is_occupied = in_use = false; }
  void note_loss(loss_reason reason) override { loss = reason; }
  void extend(instant deadline) override { until = deadline; }
  void shorten(instant deadline) override { until = deadline; }
  [[nodiscard]] owner_id owner() const override { return taken_by; }
  [[nodiscard]] std::uint64_t used() const override { return count; }

  void take() {
    in_use = true;
    ++count;
  }

  bool is_open = false;
  bool is_occupied = false;
  bool in_use = false;
  request_id opened_for;
  instant until{};
  ballot next;
  std::uint64_t left = 0;
  std::uint64_t count = 0;
  loss_reason loss = loss_reason::none;
  owner_id taken_by;
};

class sharing_test : public passing_on_test {
 protected:
  // A hold that is kept, and shared.
  request_id keep_one() {
    const request_id first = ask(0s, options_);
    lend_all(first, 5'000);
    unlock(first, 10ms);
    return first;
  }

  std::shared_ptr<fake_shared_hold> shared_ = std::make_shared<fake_shared_hold>();
  lock_request options_{.span = 8, .keep = 300ms, .shared = shared_};
};

TEST_F(sharing_test, what_is_kept_is_shared_with_half_of_its_tokens) {
  const request_id kept = keep_one();
  EXPECT_TRUE(shared_->is_open);
  EXPECT_EQ(shared_->opened_for, kept);
  EXPECT_EQ(shared_->until, at(usable_));
  EXPECT_EQ(shared_->next, ballot{5'001});
  EXPECT_EQ(shared_->left, 3U);
}

TEST_F(sharing_test, threads_wait_for_a_request_of_the_node_until_others_want_it) {
  const request_id kept = keep_one();
  const request_id next = ask(20ms, options_);
  EXPECT_TRUE(shared_->is_occupied);
  tell("a", recall_of(kept, 5'000, greater_than(next)), 30ms);
  EXPECT_FALSE(shared_->is_occupied);
  ask(40ms, options_);
  unlock(next, 50ms);
  EXPECT_FALSE(shared_->is_occupied);
}

TEST_F(sharing_test, what_threads_used_is_not_given_out_again) {
  keep_one();
  shared_->count = 2;
  ask(20ms, options_);
  EXPECT_EQ(granted_token(), 5'003U);
  EXPECT_FALSE(shared_->is_open);
}

TEST_F(sharing_test, who_asks_waits_for_the_thread_that_has_it) {
  const request_id kept = keep_one();
  shared_->take();
  const request_id next = ask(20ms, options_);
  EXPECT_EQ(granted_token(), 0U);
  EXPECT_EQ(phase_of(kept), attempt_phase::holding);
  EXPECT_TRUE(unlock(kept, 30ms));
  EXPECT_EQ(granted_token(), 5'002U);
  EXPECT_EQ(said_.all_events<granted>()[0].request, next);
}

TEST_F(sharing_test, who_does_not_wait_is_refused_what_a_thread_has) {
  keep_one();
  shared_->take();
  lock_request tries = options_;
  tries.wait = false;
  ask(20ms, tries);
  ASSERT_EQ(said_.all_events<failed>().size(), 1U);
  EXPECT_EQ(said_.all_events<failed>()[0].reason, errc::would_block);
}

TEST_F(sharing_test, a_recall_waits_for_the_thread_that_has_it) {
  const request_id kept = keep_one();
  shared_->take();
  tell("a", recall_of(kept, 5'000, greater_than(kept)), 20ms);
  EXPECT_TRUE(said_.all<release>().empty());
  EXPECT_TRUE(unlock(kept, 30ms));
  ASSERT_EQ(said_.all<release>().size(), 3U);
  EXPECT_EQ(said_.all<release>()[0].last_token, ballot{5'001});
}

TEST_F(sharing_test, what_threads_go_on_using_is_kept_on) {
  const request_id kept = keep_one();
  shared_->count = 1;
  tick(310ms);
  EXPECT_EQ(phase_of(kept), attempt_phase::kept);
  EXPECT_TRUE(shared_->is_open);
  hear("a", 1, 400ms, 400ms);
  hear("b", 1, 400ms, 400ms);
  tick(610ms);
  EXPECT_TRUE(candidate_.attempts().empty());
  EXPECT_FALSE(shared_->is_open);
}

TEST_F(sharing_test, its_deadline_moves_on_for_threads_too) {
  options_.keep = 1h;
  keep_one();
  hear("a", 1, 500ms, 500ms);
  hear("b", 1, 500ms, 500ms);
  tick(510ms);
  EXPECT_TRUE(said_.all_events<extended>().empty());
  EXPECT_EQ(shared_->until, at(500ms + usable_));
}

TEST_F(sharing_test, a_thread_that_has_it_at_its_deadline_has_lost_it) {
  const request_id kept = keep_one();
  shared_->take();
  tick(usable_ - 1ns);
  tick(usable_);
  ASSERT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(said_.all_events<lost>()[0].request, kept);
  EXPECT_EQ(shared_->loss, loss_reason::no_quorum);
  EXPECT_FALSE(shared_->in_use);
  EXPECT_EQ(said_.all<release>().size(), 3U);
}

TEST_F(sharing_test, a_thread_can_claim_what_it_took) {
  const request_id kept = keep_one();
  EXPECT_EQ(candidate_.claim(kept), long_ago) << "nobody has it";
  unlock(ask(20ms, options_), 30ms);
  const request_id again = shared_->opened_for;
  shared_->take();
  EXPECT_EQ(candidate_.claim(again), at(usable_));
  EXPECT_EQ(phase_of(again), attempt_phase::holding);
  EXPECT_EQ(candidate_.claim(again), at(usable_));
}

TEST_F(sharing_test, a_node_that_stops_takes_it_from_the_thread_that_has_it) {
  keep_one();
  shared_->take();
  lock_step step = said_.step(20ms);
  candidate_.stop(loss_reason::shut_down, errc::leaving, step);
  EXPECT_EQ(said_.all_events<lost>().size(), 1U);
  EXPECT_EQ(shared_->loss, loss_reason::shut_down);
}

TEST_F(sharing_test, a_hold_with_a_greatest_time_is_not_shared) {
  options_.hold_max = 1h;
  keep_one();
  EXPECT_FALSE(shared_->is_open);
}

// It was the owner's, and there is none.
TEST_F(passing_on_test, what_is_kept_has_no_greatest_time) {
  const request_id first = ask(0s, {.span = 4, .keep = 1h, .hold_max = 100ms});
  lend_all(first, 5'000);
  unlock(first, 10ms);
  hear("a", 1, 500ms, 500ms);
  hear("b", 1, 500ms, 500ms);
  tick(510ms);
  tick(usable_);
  EXPECT_EQ(phase_of(first), attempt_phase::kept);
  EXPECT_EQ(candidate_.deadline_of(first), at(500ms + usable_));
}

TEST_F(passing_on_test, a_request_that_is_over_wakes_nobody) {
  candidate_.use_sessions(at(0s));
  const request_id first = ask(0s, {.give_up_at = at(200ms)});
  lend_all(first, 5'000);
  EXPECT_LE(candidate_.next_deadline(), at(200ms));
  unlock(first, 10ms);
  EXPECT_EQ(candidate_.next_deadline(), at(usable_ / 3)) << "but the next contact";
}

TEST_F(passing_on_test, what_is_kept_no_more_wakes_nobody) {
  candidate_.use_sessions(at(0s));
  const request_id first = ask(0s, keeping);
  lend_all(first, 5'000);
  unlock(first, 10ms);
  EXPECT_LE(candidate_.next_deadline(), at(310ms));
  tell("a", recall_of(first, 5'000, greater_than(first)), 20ms);
  EXPECT_EQ(candidate_.next_deadline(), at(usable_ / 3)) << "but the next contact";
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
