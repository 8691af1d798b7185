// Runs of peers, round trips, silence and bounds (docs/protocol.md, "The link").
#include "two_links.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

TEST(peers, a_greater_boot_ends_all_that_belonged_to_the_smaller) {
  two_links both;
  both.a.machine().send(node_id{2}, lock_message(1));
  both.a.flush();
  ASSERT_EQ(both.a.machine().outstanding(), 1U);
  end_of_link restarted(settings_of(2, 23));
  restarted.machine().introduce({1}, address_of(1), restarted.now());
  restarted.machine().touch({1}, false);
  EXPECT_EQ(both.a.receive(restarted.flush().at(0), address_of(2)), arrival::accepted);
  EXPECT_TRUE(both.a.boot_changed());
  EXPECT_EQ(both.a.machine().outstanding(), 0U);
  EXPECT_EQ(both.a.machine().find({2})->boot, boot_id{23});
  // What it echoes from now on was said by the new run.
  both.a.machine().touch({2}, false);
  EXPECT_EQ(both.a.flush().at(0).header.echo, restarted.now());
}

TEST(peers, the_first_frame_of_a_peer_is_no_change_of_boot) {
  two_links both;
  EXPECT_FALSE(both.a.boot_changed());
  EXPECT_FALSE(both.b.boot_changed());
}

TEST(peers, a_smaller_boot_is_heard_no_more) {
  two_links both;
  end_of_link older(settings_of(2, 21));
  older.machine().introduce({1}, address_of(1), older.now());
  older.machine().send(node_id{1}, ping{.probe = {1}, .target = {}});
  EXPECT_EQ(both.a.receive(older.flush().at(0), address_of(9)), arrival::older_sender);
  EXPECT_EQ(both.a.machine().find({2})->where, address_of(2));
  EXPECT_TRUE(both.a.received().empty());
}

TEST(peers, a_frame_for_another_boot_is_dropped_and_answered_with_the_right_one) {
  two_links both;
  both.a.machine().send(node_id{2}, lock_message(1));
  const auto meant_for_22 = both.a.flush().at(0);
  EXPECT_EQ(meant_for_22.header.receiver_boot, boot_id{22});
  end_of_link restarted(settings_of(2, 23));
  EXPECT_EQ(restarted.receive(meant_for_22, address_of(1)), arrival::other_receiver);
  EXPECT_TRUE(restarted.received().empty());
  const auto answer = restarted.flush();
  ASSERT_EQ(answer.size(), 1U);
  EXPECT_EQ(answer[0].header.sender.boot, boot_id{23});
  EXPECT_EQ(answer[0].header.receiver_boot, boot_id{11});
  EXPECT_EQ(answer[0].header.acknowledged_count, 0);
  both.a_receives(answer);
  EXPECT_TRUE(both.a.boot_changed());
}

TEST(peers, a_process_of_the_same_name_is_told_apart) {
  two_links both;
  end_of_link twin(settings_of(1, 12));
  twin.machine().introduce({1}, address_of(1), twin.now());
  twin.machine().send_to(address_of(1), ping{.probe = {1}, .target = {}});
  EXPECT_EQ(both.a.receive(twin.flush().at(0), address_of(9)), arrival::own_name);
  EXPECT_EQ(both.a.machine().peers(), 1U);
}

TEST(peers, every_frame_carries_an_anchor_and_the_latest_echo) {
  two_links both;
  both.advance(1s);
  both.a.machine().touch({2}, false);
  const auto first = both.a.flush().at(0);
  EXPECT_EQ(first.header.anchor, both.a.now());
  both.advance(1s);
  both.a.machine().touch({2}, false);
  const auto second = both.a.flush().at(0);
  // They come in the wrong order: the greater anchor stays.
  both.b.receive(second, address_of(1));
  both.advance(3ms);
  both.b.receive(first, address_of(1));
  both.b.machine().touch({1}, false);
  const auto back = both.b.flush().at(0);
  EXPECT_EQ(back.header.echo, second.header.anchor);
  EXPECT_EQ(back.header.echo_age, 3ms);
  EXPECT_EQ(back.header.anchor, both.b.now());
}

TEST(peers, round_trips_are_measured_from_echoes_less_the_time_they_lay_at_the_peer) {
  two_links both;
  for (int i = 0; i < 100; ++i) {
    both.a.machine().touch({2}, false);
    const auto there = both.a.flush();
    both.advance(20ms);
    both.b_receives(there);
    both.advance(500ms);
    both.b.machine().touch({1}, false);
    const auto back = both.b.flush();
    both.advance(10ms);
    both.a_receives(back);
  }
  EXPECT_NEAR(static_cast<double>(both.a.machine().find({2})->trip.smoothed().count()), 30e6, 1e5);
}

