// What campaigns rest on besides the runs themselves: what must happen in them, where a hunt goes,
// and when a world counts as stuck.
#include "sim/campaign/hunting.hpp"
#include "sim/campaign/must_happen.hpp"
#include "sim/campaign/worlds_under_way.hpp"
#include "sim/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

counters all_but(std::optional<counter> left_out, std::optional<fault_kind> not_met = {}) {
  counters counted;
  for (std::size_t i = 0; i < counters_count; ++i) {
    if (left_out != static_cast<counter>(i)) {
      counted.add(static_cast<counter>(i));
    }
  }
  for (std::size_t i = 0; i < fault_kinds_count; ++i) {
    if (not_met != static_cast<fault_kind>(i)) {
      counted.add(static_cast<fault_kind>(i));
    }
  }
  return counted;
}

TEST(must_happen, is_content_with_a_campaign_that_met_all) {
  EXPECT_THAT(never_happened(all_but({}), runs_enough), IsEmpty());
}

TEST(must_happen, names_the_one_that_never_did) {
  for (const counter each :
       {counter::contended, counter::lost_expired, counter::late_votes, counter::unequal_ballots,
        counter::clock_trusted, counter::deadlocked, counter::sightings, counter::frames_jammed}) {
    EXPECT_THAT(never_happened(all_but(each), runs_enough),
                ElementsAre(std::string(to_string(each))));
  }
}

TEST(must_happen, wants_every_kind_of_fault) {
  for (std::size_t i = 0; i < fault_kinds_count; ++i) {
    const auto kind = static_cast<fault_kind>(i);
    EXPECT_THAT(never_happened(all_but({}, kind), runs_enough),
                ElementsAre("fault_" + std::string(to_string(kind))));
  }
}

TEST(must_happen, says_nothing_of_few_runs) {
  EXPECT_THAT(never_happened(counters(), runs_enough - 1), IsEmpty());
  EXPECT_FALSE(never_happened(counters(), runs_enough).empty());
}

// A hunt in which a run leaves as much as `slack_of` says.
template <class Slack>
hunting hunt(std::uint64_t seed, std::size_t runs, const Slack& slack_of) {
  hunting hunted(seed);
  for (std::size_t i = 0; i < runs; ++i) {
    const prey next = hunted.next();
    hunted.note(next, slack_of(next));
  }
  return hunted;
}

// As a run would: what is left depends on each part of it.
duration sum_of_parts(const prey& one) {
  duration sum{};
  for (std::size_t part = 0; part < draws_count; ++part) {
    sum += duration(source_of(one.seed, one.variant, static_cast<draw>(part)).below(1'000));
  }
  return sum;
}

TEST(hunting, looks_at_new_seeds_until_it_has_enough_to_go_on_from) {
  hunting hunted(100);
  for (std::uint64_t seed = 100; seed < 100 + hunting::kept_max; ++seed) {
    const prey next = hunted.next();
    EXPECT_EQ(next.seed, seed);
    EXPECT_EQ(next.variant, variation{});
    hunted.note(next, 1ms);
  }
}

TEST(hunting, goes_on_from_the_closest_and_draws_one_or_two_parts_anew) {
  hunting hunted = hunt(1, hunting::kept_max, [](const prey& one) { return duration(one.seed); });
  std::size_t new_seeds = 0;
  std::size_t of_the_closer_half = 0;
  for (int i = 0; i < 400; ++i) {
    const prey next = hunted.next();
    const auto parts = std::ranges::count_if(next.variant, [](auto each) { return each != 0; });
    if (next.seed > hunting::kept_max) {
      ++new_seeds;
      EXPECT_EQ(parts, 0);
      continue;
    }
    EXPECT_TRUE(parts == 1 || parts == 2) << parts;
    of_the_closer_half += next.seed <= hunting::kept_max / 2 ? 1 : 0;
  }
  EXPECT_GT(new_seeds, 20U);
  EXPECT_LT(new_seeds, 100U);
  EXPECT_GT(of_the_closer_half, (400 - new_seeds) * 6 / 10);
}

TEST(hunting, keeps_the_closest_runs_least_slack_first) {
  std::vector<duration> all;
  duration least = duration::max();
  hunting hunted(7);
  for (int i = 0; i < 500; ++i) {
    const prey next = hunted.next();
    all.push_back(sum_of_parts(next));
    hunted.note(next, all.back());
    ASSERT_LE(hunted.closest().front().slack, least) << "it never moves away";
    least = hunted.closest().front().slack;
  }
  std::ranges::sort(all);
  ASSERT_EQ(hunted.closest().size(), hunting::kept_max);
  for (std::size_t i = 0; i < hunting::kept_max; ++i) {
    EXPECT_EQ(hunted.closest()[i].slack, all[i]);
  }
}

TEST(hunting, forgets_runs_in_which_nobody_held) {
  EXPECT_THAT(hunt(1, 50, [](const prey&) { return duration::max(); }).closest(), IsEmpty());
}

TEST(hunting, counts_how_often_it_came_closer) {
  hunting hunted(1);
  for (const duration slack : {9ms, 8ms, 8ms, 20ms, 3ms}) {
    hunted.note({}, slack);
  }
  EXPECT_EQ(hunted.came_closer(), 3U);
}

// Where less slack has less slack near it, hunting pays.
TEST(hunting, comes_closer_than_as_many_seeds) {
  duration hunted{};
  duration plain{};
  for (std::uint64_t first = 1; first <= 20'000; first += 1'000) {
    hunted += hunt(first, 300, sum_of_parts).closest().front().slack;
    duration least = duration::max();
    for (std::uint64_t seed = first; seed < first + 300; ++seed) {
      least = std::min(least, sum_of_parts({.seed = seed}));
    }
    plain += least;
  }
  EXPECT_LT(hunted, plain / 2);
}

// --variant plays it again.
TEST(hunting, finds_runs_that_can_be_played_again) {
  hunting hunted = hunt(1, hunting::kept_max, [](const prey& one) { return duration(one.seed); });
  prey changed;
  for (int i = 0; i < 100 && changed.variant == variation{}; ++i) {
    changed = hunted.next();
  }
  const plan once = draw_plan(changed.seed, changed.variant);
  EXPECT_EQ(to_text(once), to_text(draw_plan(changed.seed, changed.variant)));
  EXPECT_NE(to_text(once), to_text(draw_plan(changed.seed)));
}

TEST(worlds_under_way, find_the_one_that_is_stuck) {
  const worlds_under_way::time_point began{};
  worlds_under_way worlds;
  const std::uint64_t first = worlds.begins({.seed = 1}, began);
  const std::uint64_t second = worlds.begins({.seed = 1, .variant = {7}}, began + 20s);
  EXPECT_FALSE(worlds.stuck(began + 30s));
  EXPECT_EQ(worlds.stuck(began + 31s)->variant, variation{});
  worlds.ends(first);
  EXPECT_FALSE(worlds.stuck(began + 31s));
  const auto stuck = worlds.stuck(began + 51s);
  ASSERT_TRUE(stuck);
  EXPECT_EQ(stuck->seed, 1U);
  EXPECT_EQ(stuck->variant[0], 7U);
  worlds.ends(second);
  EXPECT_FALSE(worlds.stuck(began + 1h));
  EXPECT_EQ(worlds_under_way::result_of_stuck({}).outcome, outcome::no_progress);
}

}  // namespace
}  // namespace conclave::sim
