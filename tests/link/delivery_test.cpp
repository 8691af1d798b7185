// Lock messages are repeated until acknowledged; gossip leaves once (docs/protocol.md, "The link").
#include "two_links.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

TEST(delivery, is_repeated_with_doubling_and_a_cap_until_it_is_acknowledged) {
  end_of_link a(settings_of(1, 11));
  a.machine().introduce({2}, address_of(2), a.now());
  a.machine().send(node_id{2}, lock_message(7));
  ASSERT_EQ(a.flush().size(), 1U);
  std::vector<duration> times;
  for (const auto& [when, frame] : a.pass(5s)) {
    times.push_back(when);
    EXPECT_EQ(frame.messages, std::vector{to_text(lock_message(7))});
  }
  EXPECT_EQ(times,
            (std::vector<duration>{100ms, 300ms, 700ms, 1'500ms, 2'500ms, 3'500ms, 4'500ms}));
  EXPECT_EQ(a.machine().counters().retransmissions, 7U);
}

TEST(delivery, to_who_does_not_answer_starts_no_quick_repetitions_for_each_message) {
  end_of_link a(settings_of(1, 11));
  a.machine().introduce({2}, address_of(2), a.now());
  a.machine().send(node_id{2}, lock_message(1));
  a.flush();
  ASSERT_EQ(a.pass(700ms).size(), 3U);
  a.machine().send(node_id{2}, lock_message(2));
  EXPECT_EQ(a.flush().at(0).messages.size(), 1U) << "at once, all the same";
  std::vector<duration> times;
  for (const auto& [when, frame] : a.pass(2s)) {
    times.push_back(when);
  }
  EXPECT_EQ(times, (std::vector<duration>{800ms, 1'800ms}));
}

// They went one after the other and were lost together: that is one round without an answer.
TEST(delivery, of_many_lost_at_once_backs_off_once) {
  end_of_link a(settings_of(1, 11));
  a.machine().introduce({2}, address_of(2), a.now());
  for (std::uint64_t i = 0; i < 6; ++i) {
    a.machine().send(node_id{2}, lock_message(i));
    a.flush();
    a.advance(1ms);
  }
  ASSERT_EQ(a.pass(100ms).size(), 6U);
  a.machine().send(node_id{2}, lock_message(7));
  a.flush();
  const std::string newest = to_text(lock_message(7));
  bool repeated = false;
  for (const auto& [when, frame] : a.pass(200ms)) {
    repeated = repeated || std::ranges::count(frame.messages, newest) > 0;
  }
  EXPECT_TRUE(repeated);
}

TEST(delivery, catches_up_at_once_with_who_answers_again) {
  two_links both;
  link& sender = both.a.machine();
  for (std::uint64_t i = 0; i < 2; ++i) {
    sender.send(node_id{2}, lock_message(i));
    both.a.flush();
    both.a.pass(5s);  // lost, all of them
  }
  sender.send(node_id{2}, lock_message(2));
  both.b_receives(both.a.flush());
  both.b.advance(acknowledgement_delay);
  both.b.machine().tick(both.b.now());
  both.a_receives(both.b.flush());
  ASSERT_EQ(sender.outstanding(), 2U);
  const auto soon = both.a.pass(50ms);
  ASSERT_FALSE(soon.empty());
  EXPECT_EQ(soon.front().second.messages.size(), 2U);
  sender.send(node_id{2}, lock_message(3));
  both.a.flush();
  EXPECT_FALSE(both.a.pass(50ms).empty()) << "and further ones are repeated quickly again";
}

TEST(delivery, that_was_acknowledged_wakes_nobody) {
  two_links both;
  both.a.machine().send(node_id{2}, lock_message(1));
  both.b_receives(both.a.flush());
  EXPECT_LE(both.a.machine().next_deadline(), both.a.now() + 100ms);
  both.b.machine().send(node_id{1}, lock_message(2));
  both.a_receives(both.b.flush());
  both.a.advance(1ms);
  both.a.machine().send(node_id{2}, ping{.probe = {1}, .target = {2}});
  both.a.flush();  // with it the acknowledgement that a owed
  EXPECT_EQ(both.a.machine().next_deadline(),
            both.a.now() - 1ms + both.a.machine().settings().silence_max);
}

TEST(delivery, is_repeated_no_more_once_it_is_acknowledged) {
  two_links both;
  both.a.machine().send(node_id{2}, lock_message(7));
  both.b_receives(both.a.flush());
  EXPECT_EQ(both.a.machine().outstanding(), 1U);
  both.b.advance(acknowledgement_delay);
  both.b.machine().tick(both.b.now());
  both.a_receives(both.b.flush());
  EXPECT_EQ(both.a.machine().outstanding(), 0U);
  EXPECT_TRUE(both.a.pass(20s).empty());
}

TEST(delivery, whose_acknowledgement_was_lost_is_acknowledged_again) {
  two_links both;
  both.a.machine().send(node_id{2}, lock_message(7));
  both.b_receives(both.a.flush());
  both.b.pass(1s);  // lost
  const auto repeated = both.a.pass(100ms);
  ASSERT_GE(repeated.size(), 1U);
  both.b.receive(repeated.back().second, address_of(1));
  both.b.advance(acknowledgement_delay);
  both.b.machine().tick(both.b.now());
  both.a_receives(both.b.flush());
  EXPECT_EQ(both.a.machine().outstanding(), 0U);
  EXPECT_EQ(both.b.received().size(), 2U);  // duplicates are for the handlers to stand
}

TEST(delivery, acknowledgements_ride_on_other_frames_or_leave_after_a_short_while) {
  two_links both;
  both.a.machine().send(node_id{2}, lock_message(7));
  both.b_receives(both.a.flush());
  EXPECT_TRUE(both.b.flush().empty());
  both.b.machine().send(node_id{1}, lock_message(8));
  const auto riding = both.b.flush();
  ASSERT_EQ(riding.size(), 1U);
  EXPECT_EQ(riding[0].header.acknowledged_count, 1);
  EXPECT_EQ(riding[0].messages.size(), 1U);

  both.a_receives(riding);
  both.a.machine().send(node_id{2}, lock_message(9));
  both.b_receives(both.a.flush());
  const auto alone = both.b.pass(acknowledgement_delay);
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0].second.header.acknowledged_count, 1);
  EXPECT_TRUE(alone[0].second.messages.empty());
}

TEST(delivery, many_frames_unanswered_are_acknowledged_early) {
  two_links both;
  for (std::uint64_t i = 0; i < acknowledgements_max / 2; ++i) {
    EXPECT_TRUE(both.b.flush().empty());
    both.a.machine().send(node_id{2}, lock_message(i));
    both.b_receives(both.a.flush());
  }
  const auto frames = both.b.flush();
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].header.acknowledged_count, acknowledgements_max / 2);
}

