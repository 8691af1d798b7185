// The network does to datagrams what its conditions say, and no more.
#include "sim/network.hpp"

#include <gtest/gtest.h>

#include <chrono>
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
  EXPECT_NEAR(static_cast<double>(came.size() - whole), 0.3 * static_cast<double>(came.size()),
              300);
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
