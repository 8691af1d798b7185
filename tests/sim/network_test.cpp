// The network does to datagrams what its conditions say, and no more.
#include "sim/network.hpp"

#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

class network_test : public testing::Test {
 protected:
  network_test() {
    for (machine_index at = 0; at < 3; ++at) {
      where_.push_back(network_.move(at));
    }
  }

  void send(machine_index from, machine_index to, int times = 1) {
    const std::vector<std::byte> bytes(100, std::byte{7});
    for (int i = 0; i < times; ++i) {
      network_.send(from, where_[from], where_[to], bytes, true_time{}, events_);
    }
  }

  std::vector<event> arrivals() {
    std::vector<event> all;
    while (!events_.empty()) {
      all.push_back(events_.pop());
    }
    return all;
  }

  counters counted_;
  event_queue events_;
  network network_{3, core::random_source(1), counted_};
  std::vector<core::address> where_;
};

TEST_F(network_test, carries_bytes_as_they_are_within_its_delays) {
  network_.set_conditions({.delay_min = 1ms, .delay_spread = 1ms});
  send(0, 1, 100);
  const std::vector<event> came = arrivals();
  ASSERT_EQ(came.size(), 100U);
  for (const event& each : came) {
    EXPECT_GE(each.at, true_time{1ms});
    EXPECT_LE(each.at, true_time{2ms});
    EXPECT_EQ(network_.arrived(each.subject).bytes, std::vector<std::byte>(100, std::byte{7}));
    EXPECT_EQ(network_.arrived(each.subject).from, where_[0]);
  }
}

