// The life of a request: what may follow what.
#include "sim/checks/requests.hpp"

#include "sim/checks/beliefs.hpp"

#include <gtest/gtest.h>

namespace conclave::sim {
namespace {

constexpr core::request_id first{1};
constexpr core::request_id second{2};

core::instant at(int ns) {
  return core::instant{duration(ns)};
}

true_time when(int ns) {
  return true_time{duration(ns)};
}

TEST(requests, end_in_exactly_one_of_granted_and_failed) {
  requests all;
  EXPECT_TRUE(all.ask(first, 0, 1));
  EXPECT_TRUE(all.grant(first, at(10)));
  EXPECT_FALSE(all.grant(first, at(10)));
  EXPECT_FALSE(all.fail(first));
  EXPECT_TRUE(all.ask(second, 0, 1));
  EXPECT_EQ(all.waiting(), 1U);
  EXPECT_TRUE(all.fail(second));
  EXPECT_FALSE(all.fail(second));
  EXPECT_FALSE(all.grant(second, at(10)));
  EXPECT_EQ(all.waiting(), 0U);
}

TEST(requests, that_nobody_made_end_in_nothing) {
  requests all;
  EXPECT_FALSE(all.grant(first, at(10)));
  EXPECT_FALSE(all.fail(first));
  EXPECT_FALSE(all.lose(first));
  EXPECT_FALSE(all.grant(core::request_id{}, at(10)));
}

TEST(requests, have_ids_that_increase) {
  requests all;
  EXPECT_TRUE(all.ask(second, 0, 1));
  EXPECT_FALSE(all.ask(second, 0, 1));
  EXPECT_FALSE(all.ask(first, 0, 1));
}

TEST(requests, that_hold_are_lost_once_and_their_deadline_moves_only_on_and_only_in_time) {
  requests all;
  ASSERT_TRUE(all.ask(first, 0, 1));
  EXPECT_FALSE(all.lose(first));
  ASSERT_TRUE(all.grant(first, at(10)));
  EXPECT_TRUE(all.extend(first, at(20), at(9)));
  EXPECT_FALSE(all.extend(first, at(15), at(9)));
  EXPECT_FALSE(all.extend(first, at(30), at(20)));
  EXPECT_TRUE(all.lose(first));
  EXPECT_FALSE(all.lose(first));
  EXPECT_FALSE(all.extend(first, at(30), at(9)));
}

TEST(requests, may_hear_of_an_earlier_deadline_but_of_none_that_is_over) {
  requests all;
  ASSERT_TRUE(all.ask(first, 0, 1) && all.grant(first, at(10)));
  EXPECT_FALSE(all.shorten(first, at(10), at(5)));
  EXPECT_FALSE(all.shorten(first, at(5), at(5)));
  EXPECT_TRUE(all.shorten(first, at(8), at(5)));
  EXPECT_TRUE(all.unlock(first, false, at(8)));
}

TEST(requests, hear_from_unlock_what_the_deadline_says) {
  requests all;
  ASSERT_TRUE(all.ask(first, 0, 1) && all.grant(first, at(10)));
  EXPECT_TRUE(all.unlock(first, true, at(9)));
  EXPECT_TRUE(all.unlock(first, false, at(9)));
  EXPECT_FALSE(all.unlock(first, true, at(9)));
  ASSERT_TRUE(all.ask(second, 0, 1) && all.grant(second, at(10)));
  EXPECT_FALSE(all.unlock(second, true, at(10)));
}

belief belief_of(const holder& who, lock_index lock, true_time since, true_time until) {
  return {.who = who, .asked_as = first, .lock = lock, .since = since, .until = until};
}

TEST(beliefs, of_two_holders_in_one_lock_must_not_overlap) {
  beliefs all;
  const holder one{.machine = 0, .process = {}, .request = first};
  const holder other{.machine = 1, .process = {}, .request = second};
  EXPECT_FALSE(all.begin(belief_of(one, 7, when(0), when(10))));
  EXPECT_FALSE(all.begin(belief_of(other, 8, when(5), when(15))));  // another lock
  EXPECT_FALSE(
      all.begin(belief_of({.machine = 2, .process = {}, .request = first}, 7, when(10), when(20))));
  const auto overlapped =
      all.begin(belief_of({.machine = 3, .process = {}, .request = first}, 7, when(19), when(30)));
  ASSERT_TRUE(overlapped);
  EXPECT_EQ(overlapped->who.machine, 2U);
}

TEST(beliefs, end_sooner_when_they_are_shortened) {
  beliefs all;
  const holder one{.machine = 0, .process = {}, .request = first};
  EXPECT_FALSE(all.begin(belief_of(one, 7, when(0), when(10))));
  all.shorten(one, when(5));
  EXPECT_FALSE(
      all.begin(belief_of({.machine = 1, .process = {}, .request = first}, 7, when(5), when(15))));
}

TEST(beliefs, of_those_that_share_may_overlap_with_each_other_only) {
  beliefs all;
  belief one = belief_of({.machine = 0, .process = {}, .request = first}, 7, when(0), when(10));
  belief other = belief_of({.machine = 1, .process = {}, .request = first}, 7, when(1), when(20));
  one.shared_from = when(0);
  other.shared_from = when(1);
  EXPECT_FALSE(all.begin(one));
  EXPECT_FALSE(all.begin(other));
  const holder alone{.machine = 2, .process = {}, .request = first};
  EXPECT_TRUE(all.begin(belief_of(alone, 7, when(15), when(30))));
  all.end(alone);
  EXPECT_FALSE(all.begin(belief_of(alone, 7, when(20), when(30))));
  all.share(alone, when(25));
  EXPECT_FALSE(
      all.begin(belief_of({.machine = 3, .process = {}, .request = first}, 8, when(25), when(26))));
  belief late = belief_of({.machine = 4, .process = {}, .request = first}, 7, when(24), when(26));
  late.shared_from = when(24);
  EXPECT_TRUE(all.begin(late)) << "the other shares only later";
  all.end(late.who);
  late.since = late.shared_from = when(25);
  EXPECT_FALSE(all.begin(late));
}

TEST(beliefs, end_with_an_unlock_or_a_crash_and_not_with_a_pause) {
  beliefs all;
  const holder one{.machine = 0, .process = {}, .request = first};
  const holder other{.machine = 1, .process = {}, .request = first};
  const holder third{.machine = 2, .process = {}, .request = first};
  EXPECT_FALSE(all.begin(belief_of(one, 7, when(0), when(10))));
  all.end(one);
  EXPECT_FALSE(all.begin(belief_of(other, 7, when(1), when(10))));
  all.end_all(1);
  EXPECT_FALSE(all.begin(belief_of(third, 7, when(2), when(10))));
  EXPECT_FALSE(all.extend(third, when(3), when(20)));
  EXPECT_TRUE(all.begin(belief_of(one, 7, when(15), when(30))));
  EXPECT_TRUE(all.extend(third, when(16), when(40)));
}

}  // namespace
}  // namespace conclave::sim