TEST(delivery, acknowledgements_that_find_no_room_are_made_up_for_by_repetition) {
  two_links both;
  for (std::uint64_t i = 0; i < 3 * acknowledgements_max; ++i) {
    both.a.machine().send(node_id{2}, lock_message(i));
    both.b_receives(both.a.flush());  // b never gets to send
  }
  for (int i = 0; i < 10 && both.a.machine().outstanding() > 0; ++i) {
    both.a_receives(both.b.flush());
    for (const auto& [when, frame] : both.a.pass(1s)) {
      both.b.receive(frame, address_of(1));
    }
    both.b.advance(1s);
    both.b.machine().tick(both.b.now());
  }
  EXPECT_EQ(both.a.machine().outstanding(), 0U);
}

TEST(delivery, of_gossip_is_tried_once) {
  two_links both;
  both.a.machine().send(node_id{2}, ping{.probe = {1}, .target = {2}});
  EXPECT_EQ(both.a.flush().size(), 1U);
  EXPECT_TRUE(both.a.pass(20s).empty());
}

TEST(delivery, messages_of_one_event_for_one_peer_leave_in_one_frame) {
  two_links both;
  both.a.machine().introduce({3}, address_of(3), both.a.now());
  both.a.machine().send(node_id{2}, lock_message(1));
  both.a.machine().send(node_id{3}, lock_message(2));
  both.a.machine().send(node_id{2}, ping{.probe = {1}, .target = {2}});
  both.a.machine().touch({2}, true);
  both.a.machine().send(node_id{2}, lock_message(3));
  const auto frames = both.a.flush();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].to, address_of(2));
  EXPECT_EQ(frames[0].messages.size(), 3U);
  EXPECT_TRUE(frames[0].header.wants_reply);
  EXPECT_EQ(frames[1].to, address_of(3));
  EXPECT_EQ(frames[1].messages.size(), 1U);
  EXPECT_TRUE(both.a.flush().empty());
}

