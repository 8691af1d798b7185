// Each promise of a lock, kept and broken (docs/simulator.md, "Histories").
#include "told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace conclave::histories {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr lock_mode shared = lock_mode::shared;

detail permit(std::uint32_t of, std::uint32_t slot = no_slot, std::uint32_t count = 1) {
  return {.mode = lock_mode::permit, .permits = of, .count = count, .slot = slot};
}

TEST(exclusion, is_kept_by_who_waits_for_the_release) {
  EXPECT_THAT(telling().acquire("a", 0, 10).release("a", 20, 30).acquire("b", 5, 22).broken(),
              IsEmpty());
}

TEST(exclusion, is_broken_by_two_exclusive_holders_certainly_at_once) {
  EXPECT_THAT(telling().acquire("a", 0, 10).acquire("b", 5, 19).release("a", 20, 30).broken(),
              ElementsAre("exclusion 1,2"));
}

TEST(exclusion, says_who_held_when_in_words) {
  telling told;
  told.acquire("a", 0, 10).acquire("b", 5, 19).release("a", 20, 30);
  EXPECT_EQ(told.checked().violations.at(0).text,
            "a (line 1) holds it for certain from 10 to 20, "
            "b (line 2) holds it for certain from 19 to the end: both exclusive");
}

TEST(exclusion, stands_between_a_writer_and_readers_but_not_between_readers) {
  EXPECT_THAT(
      telling().acquire("a", 0, 1, {.mode = shared}).acquire("b", 0, 2, {.mode = shared}).broken(),
      IsEmpty());
  EXPECT_THAT(telling().acquire("a", 0, 1, {.mode = shared}).acquire("b", 2, 3).broken(),
              ElementsAre("exclusion 1,2"));
  EXPECT_THAT(telling().acquire("a", 0, 1).acquire("b", 2, 3, {.mode = shared}).broken(),
              ElementsAre("exclusion 1,2"));
}

TEST(exclusion, finds_the_holder_that_lasts_longest_among_many) {
  telling told;
  told.acquire("a", 0, 1, {.until = 100}).acquire("b", 2, 3, {.until = 4});
  EXPECT_THAT(told.acquire("c", 50, 51, {.until = 52}).broken(),
              ElementsAre("exclusion 1,2", "exclusion 1,3"));
}

// It held at some moment of its release, and there is none.
TEST(exclusion, leaves_no_moment_for_a_hold_inside_another) {
  telling told;
  told.acquire("a", 0, -1).release("a", 10, 11).acquire("b", 2, 3).release("b", 20, 21);
  EXPECT_THAT(told.broken(), ElementsAre("exclusion 3,1"));
}

TEST(exclusion, lets_a_moment_lie_between_two_holds_that_touch) {
  telling told;
  told.acquire("a", 0, -1).release("a", 10, 20).acquire("b", 2, 3).release("b", 15, 16);
  told.acquire("c", 4, 15).release("c", 30, 31);
  EXPECT_THAT(told.broken(), IsEmpty());
}

TEST(exclusion, is_of_each_lock_alone) {
  EXPECT_THAT(
      telling().acquire("a", 0, 1, {.lock = "x"}).acquire("b", 2, 3, {.lock = "y"}).broken(),
      IsEmpty());
}

TEST(permits, are_no_more_than_there_are) {
  telling told;
  told.acquire("a", 0, 1, permit(3)).acquire("b", 0, 2, permit(3, no_slot, 2));
  EXPECT_THAT(told.broken(), IsEmpty());
  EXPECT_THAT(told.acquire("c", 0, 3, permit(3)).broken(), ElementsAre("permits 2,1,3"));
}

TEST(permits, are_back_after_a_release) {
  telling told;
  told.acquire("a", 0, 1, permit(1)).release("a", 5, 6).acquire("b", 0, 5, permit(1));
  EXPECT_THAT(told.broken(), IsEmpty());
}

TEST(permits, have_room_for_a_moment_only_where_some_is_left) {
  telling told;
  told.acquire("a", 0, 1, permit(2)).acquire("b", 0, 2, permit(2));
  told.acquire("c", 0, -1, permit(2)).release("c", 10, 11);
  EXPECT_THAT(told.broken(), ElementsAre("permits 1,2,3"));
}

TEST(permits, of_one_slot_are_one) {
  telling told;
  told.acquire("a", 0, 1, permit(3, 0)).acquire("b", 0, 2, permit(3, 1));
  EXPECT_THAT(told.broken(), IsEmpty());
  EXPECT_THAT(told.acquire("c", 0, 3, permit(3, 1)).broken(), ElementsAre("slot 2,3"));
}

