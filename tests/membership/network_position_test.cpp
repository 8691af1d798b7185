// The map of round trips, by what it says of networks that are known.
#include "membership/network_position.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

namespace conclave::core {

namespace {

using namespace std::chrono_literals;

// Three sites; round trips between them, and within.
constexpr duration sites_apart[3][3] = {{1ms, 40ms, 90ms}, {40ms, 1ms, 70ms}, {90ms, 70ms, 1ms}};

class sites {
 public:
  explicit sites(std::size_t nodes) {
    for (std::size_t i = 0; i < nodes; ++i) {
      positions_.emplace_back(node_id{i + 1});
    }
  }
  // Each measures one other a turn, which takes up to a tenth more than it should.
  void measure(int turns) {
    for (int turn = 0; turn < turns; ++turn) {
      for (std::size_t i = 0; i < positions_.size(); ++i) {
        const std::size_t other = random_.below(positions_.size());
        if (other != i) {
          const duration taken = apart(i, other);
          positions_[i].sample(positions_[other].told(),
                               taken + random_.between(duration(0), taken / 10));
        }
      }
    }
  }
  void move_apart(duration further) { further_ = further; }
  [[nodiscard]] duration apart(std::size_t i, std::size_t j) const {
    return sites_apart[i % 3][j % 3] + (i % 3 == j % 3 ? duration(0) : further_);
  }
  // Of all pairs the middle one, per mille of the round trip.
  [[nodiscard]] std::int64_t median_error() const {
    std::vector<std::int64_t> errors;
    for (std::size_t i = 0; i < positions_.size(); ++i) {
      for (std::size_t j = 0; j < positions_.size(); ++j) {
        if (i != j) {
          const duration estimate = positions_[i].round_trip_to(positions_[j].told());
          errors.push_back(std::abs((estimate - apart(i, j)).count()) * 1'000 /
                           apart(i, j).count());
        }
      }
    }
    std::ranges::sort(errors);
    return errors[errors.size() / 2];
  }
  [[nodiscard]] const network_position& at(std::size_t i) const { return positions_[i]; }

 private:
  std::vector<network_position> positions_;
  random_source random_{1};
  duration further_{};
};

TEST(network_position, says_round_trips_that_nobody_measured) {
  sites all(30);
  EXPECT_GT(all.median_error(), 900) << "nothing is known";
  all.measure(60);
  EXPECT_LT(all.median_error(), 150);
  EXPECT_LT(all.at(0).told().error_permille, 300U);
}

TEST(network_position, follows_when_the_network_changes) {
  sites all(30);
  all.measure(100);
  all.move_apart(100ms);
  EXPECT_GT(all.median_error(), 300);
  all.measure(100);
  EXPECT_LT(all.median_error(), 150);
}

TEST(network_position, is_the_same_both_ways) {
  sites all(6);
  all.measure(20);
  const network_coordinate one = all.at(1).told();
  const network_coordinate other = all.at(2).told();
  EXPECT_EQ(network_position::round_trip_between(one, other),
            network_position::round_trip_between(other, one));
  EXPECT_LT(all.at(1).round_trip_to(other) - network_position::round_trip_between(one, other), 10us)
      << "what is told is rounded";
}

TEST(network_position, takes_no_harm_from_absurd_words) {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
  const std::vector<network_coordinate> absurd = {
      {.place_us = {least, most, least}, .height_us = ~0U, .error_permille = ~0U},
      {.place_us = {most, most, most}, .height_us = 0, .error_permille = 0},
      {.place_us = {0, 0, 0}, .height_us = 0, .error_permille = 0}};
  network_position here(node_id{1});
  for (int turn = 0; turn < 300; ++turn) {
    for (const network_coordinate& each : absurd) {
      for (const duration taken : {duration::min(), duration(0), duration(1), duration(2s),
                                   duration(2s + 1ns), duration::max()}) {
        here.sample(each, taken);
        const duration estimate = here.round_trip_to(each);
        ASSERT_GT(estimate, 0s);
        ASSERT_LT(estimate, 6s);
      }
    }
  }
  EXPECT_LE(network_position::round_trip_between(absurd[0], absurd[1]), 5'500ms);
  EXPECT_LE(here.told().error_permille, 1'000U);
}

TEST(network_position, is_moved_a_little_by_who_lies) {
  sites all(30);
  all.measure(60);
  network_position here = all.at(0);
  const network_coordinate before = here.told();
  here.sample({.place_us = {1'000'000, 1'000'000, 1'000'000}, .height_us = 0, .error_permille = 0},
              1ms);
  EXPECT_LT(network_position::round_trip_between(before, here.told()), 120ms)
      << "50 ms, and the heights of both";
}

TEST(network_position, is_pulled_back_a_little_by_each_sample) {
  const auto far_out = [](const network_position& one) {
    std::int64_t sum = 0;
    for (const std::int32_t each : one.told().place_us) {
      sum += std::abs(each);
    }
    return sum;
  };
  network_position here(node_id{1});
  const network_coordinate there{.place_us = {300'000, 0, 0}, .error_permille = 10};
  for (int i = 0; i < 50; ++i) {
    here.sample(there, 5ms);
  }
  const std::int64_t before = far_out(here);
  ASSERT_GT(before, 100'000);
  here.sample(there, here.round_trip_to(there));  // as it should be: no other force
  EXPECT_LT(far_out(here), before);
  EXPECT_GT(far_out(here), before * 99 / 100);
}

TEST(network_position, learns_nothing_from_a_round_trip_that_took_seconds) {
  sites all(30);
  all.measure(60);
  network_position here = all.at(0);
  const network_coordinate before = here.told();
  here.sample(all.at(1).told(), network_position::round_trip_max + 1ns);
  EXPECT_EQ(here.told(), before);
}

TEST(network_position, of_two_at_one_place_they_part) {
  network_position here(node_id{1});
  const network_coordinate there;
  here.sample(there, 10ms);
  EXPECT_GT(here.round_trip_to(there), 1ms);
}

}  // namespace

}  // namespace conclave::core