TEST(peers, the_timeout_follows_the_round_trip) {
  round_trip trip;
  EXPECT_EQ(trip.timeout(0), retransmit_first);
  for (int i = 0; i < 200; ++i) {
    trip.sample(40ms);
  }
  EXPECT_GE(trip.timeout(0), 45ms);
  EXPECT_LE(trip.timeout(0), 60ms);
  EXPECT_EQ(trip.timeout(1), 2 * trip.timeout(0));
  EXPECT_EQ(trip.timeout(40), retransmit_max);
  for (int i = 0; i < 200; ++i) {
    trip.sample(3s);
  }
  EXPECT_GE(trip.timeout(0), 1'500ms - 1us) << "so that few copies are under way at once";
  EXPECT_LE(trip.timeout(0), 1'500ms);
  for (int i = 0; i < 200; ++i) {
    trip.sample(duration::max());
  }
  EXPECT_LE(trip.timeout(3), 15s);
  EXPECT_GE(trip.timeout(3), 14s);
  round_trip impossible;
  impossible.sample(-5ms);
  EXPECT_EQ(impossible.smoothed(), 0ms);
}

TEST(peers, one_late_frame_does_not_hold_up_repetitions) {
  round_trip trip;
  for (int i = 0; i < 20; ++i) {
    trip.sample(1ms);
  }
  trip.sample(5s);  // the peer stood still
  EXPECT_LE(trip.timeout(0), retransmit_max);
}

TEST(peers, an_echo_of_the_future_measures_nothing) {
  two_links both;
  both.b.machine().touch({1}, false);
  auto frame = both.b.flush().at(0);
  frame_header header = frame.header;
  header.echo = both.a.now() + 1s;
  arrival_news news;
  const auto before = both.a.machine().find({2})->latest_echo;
  EXPECT_EQ(both.a.machine().receive(header, address_of(2), both.a.now(), news), arrival::accepted);
  EXPECT_EQ(both.a.machine().find({2})->latest_echo, before);
}

TEST(peers, who_asks_for_a_reply_gets_one_frame) {
  two_links both;
  both.a.machine().touch({2}, true);
  both.b_receives(both.a.flush());
  const auto reply = both.b.flush();
  ASSERT_EQ(reply.size(), 1U);
  EXPECT_FALSE(reply[0].header.wants_reply);
  both.a_receives(reply);
  EXPECT_TRUE(both.a.flush().empty());
}

TEST(peers, that_are_silent_for_long_are_forgotten_with_all_that_waits_for_them) {
  two_links both;
  both.a.machine().send(node_id{2}, lock_message(1));
  both.a.flush();
  both.a.pass(29s);
  EXPECT_NE(both.a.machine().find({2}), nullptr);
  both.a.pass(1s);
  EXPECT_EQ(both.a.machine().find({2}), nullptr);
  EXPECT_EQ(both.a.machine().peers(), 0U);
  EXPECT_TRUE(both.a.pass(60s).empty());
}

TEST(peers, that_speak_are_kept) {
  two_links both;
  for (int i = 0; i < 10; ++i) {
    both.a.pass(20s);
    EXPECT_NE(both.a.machine().find(node_id{2}), nullptr);
    both.b.machine().touch({1}, false);
    both.a_receives(both.b.flush());
    both.b.advance(20s);
  }
}

TEST(peers, silent_ones_with_something_to_send_are_not_forgotten_in_the_midst_of_it) {
  two_links both;
  both.a.advance(31s);
  both.a.machine().send(node_id{2}, lock_message(1));
  both.a.machine().tick(both.a.now());
  EXPECT_EQ(both.a.flush().size(), 1U);
  both.a.machine().tick(both.a.now());
  EXPECT_EQ(both.a.machine().find({2}), nullptr);
}

TEST(peers, more_than_the_bound_are_refused) {
  end_of_link a(settings_of(1, 11));
  for (std::uint64_t node = 2; node < 30; ++node) {
    a.machine().introduce({node}, address_of(node), a.now());
  }
  EXPECT_EQ(a.machine().peers(), 10U);
  end_of_link stranger(settings_of(99, 1));
  stranger.machine().send_to(address_of(1), ping{.probe = {1}, .target = {}});
  EXPECT_EQ(a.receive(stranger.flush().at(0), address_of(99)), arrival::too_many_peers);
  EXPECT_EQ(a.machine().peers(), 10U);
}

TEST(peers, are_where_they_spoke_from_last) {
  two_links both;
  both.b.advance(1ns);
  both.b.machine().touch({1}, false);
  both.a.receive(both.b.flush().at(0), address_of(77));
  both.a.machine().introduce({2}, address_of(2), both.a.now());
  both.a.machine().touch({2}, false);
  EXPECT_EQ(both.a.flush().at(0).to, address_of(77));
}

TEST(peers, that_were_never_heard_can_be_moved) {
  end_of_link a(settings_of(1, 11));
  a.machine().introduce({2}, address_of(2), a.now());
  a.machine().introduce({2}, address_of(3), a.now());
  a.machine().touch({2}, false);
  EXPECT_EQ(a.flush().at(0).to, address_of(3));
}

TEST(peers, that_fell_silent_can_be_moved_and_those_that_speak_can_not) {
  two_links both;
  const auto goes_to = [&] {
    both.a.machine().introduce({2}, address_of(3), both.a.now());
    both.a.machine().touch({2}, false);
    return both.a.flush().at(0).to;
  };
  both.advance(1s);
  EXPECT_EQ(goes_to(), address_of(2));
  both.advance(1ns);
  EXPECT_EQ(goes_to(), address_of(3));
}

TEST(peers, are_not_moved_back_by_an_old_frame) {
  two_links both;
  both.b.machine().touch({1}, false);
  const auto old = both.b.flush();
  both.b.advance(1ms);
  both.b.machine().touch({1}, false);
  both.a.receive(both.b.flush().at(0), address_of(77));  // it has moved
  both.a_receives(old);
  both.a.machine().touch({2}, false);
  EXPECT_EQ(both.a.flush().at(0).to, address_of(77));
}

TEST(peers, frame_numbers_never_repeat) {
  two_links both;
  std::vector<sequence> numbers;
  for (int i = 0; i < 5; ++i) {
    both.a.machine().touch({2}, false);
    both.a.machine().send_to(address_of(3), ping{.probe = {1}, .target = {}});
    for (const sent_frame& one : both.a.flush()) {
      numbers.push_back(one.header.sequence);
    }
  }
  for (std::size_t i = 1; i < numbers.size(); ++i) {
    EXPECT_GT(numbers[i], numbers[i - 1]);
  }
}

}  // namespace
}  // namespace conclave::core