TEST(permits, have_no_moment_in_a_slot_that_is_taken) {
  telling told;
  told.acquire("a", 0, 1, permit(3, 1));
  told.acquire("c", 0, -1, permit(3)).release("c", 10, 11, permit(3, 1));
  EXPECT_THAT(told.broken(), ElementsAre("slot 1,2"));
}

TEST(permits, agree_on_their_number_while_held_at_once) {
  EXPECT_THAT(telling().acquire("a", 0, 1, permit(3)).acquire("b", 2, 3, permit(4)).broken(),
              ElementsAre("permits_differ 1,2"));
  telling later;
  later.acquire("a", 0, 1, permit(3)).release("a", 2, 3).acquire("b", 4, 5, permit(4));
  EXPECT_THAT(later.broken(), IsEmpty());
}

TEST(permits, find_another_number_behind_a_longer_hold_of_the_same) {
  telling told;
  told.acquire("a", 0, 1, permit(3))
      .acquire("b", 0, 2, {.until = 50, .mode = lock_mode::permit, .permits = 4});
  EXPECT_THAT(told.acquire("c", 20, 21, permit(3)).broken(),
              ElementsAre("permits_differ 1,2", "permits_differ 2,3"));
}

TEST(modes, of_permits_and_of_other_holds_do_not_mix) {
  EXPECT_THAT(telling().acquire("a", 0, 1, permit(3)).acquire("b", 2, 3).broken(),
              ElementsAre("mode 1,2"));
  EXPECT_THAT(telling().acquire("a", 0, 1, {.mode = shared}).acquire("b", 2, 3, permit(3)).broken(),
              ElementsAre("mode 1,2"));
  EXPECT_THAT(telling().acquire("a", 0, 1, permit(3)).acquire("b", 2, 3, {.mode = shared}).broken(),
              ElementsAre("mode 1,2"));
}

TEST(releases, are_of_what_the_process_holds) {
  EXPECT_THAT(telling().acquire("a", 0, 1).release("b", 2, 3).broken(), ElementsAre("not_held 2"));
  EXPECT_THAT(telling().release("a", 2, 3, {.result = outcome::fail}).broken(), IsEmpty());
  EXPECT_THAT(telling().release("a", 2, -1).broken(), IsEmpty());
}

TEST(releases, are_once) {
  telling told;
  told.acquire("a", 0, 1, {.token = 5}).release("a", 2, 3, {.token = 5});
  EXPECT_THAT(told.release("a", 4, 5, {.token = 5}).broken(), ElementsAre("not_held 3"));
  EXPECT_THAT(telling().acquire("a", 0, 1).release("a", 2, 3).release("a", 4, 5).broken(),
              ElementsAre("not_held 3"));
}

TEST(releases, come_after_the_acquisition) {
  EXPECT_THAT(telling().acquire("a", 5, 6, {.token = 7}).release("a", 1, 2, {.token = 7}).broken(),
              ElementsAre("not_held 2"));
}

TEST(releases, of_holds_from_before_are_counted_when_the_history_is_partial) {
  telling told;
  told.release("a", 2, 3).renew("b", 2, 3, {.until = 9});
  EXPECT_THAT(told.broken(), ElementsAre("not_held 1", "not_held 2"));
  EXPECT_THAT(told.broken({.partial = true}), IsEmpty());
  EXPECT_EQ(told.checked({.partial = true}).from_before, 2U);
}

TEST(releases, mean_the_hold_that_they_name) {
  telling told;
  told.acquire("a", 0, 1, {.token = 1, .until = 50, .mode = shared});
  told.acquire("a", 2, 3, {.token = 2, .until = 90, .mode = shared});
  told.release("a", 10, 11, {.token = 1}).acquire("b", 60, 61, {.token = 3});
  EXPECT_THAT(told.broken(), ElementsAre("exclusion 2,4"));
}

TEST(releases, without_a_name_do_not_mean_what_another_one_names) {
  telling told;
  told.acquire("a", 0, 1, {.token = 1, .mode = shared});
  told.acquire("a", 2, 3, {.token = 2, .until = 50, .mode = shared});
  told.release("a", 10, 11).release("a", 20, 21, {.token = 1});
  EXPECT_THAT(told.broken(), IsEmpty());
}

TEST(tokens, are_given_once) {
  telling told;
  told.acquire("a", 0, 1, {.token = 5}).release("a", 2, 3);
  EXPECT_THAT(told.acquire("b", 0, 4, {.token = 5}).broken(), ElementsAre("unique_tokens 1,3"));
}

