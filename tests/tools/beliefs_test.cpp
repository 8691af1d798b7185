// What the demo counts: overlaps, tokens out of order, time without a holder.
#include "tools/demo/beliefs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <vector>

namespace conclave::tools::demo {

namespace {

using namespace std::chrono_literals;

core::instant at(std::int64_t ms) {
  return core::instant(std::chrono::milliseconds(ms));
}

belief held(std::size_t node, std::uint64_t token, std::int64_t from, std::int64_t until) {
  return {.node = node, .token = token, .from = at(from), .until = at(until)};
}

TEST(beliefs, overlap_when_one_begins_before_another_is_over) {
  EXPECT_EQ(count_overlaps({held(0, 1, 0, 10), held(1, 2, 10, 20), held(2, 3, 20, 30)}), 0U);
  EXPECT_EQ(count_overlaps({held(1, 2, 9, 20), held(0, 1, 0, 10)}), 1U);
  // A long one hides nothing that comes after a short one.
  EXPECT_EQ(count_overlaps({held(0, 1, 0, 100), held(1, 2, 10, 20), held(2, 3, 50, 60)}), 2U);
}

TEST(beliefs, of_locks_that_came_after_their_deadline_are_none) {
  EXPECT_EQ(count_overlaps({held(0, 1, 0, 10), held(1, 2, 5, 5), held(2, 3, 6, 2)}), 0U);
}

TEST(beliefs, have_rising_tokens) {
  EXPECT_EQ(count_out_of_order({held(0, 7, 0, 10), held(1, 9, 10, 20)}), 0U);
  EXPECT_EQ(count_out_of_order({held(1, 9, 10, 20), held(0, 9, 0, 10)}), 1U);
  EXPECT_EQ(count_out_of_order({held(0, 9, 0, 10), held(1, 7, 10, 20), held(2, 8, 20, 30)}), 1U);
}

TEST(gaps, are_the_longest_time_without_a_holder) {
  const std::vector<belief> all{held(0, 1, 0, 100), held(1, 2, 130, 200), held(0, 3, 210, 300)};
  EXPECT_EQ(longest_gap(all, {}, at(0), at(300)), 30ms);
  EXPECT_EQ(longest_gap(all, {}, at(150), at(300)), 10ms);
  EXPECT_EQ(longest_gap(all, {}, at(150), at(400)), 100ms) << "the end counts too";
  EXPECT_EQ(longest_gap({}, {}, at(0), at(70)), 70ms);
}

// Who is stopped believes on, but serves nobody.
TEST(gaps, begin_when_the_holder_is_killed_or_stopped) {
  const std::vector<belief> all{held(0, 1, 0, 100), held(1, 2, 110, 200)};
  const std::vector<outage> outages{{.node = 0, .from = at(40), .until = at(300)}};
  EXPECT_EQ(longest_gap(all, outages, at(40), at(200)), 70ms);
  const std::vector<outage> other_node{{.node = 1, .from = at(40), .until = at(60)}};
  EXPECT_EQ(longest_gap(all, other_node, at(40), at(200)), 10ms);
}

}  // namespace

}  // namespace conclave::tools::demo