TEST(delivery, of_more_than_a_frame_holds_takes_more_frames) {
  two_links both;
  for (std::uint64_t i = 0; i < 200; ++i) {
    both.a.machine().send(node_id{2}, busy{.lock = std::string(200, 'x'), .request = {i}});
  }
  for (std::uint64_t i = 0; i < 500; ++i) {
    both.a.machine().send(node_id{2}, ping{.probe = {i}, .target = {2}});
  }
  const auto frames = both.a.flush();
  EXPECT_GT(frames.size(), 30U);
  both.b_receives(frames);
  EXPECT_EQ(both.b.received().size(), 700U);
  for (const sent_frame& one : frames) {
    EXPECT_LE(one.bytes.size(), frame_size_max);
  }
}

TEST(delivery, keeps_a_window_and_goes_on_as_it_is_acknowledged) {
  two_links both;
  for (std::uint64_t i = 0; i < 3 * in_flight_max; ++i) {
    both.a.machine().send(node_id{2}, lock_message(i));
  }
  std::size_t first = 0;
  for (const sent_frame& one : both.a.flush()) {
    first += one.messages.size();
    both.b.receive(one, address_of(1));
  }
  EXPECT_EQ(first, in_flight_max);
  EXPECT_EQ(both.a.machine().outstanding(), 3 * in_flight_max);
  for (int i = 0; i < 10; ++i) {
    both.b.advance(acknowledgement_delay);
    both.b.machine().tick(both.b.now());
    both.a_receives(both.b.flush());
    both.b_receives(both.a.flush());
  }
  EXPECT_EQ(both.a.machine().outstanding(), 0U);
  EXPECT_EQ(both.b.received().size(), 3 * in_flight_max);
}

// There are always more than go into flight.
TEST(delivery, keeps_nothing_of_what_left_the_queue_that_is_never_empty) {
  two_links both;
  std::uint64_t number = 0;
  while (number < 2 * in_flight_max) {
    both.a.machine().send(node_id{2}, lock_message(number++));
  }
  for (int round = 0; round < 200; ++round) {
    both.b_receives(both.a.flush());
    both.b.advance(acknowledgement_delay);
    both.b.machine().tick(both.b.now());
    both.a_receives(both.b.flush());
    while (both.a.machine().outstanding() < 2 * in_flight_max) {
      both.a.machine().send(node_id{2}, lock_message(number++));
    }
  }
  EXPECT_GT(number, 10 * in_flight_max);
  EXPECT_LE(both.a.machine().find(node_id{2})->waiting.size(), 4 * in_flight_max);
}

