// Locks of which only some acquisitions have tokens: the search, and where it ends.
#include "told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace conclave::histories {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr lock_mode shared = lock_mode::shared;

// By its token a is before c; b is exclusive and fits before a or after c only.
TEST(search, finds_the_place_of_what_has_no_token) {
  telling told;
  told.acquire("a", 0, 10, {.token = 1, .mode = shared}).release("a", 20, 21);
  told.acquire("b", 0, 40).release("b", 41, 42);
  told.acquire("c", 0, 10, {.token = 2, .mode = shared}).release("c", 20, 21);
  EXPECT_THAT(told.broken(), IsEmpty());
}

// Without tokens: c, b, a. But c has the greater token.
TEST(search, shows_the_fewest_that_have_no_order) {
  telling told;
  told.acquire("z", 0, 1, {.mode = shared}).release("z", 2, 3);
  told.acquire("c", 0, 30, {.token = 2}).release("c", 35, 36);
  told.acquire("b", 0, 40).release("b", 45, 46);
  told.acquire("a", 0, 50, {.token = 1}).release("a", 55, 56);
  EXPECT_THAT(told.broken(), ElementsAre("agreeing_order 7,3"));
  telling between;
  between.acquire("a", 0, 50, {.token = 1, .mode = shared}).release("a", 55, 56);
  between.acquire("b", 0, 40).release("b", 45, 46);
  between.acquire("c", 0, 30, {.token = 2, .mode = shared}).release("c", 35, 36);
  EXPECT_THAT(between.broken(), ElementsAre("agreeing_order 1,5,3"));
}

// a keeps b out until 100, and so c, which returned long before.
TEST(search, goes_on_while_a_hold_lasts) {
  telling told;
  told.acquire("a", 0, 1, {.mode = shared}).release("a", 100, 101);
  told.acquire("b", 50, -1).release("b", 51, 120, {.token = 2});
  told.acquire("c", 60, 70, {.token = 3, .mode = shared}).release("c", 75, 76);
  EXPECT_THAT(told.broken(), ElementsAre("agreeing_order 1,3,5"));
}

// Without its memory it would try ten moments in all orders.
TEST(search, tries_the_same_only_once) {
  telling told;
  told.acquire("a", 0, 50, {.token = 1, .mode = shared}).release("a", 55, 56);
  told.acquire("b", 0, 40).release("b", 45, 46);
  told.acquire("c", 0, 30, {.token = 2, .mode = shared}).release("c", 35, 36);
  for (int i = 0; i < 10; ++i) {
    const std::string who = "p" + std::to_string(i);
    told.acquire(who, 0, -1, {.mode = shared}).release(who, 1, 1000);
  }
  EXPECT_THAT(told.broken({.states_max = 1'000'000}), ElementsAre("agreeing_order 1,5,3"));
}

TEST(search, says_so_when_it_gives_up) {
  telling told;
  // Writers without tokens, each with a moment anywhere among readers with tokens.
  for (int i = 0; i < 12; ++i) {
    const std::string who = "p" + std::to_string(i);
    told.acquire(who, 0, 10'000 + i).release(who, 10'000 + i, 20'000);
  }
  for (int i = 0; i < 12; ++i) {
    const std::string who = "q" + std::to_string(i);
    told.acquire(who, 0, 9'000, {.token = 100U - static_cast<unsigned>(i), .mode = shared});
    told.release(who, 10'000, 20'000);
  }
  const verdict given = told.checked({.states_max = 100});
  EXPECT_TRUE(given.undecided());
  EXPECT_TRUE(given.consistent());
  EXPECT_TRUE(given.locks.at(0).undecided);
  EXPECT_FALSE(told.checked({.states_max = 10'000'000}).undecided());
}

}  // namespace
}  // namespace conclave::histories