TEST(tokens, rise_with_time) {
  telling told;
  told.acquire("a", 0, 1, {.token = 5}).release("a", 2, 3);
  EXPECT_THAT(told.acquire("b", 4, 5, {.token = 4}).broken(), ElementsAre("rising_tokens 1,3"));
  EXPECT_THAT(told.broken({.use_tokens = false}), IsEmpty());
}

TEST(tokens, given_within_a_hold_rise_too) {
  telling told;
  told.acquire("a", 0, 1, {.token = 5}).renew("a", 2, 3, {.token = 9}).release("a", 4, 5);
  EXPECT_THAT(told.acquire("b", 6, 7, {.token = 8}).broken(), ElementsAre("rising_tokens 2,4"));
}

// Neither came certainly before the other, but the one with the greater token released first.
TEST(tokens, agree_with_the_order_of_the_holds) {
  telling told;
  told.acquire("a", 0, 10, {.token = 2}).release("a", 20, 30);
  told.acquire("b", 5, 25, {.token = 1}).release("b", 40, 50);
  EXPECT_THAT(told.broken(), ElementsAre("agreeing_order 3,1"));
}

TEST(tokens, of_readers_and_a_writer_between_them_show_all_three) {
  telling told;
  told.acquire("a", 0, 1, {.token = 1, .mode = shared}).release("a", 20, 30);
  told.acquire("b", 0, -1).release("b", 5, 51, {.token = 2});
  told.acquire("c", 0, 10, {.token = 3, .mode = shared}).release("c", 20, 30);
  EXPECT_THAT(told.broken(), ElementsAre("agreeing_order 1,3,5"));
}

TEST(tokens, given_within_a_hold_keep_others_out_until_then) {
  telling told;
  told.acquire("a", 0, 1, {.token = 1, .until = 5}).renew("a", 2, 30, {.token = 9});
  EXPECT_THAT(told.acquire("b", 3, 20, {.token = 4, .until = 20}).broken(),
              ElementsAre("agreeing_order 1,3,2"));
}

TEST(tokens, that_a_resource_accepted_never_go_back) {
  telling told;
  told.write("a", 0, 1, {.token = 5}).write("a", 2, 3, {.token = 5});
  EXPECT_THAT(told.broken(), IsEmpty());
  told.write("b", 4, 5, {.token = 4, .result = outcome::fail});
  EXPECT_THAT(told.broken(), IsEmpty());
  EXPECT_THAT(told.write("b", 4, 5, {.token = 4}).broken(), ElementsAre("accepted_tokens 1,4"));
}

TEST(tokens, of_writes_at_once_may_come_in_any_order) {
  EXPECT_THAT(telling().write("a", 0, 4, {.token = 5}).write("b", 2, 3, {.token = 4}).broken(),
              IsEmpty());
}

TEST(repeated_lines, are_counted_and_change_nothing) {
  telling told;
  told.acquire("a", 0, 1, {.token = 5}).acquire("a", 0, 1, {.token = 5}).release("a", 2, 3);
  told.release("a", 2, 3);
  EXPECT_THAT(told.broken(), IsEmpty());
  telling again;
  again.acquire("a", 0, 1).acquire("a", 0, 1).release("a", 2, 3).release("a", 2, 3);
  EXPECT_EQ(again.checked().repeated, 2U);
}

TEST(repeated_lines, without_a_name_may_be_two_permits) {
  telling told;
  told.acquire("a", 0, 1, permit(1)).acquire("a", 0, 1, permit(1));
  EXPECT_THAT(told.broken(), ElementsAre("permits 1,2"));
}

TEST(summaries, count_what_each_lock_saw) {
  telling told;
  told.acquire("a", 0, 1, {.lock = "y"}).acquire("b", 0, 1, {.result = outcome::fail, .lock = "x"});
  told.acquire("c", 0, -1, {.lock = "x"}).write("c", 5, 6, {.token = 1, .lock = "x"});
  const verdict given = told.checked();
  ASSERT_EQ(given.locks.size(), 2U);
  EXPECT_EQ(given.locks[0].operations, 3U);
  EXPECT_EQ(given.locks[0].failed, 1U);
  EXPECT_EQ(given.locks[0].unknown, 1U);
  EXPECT_EQ(given.locks[0].writes, 1U);
  EXPECT_EQ(given.locks[1].holds, 1U);
  EXPECT_TRUE(given.consistent());
}

TEST(violations, beyond_what_is_told_are_counted) {
  telling told;
  for (int i = 0; i < 5; ++i) {
    told.release("a", i, i);
  }
  const verdict given = told.checked({.violations_told_max = 2});
  EXPECT_EQ(given.violations.size(), 2U);
  EXPECT_EQ(given.locks.at(0).violations, 5U);
}

}  // namespace
}  // namespace conclave::histories