TEST(delivery, rests_after_a_full_outbox_until_all_sessions_have_lapsed) {
  link_settings settings = settings_of(1, 11);
  settings.outbox_max = 5;
  two_links both(settings);
  link& sender = both.a.machine();
  for (std::uint64_t i = 0; i < 5; ++i) {
    sender.send(node_id{2}, lock_message(i));
  }
  EXPECT_FALSE(sender.rests({2}));
  for (std::uint64_t i = 5; i < 8; ++i) {
    sender.send(node_id{2}, lock_message(i));
  }
  EXPECT_TRUE(sender.rests({2}));
  EXPECT_EQ(sender.counters().outbox_overflows, 8U) << "all of them";
  EXPECT_EQ(sender.outstanding(), 0U);
  sender.send(node_id{2}, ping{.probe = {1}, .target = {2}});
  EXPECT_EQ(both.a.flush().at(0).messages.size(), 1U) << "gossip goes on";

  const auto hear_b = [&] {
    both.b.machine().touch({1}, false);
    both.a_receives(both.b.flush());
  };
  both.advance(settings.silence_max - 1ns);
  hear_b();
  EXPECT_TRUE(sender.rests({2}));
  both.advance(1ns);
  hear_b();
  EXPECT_FALSE(sender.rests({2}));
  sender.send(node_id{2}, lock_message(9));
  EXPECT_EQ(both.a.flush().at(0).messages.size(), 1U);
}

TEST(delivery, does_not_rest_for_a_new_boot_of_the_peer) {
  link_settings settings = settings_of(1, 11);
  settings.outbox_max = 1;
  two_links both(settings);
  both.a.machine().send(node_id{2}, lock_message(1));
  both.a.machine().send(node_id{2}, lock_message(2));
  both.a.flush();
  EXPECT_TRUE(both.a.machine().rests({2}));
  end_of_link later(settings_of(2, 23));
  later.machine().introduce({1}, address_of(1), later.now());
  later.machine().touch({1}, false);
  both.a_receives(later.flush());
  EXPECT_FALSE(both.a.machine().rests({2}));
  EXPECT_FALSE((both.advance(60s), both.a.machine().rests({2})));
}

TEST(delivery, ends_over_a_path_slower_than_the_longest_wait_between_repetitions) {
  two_links both;
  std::deque<std::pair<duration, sent_frame>> there;
  std::deque<std::pair<duration, sent_frame>> back;
  both.a.machine().send(node_id{2}, lock_message(1));
  constexpr duration one_way = 2'500ms;
  for (duration now{}; now < 20s; now += 1ms) {
    for (auto& [after, frame] : both.a.pass(1ms)) {
      there.emplace_back(now + after + one_way, std::move(frame));
    }
    for (auto& [after, frame] : both.b.pass(1ms)) {
      back.emplace_back(now + after + one_way, std::move(frame));
    }
    for (; !there.empty() && there.front().first <= now; there.pop_front()) {
      both.b_receives({there.front().second});
    }
    for (; !back.empty() && back.front().first <= now; back.pop_front()) {
      both.a_receives({back.front().second});
    }
  }
  EXPECT_EQ(both.a.machine().outstanding(), 0U);
}

TEST(delivery, to_an_address_shares_frames_and_names_no_receiver) {
  end_of_link a(settings_of(1, 11));
  a.machine().send_to(address_of(2), ping{.probe = {1}, .target = {}});
  a.machine().send_to(address_of(2), ping{.probe = {2}, .target = {}});
  a.machine().send_to(address_of(3), ping{.probe = {3}, .target = {}});
  const auto frames = a.flush();
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].messages.size(), 2U);
  EXPECT_FALSE(frames[0].header.receiver_boot);
  EXPECT_FALSE(frames[0].header.echo);
  EXPECT_TRUE(a.flush().empty());
}

TEST(delivery, to_a_forgotten_peer_goes_nowhere) {
  end_of_link a(settings_of(1, 11));
  a.machine().send(node_id{2}, lock_message(1));
  a.machine().touch({2}, true);
  EXPECT_TRUE(a.flush().empty());
  EXPECT_EQ(a.machine().next_deadline(), never);
}

}  // namespace
}  // namespace conclave::core
