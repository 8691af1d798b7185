// Looking at all interleavings of small worlds: the promises hold, and what breaks them is found.
#include "sim/explore/explorer.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>

namespace conclave::sim {
namespace {

bool go_on(const exploration_counts&) {
  return true;
}

exploration explore(const small_world& world, explore_limits limits = {}) {
  return explorer(world, limits).run(go_on);
}

small_world world_named(std::string_view name) {
  const small_world* found = find_small_world(name);
  return found == nullptr ? small_world{} : *found;
}

class small_worlds_that_end : public testing::TestWithParam<const char*> {};

// Protocol 1: in every order in which things can happen.
TEST_P(small_worlds_that_end, keep_all_promises) {
  const exploration found = explore(world_named(GetParam()));
  EXPECT_EQ(found.end, exploration_end::finished) << found.what;
  EXPECT_EQ(found.counts.expanded, found.counts.states);
  EXPECT_GT(found.counts.states, 1'000U);
  EXPECT_GT(found.counts.depth, 10U);
}

INSTANTIATE_TEST_SUITE_P(, small_worlds_that_end,
                         testing::Values("smallest", "kept", "tries", "partition"),
                         [](const auto& one) { return std::string(one.param); });

TEST(explorer, meets_the_same_states_each_time) {
  const exploration first = explore(world_named("smallest"));
  const exploration second = explore(world_named("smallest"));
  EXPECT_EQ(first.counts.states, second.counts.states);
  EXPECT_EQ(first.counts.moves, second.counts.moves);
  EXPECT_EQ(first.counts.node_states, second.counts.node_states);
}

// Protocol 7: `new_cluster` at a restart breaks promise 1. Asking, the REQUEST, its VOTE, and the
// crash: fewer moves do not do it.
TEST(explorer, finds_the_shortest_way_to_a_broken_promise_and_tells_it) {
  small_world world = world_named("crash");
  world.restarts_as_new = true;
  const exploration found = explore(world);
  ASSERT_EQ(found.end, exploration_end::promise_broken);
  EXPECT_FALSE(found.what.empty());
  const auto moves = std::ranges::count_if(
      found.story, [](const std::string& line) { return !line.starts_with(' '); });
  EXPECT_EQ(static_cast<std::size_t>(moves), found.counts.depth + 1U);
  EXPECT_EQ(moves, 4);
  EXPECT_EQ(found.events, 4U);
  EXPECT_EQ(found.faults, 1U);
  EXPECT_EQ(found.cause + ":", found.what.substr(0, found.cause.size() + 1));
  EXPECT_TRUE(std::ranges::any_of(found.story, [](const std::string& line) {
    return line.find("crashes and starts again") != std::string::npos;
  }));
}

// Of two voters both are needed: who is cut off from one waits for ever.
TEST(explorer, finds_who_waits_for_ever) {
  small_world world = world_named("partition");
  world.nodes.pop_back();
  const exploration found = explore(world);
  EXPECT_EQ(found.end, exploration_end::no_progress) << found.what;
  EXPECT_EQ(found.cause, "not_served");
  EXPECT_EQ(found.faults, 1U) << "nobody has healed it";
  EXPECT_FALSE(found.story.empty());
}

// An assertion that fails ends the process, which can still say how it came to that.
TEST(explorer, tells_the_way_to_a_broken_rule) {
  explorer looks(world_named("smallest"), {});
  std::optional<exploration> told;
  const exploration found = looks.run([&](const exploration_counts& counts) {
    if (counts.depth < 5) {
      return true;
    }
    told = looks.broken_by("a rule");
    return false;
  });
  ASSERT_TRUE(told);
  EXPECT_EQ(told->end, exploration_end::rule_broken);
  EXPECT_EQ(told->cause, "rule");
  EXPECT_EQ(told->what, "a rule");
  EXPECT_GE(told->events, 4U);
  EXPECT_EQ(std::ranges::count_if(told->story,
                                  [](const std::string& line) { return !line.starts_with(' '); }),
            told->events);
}

TEST(explorer, says_when_it_stops_at_a_limit) {
  const exploration found = explore(world_named("smallest"), {.states_max = 500});
  EXPECT_EQ(found.end, exploration_end::states_max);
  EXPECT_LT(found.counts.expanded, found.counts.states);
}

TEST(explorer, says_when_it_has_no_more_memory) {
  EXPECT_EQ(explore(world_named("smallest"), {.memory_max = 1}).end, exploration_end::memory_max);
}

#ifndef __SANITIZE_ADDRESS__  // which takes far more
std::uint64_t resident_bytes() {
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// Else the limit comes too late.
TEST(explorer, reckons_no_less_memory_than_it_takes) {
  const std::uint64_t before = resident_bytes();
  explorer looks(world_named("lapse"), {.states_max = 30'000});
  const std::uint64_t reckoned = looks.run(go_on).counts.bytes;
  EXPECT_GT(reckoned * 12 / 10, resident_bytes() - before);
}
#endif

TEST(explorer, stops_when_it_is_told_to) {
  explorer looks(world_named("smallest"), {});
  const exploration found = looks.run([](const exploration_counts&) { return false; });
  EXPECT_EQ(found.end, exploration_end::stopped);
}

// A world that can't do what its name says tests nothing.
// Under the address sanitizer it takes too long, and runs no code that the others do not.
#ifndef __SANITIZE_ADDRESS__
TEST(explorer, meets_more_states_with_each_fault) {
  const small_world plain = world_named("smallest");
  const std::uint64_t without = explore(plain).counts.states;
  const auto with = [&](auto change) {
    small_world world = plain;
    change(world);
    return explore(world, {.states_max = 20'000}).counts.states;
  };
  EXPECT_GT(with([](small_world& one) { one.faults.crashes = 1; }), without);
  EXPECT_GT(with([](small_world& one) { one.faults.duplicates = 1; }), without);
  EXPECT_GT(with([](small_world& one) { one.faults.losses = 1; }), without);
  EXPECT_GT(with([](small_world& one) { one.faults.partitions = 1; }), without);
  EXPECT_GT(with([](small_world& one) { one.faults.pauses = 1; }), without);
  EXPECT_GT(with([](small_world& one) { one.faults.lapses = 1; }), without);
  EXPECT_LT(with([](small_world& one) { one.in_order = true; }), without);
}
#endif

}  // namespace
}  // namespace conclave::sim
