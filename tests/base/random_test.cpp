// Random draws are within their bounds, even, and the same on every machine.
#include "base/random.hpp"

#include "base/digest.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

// Written down once: a compiler or library that gives others breaks every recorded seed.
TEST(random, is_the_same_everywhere) {
  random_source random(42);
  EXPECT_EQ(random.next(), 13'679'457'532'755'275'413U);
  EXPECT_EQ(random.next(), 2'949'826'092'126'892'291U);
  EXPECT_EQ(random.below(1'000), 278U);
  EXPECT_EQ(random.between(5, 10), 7U);
  EXPECT_EQ(random.fork().next(), 10'476'127'714'420'245'461U);
  EXPECT_EQ(random.state(), 1'663'341'875'487'337'619U);
}

TEST(random, draws_stay_in_their_bounds_and_reach_both_ends) {
  random_source random(1);
  for (const std::uint64_t bound : {1U, 2U, 3U, 7U, 100U}) {
    std::vector<std::size_t> drawn(bound);
    for (std::size_t i = 0; i < 1'000 * bound; ++i) {
      ++drawn.at(random.below(bound));
    }
    for (const std::size_t count : drawn) {
      EXPECT_NEAR(static_cast<double>(count), 1'000.0, 180.0);
    }
  }
  for (int i = 0; i < 1'000; ++i) {
    const std::uint64_t number = random.between(5, 7);
    EXPECT_TRUE(number >= 5 && number <= 7);
    const duration length = random.between(duration(-3ns), duration(3ns));
    EXPECT_TRUE(length >= -3ns && length <= 3ns);
  }
  EXPECT_LT(random.below(~std::uint64_t{0}), ~std::uint64_t{0});
}

TEST(random, chances_are_what_they_say) {
  random_source random(2);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    hits += random.chance(0.25) ? 1 : 0;
    EXPECT_FALSE(random.chance(0.0));
    EXPECT_TRUE(random.chance(1.0));
  }
  EXPECT_NEAR(hits, 2'500, 200);
}

TEST(random, a_copy_draws_the_same_and_a_fork_another) {
  random_source random(3);
  random_source copy = random;
  EXPECT_EQ(random.next(), copy.next());
  random_source fork = random.fork();
  EXPECT_EQ(random.state(), (copy.fork(), copy.state()));
  EXPECT_NE(fork.next(), random.next());
}

TEST(random, a_bound_of_zero_is_a_mistake) {
  EXPECT_DEATH(random_source(1).below(0), "a bound of at least 1");
}

TEST(digest, is_the_same_everywhere) {
  EXPECT_EQ(hash_of(""), 4'618'857'875'736'427'910U);
  EXPECT_EQ(hash_of("billing-1"), 7'480'383'813'016'255'145U);
  EXPECT_EQ(node_id_of("billing-1").value, 7'480'383'813'016'255'145U);
}

TEST(digest, tells_texts_and_their_borders_apart) {
  EXPECT_NE(hash_of("a"), hash_of(std::string_view("a\0", 2)));
  EXPECT_NE(hash_of("abcdefgh"), hash_of(std::string_view("abcdefgh\0", 9)));
  digest one;
  one.add("ab");
  one.add("c");
  digest other;
  other.add("a");
  other.add("bc");
  EXPECT_NE(one.value(), other.value());
  digest order;
  order.add(1);
  order.add(2);
  digest reverse;
  reverse.add(2);
  reverse.add(1);
  EXPECT_NE(order.value(), reverse.value());
}

}  // namespace
}  // namespace conclave::core