TEST_F(network_test, loses_repeats_and_damages_about_as_many_as_it_is_told_to) {
  network_.set_conditions({.loss_ppm = 100'000, .duplicate_ppm = 200'000, .damage_ppm = 300'000});
  send(0, 1, 10'000);
  EXPECT_NEAR(static_cast<double>(counted_.of(counter::frames_lost)), 1'000, 150);
  EXPECT_NEAR(static_cast<double>(counted_.of(counter::frames_duplicated)), 1'800, 200);
  std::size_t whole = 0;
  const std::vector<event> came = arrivals();
  for (const event& each : came) {
    whole += network_.arrived(each.subject).bytes == std::vector<std::byte>(100, std::byte{7});
  }
  EXPECT_EQ(came.size() - whole, counted_.of(counter::frames_damaged));
  const auto not_lost = static_cast<double>(10'000 - counted_.of(counter::frames_lost));
  EXPECT_NEAR(static_cast<double>(came.size() - whole), 0.3 * not_lost, 200);
}

TEST_F(network_test, some_ways_can_be_worse_than_all_others_until_all_are_alike_again) {
  network_.set_conditions({.delay_min = 1ms});
  network_.set_conditions(ways_towards(0b001, 0b010), {.delay_min = 7ms});
  const auto arrives_after = [&](machine_index from, machine_index to) {
    send(from, to);
    return arrivals().at(0).at.time_since_epoch();
  };
  EXPECT_EQ(arrives_after(0, 1), 7ms);
  EXPECT_EQ(arrives_after(1, 0), 1ms);
  EXPECT_EQ(arrives_after(0, 2), 1ms);
  network_.set_conditions({.delay_min = 2ms});
  EXPECT_EQ(arrives_after(0, 1), 2ms);
}

TEST_F(network_test, a_split_closes_both_ways_and_a_cut_one) {
  network_.split(0b001);
  send(0, 1);
  send(1, 0);
  EXPECT_TRUE(arrivals().empty());
  send(1, 2);
  EXPECT_EQ(arrivals().size(), 1U);
  network_.cut(0b001, 0b010);
  network_.join(0b001);
  send(0, 1);
  EXPECT_TRUE(arrivals().empty());
  send(1, 0);
  EXPECT_EQ(arrivals().size(), 1U);
  network_.mend(0b001, 0b010);
  send(0, 1);
  EXPECT_EQ(arrivals().size(), 1U);
}

TEST_F(network_test, what_becomes_of_a_datagram_does_not_depend_on_other_ways) {
  network_.set_conditions({.delay_spread = 1ms, .loss_ppm = 300'000, .duplicate_ppm = 300'000});
  send(0, 1, 50);
  const std::vector<event> alone = arrivals();
  counters counted;
  network other(3, core::random_source(1), counted);
  for (machine_index at = 0; at < 3; ++at) {
    other.move(at);
  }
  other.set_conditions({.delay_spread = 1ms, .loss_ppm = 300'000, .duplicate_ppm = 300'000});
  for (int i = 0; i < 50; ++i) {
    other.send(0, where_[0], where_[1], std::vector<std::byte>(100), true_time{}, events_);
    event_queue elsewhere;
    other.send(0, where_[0], where_[2], std::vector<std::byte>(100), true_time{}, elsewhere);
  }
  const std::vector<event> among = arrivals();
  ASSERT_EQ(alone.size(), among.size());
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(alone[i].at, among[i].at);
  }
}

TEST_F(network_test, what_waits_in_a_jam_arrives_at_once_when_the_last_jam_ends) {
  const ways both = ways_between(0b001, 0b110);
  network_.jam(both);
  network_.jam(ways_towards(0b001, 0b010));
  send(0, 1, 5);
  send(0, 2, 5);
  EXPECT_TRUE(arrivals().empty());
  network_.flush(both, true_time{1s}, events_);
  std::vector<event> came = arrivals();
  ASSERT_EQ(came.size(), 5U);
  network_.flush(ways_towards(0b001, 0b010), true_time{2s}, events_);
  came = arrivals();
  ASSERT_EQ(came.size(), 5U);
  EXPECT_GE(came.front().at, true_time{2s});
  EXPECT_LE(came.back().at, true_time{2s} + 100us);
}

TEST_F(network_test, a_sieve_is_of_ways_and_lets_pass_what_is_no_frame) {
  std::vector<std::byte> frame;
  const core::sealer seal;
  core::frame_builder builder(frame, {.cluster = 7, .sender = {}}, seal);
  builder.add(core::ping{});
  builder.finish();
  const auto arrive = [&](machine_index from, machine_index to) {
    network_.send(from, where_[from], where_[to], frame, true_time{}, events_);
    return arrivals().size();
  };
  const std::size_t kind = core::message(core::ping{}).index();
  const ways one_way = ways_towards(0b001, 0b010);
  network_.sieve(one_way, kind);
  network_.sieve(one_way, kind);
  network_.sieve(ways_towards(0b100, 0b001), kind + 1);
  EXPECT_EQ(arrive(0, 1), 0U);
  EXPECT_EQ(arrive(1, 0), 1U);
  EXPECT_EQ(arrive(2, 0), 1U);
  network_.end_sieve(one_way, kind);
  EXPECT_EQ(arrive(0, 1), 0U);
  network_.end_sieve(one_way, kind);
  EXPECT_EQ(arrive(0, 1), 1U);
  EXPECT_EQ(counted_.of(counter::frames_sieved), 2U);
  network_.sieve(one_way, kind);
  send(0, 1);  // no frame
  EXPECT_EQ(arrivals().size(), 1U);
}

TEST_F(network_test, bandwidth_spaces_datagrams_and_a_full_queue_loses_them) {
  network_.set_bandwidth(0, 1'000, 450ms);
  send(0, 1, 10);  // 100 bytes each: one in 100 ms
  const std::vector<event> came = arrivals();
  ASSERT_EQ(came.size(), 5U);
  for (std::size_t i = 0; i < came.size(); ++i) {
    EXPECT_EQ(came[i].at, true_time{100ms * static_cast<std::int64_t>(i + 1)});
  }
  EXPECT_EQ(counted_.of(counter::frames_over_queue), 5U);
  send(1, 0);
  EXPECT_EQ(arrivals().front().at, true_time{});
}

TEST_F(network_test, shapes_of_delay_differ_in_their_tails) {
  const auto over = [&](delay_shape shape, duration limit) {
    network_.set_conditions({.delay_min = 1ms, .delay_spread = 1ms, .shape = shape});
    send(0, 1, 1'000);
    const std::vector<event> came = arrivals();
    return std::ranges::count_if(came, [&](const event& one) { return one.at > true_time{limit}; });
  };
  EXPECT_EQ(over(delay_shape::uniform, 2ms), 0);
  EXPECT_NEAR(static_cast<double>(over(delay_shape::long_tailed, 3ms)), 250, 60);
  EXPECT_NEAR(static_cast<double>(over(delay_shape::two_peaked, 1500us)), 250, 60);
}

TEST_F(network_test, uneven_distances_differ_by_way_and_stay) {
  network_.set_distances(true);
  network_.set_conditions({.delay_min = 1ms});
  std::vector<true_time> first;
  std::vector<true_time> again;
  for (std::vector<true_time>* into : {&first, &again}) {
    for (const auto& [from, to] : {std::pair{0U, 1U}, {1U, 0U}, {0U, 2U}, {2U, 0U}, {1U, 2U}}) {
      send(from, to);
      into->push_back(arrivals().front().at);
    }
  }
  EXPECT_EQ(first, again);
  EXPECT_NE(std::ranges::max(first), std::ranges::min(first));
}

TEST_F(network_test, listed_incidents_happen_and_no_others) {
  network_.set_conditions({.delay_min = 1ms, .loss_ppm = 900'000, .duplicate_ppm = 900'000});
  network_.set_incidents(
      {{.key = {.from = 0, .to = 1, .number = 2}, .kind = incident_kind::lose},
       {.key = {.from = 0, .to = 1, .number = 3}, .kind = incident_kind::repeat},
       {.key = {.from = 0, .to = 1, .number = 4}, .kind = incident_kind::late, .by = 1s}});
  send(0, 1, 4);
  send(1, 0, 4);
  const std::vector<event> came = arrivals();
  EXPECT_EQ(came.size(), 8U);
  EXPECT_EQ(came.back().at, true_time{1001ms});
  EXPECT_EQ(counted_.of(counter::frames_lost), 1U);
  EXPECT_EQ(counted_.of(counter::frames_duplicated), 1U);
}

TEST_F(network_test, a_record_of_incidents_gives_the_same_again) {
  const network_conditions rough{.delay_min = 1ms,
                                 .delay_spread = 1ms,
                                 .late_ppm = 100'000,
                                 .late_max = 1s,
                                 .loss_ppm = 200'000,
                                 .duplicate_ppm = 200'000,
                                 .damage_ppm = 200'000};
  network_.set_conditions(rough);
  std::vector<incident> record;
  network_.keep_record(&record);
  send(0, 1, 200);
  const std::vector<event> drawn = arrivals();
  counters counted;
  network other(3, core::random_source(1), counted);
  for (machine_index at = 0; at < 3; ++at) {
    other.move(at);
  }
  other.set_conditions(rough);
  other.set_incidents(record);
  for (int i = 0; i < 200; ++i) {
    other.send(0, where_[0], where_[1], std::vector<std::byte>(100), true_time{}, events_);
  }
  const std::vector<event> listed = arrivals();
  ASSERT_EQ(drawn.size(), listed.size());
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    EXPECT_EQ(drawn[i].at, listed[i].at);
  }
}

TEST_F(network_test, what_is_sent_to_an_address_that_was_left_reaches_nobody) {
  const core::address moved = network_.move(1);
  send(0, 1);
  EXPECT_TRUE(arrivals().empty());
  EXPECT_EQ(counted_.of(counter::frames_to_nobody), 1U);
  EXPECT_EQ(network_.find(moved), 1U);
  EXPECT_EQ(network_.find(where_[1]), std::nullopt);
  EXPECT_EQ(network_.find(core::ipv4_address({10, 0, 0, 1}, 9)), std::nullopt);
}

}  // namespace
}  // namespace conclave::sim
