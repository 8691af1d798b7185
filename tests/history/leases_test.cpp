// What ends a hold, what nobody knows, and clocks that are wrong (docs/simulator.md, "Histories").
#include "told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace conclave::histories {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(leases, end_by_themselves) {
  EXPECT_THAT(telling().acquire("a", 0, 1, {.until = 10}).acquire("b", 5, 10).broken(), IsEmpty());
  EXPECT_THAT(telling().acquire("a", 0, 1, {.until = 10}).acquire("b", 5, 9).broken(),
              ElementsAre("exclusion 1,2"));
}

TEST(leases, last_until_the_end_of_the_last_renewal) {
  telling told;
  told.acquire("a", 0, 1, {.until = 10}).renew("a", 5, 6, {.until = 20}).acquire("b", 12, 15);
  EXPECT_THAT(told.broken(), ElementsAre("exclusion 1,3"));
}

TEST(leases, are_no_longer_for_a_renewal_that_failed_or_that_nobody_knows_of) {
  telling failed;
  failed.acquire("a", 0, 1, {.until = 10});
  failed.renew("a", 5, 6, {.until = 20, .result = outcome::fail}).acquire("b", 12, 15);
  EXPECT_THAT(failed.broken(), IsEmpty());
  telling unknown;
  unknown.acquire("a", 0, 1, {.until = 10}).renew("a", 5, -1, {.until = 20});
  EXPECT_THAT(unknown.acquire("b", 12, 15).broken(), IsEmpty());
}

TEST(leases, that_are_renewed_were_held_until_then) {
  telling told;
  told.acquire("a", 0, 1, {.until = 10}).acquire("b", 12, 13, {.until = 14});
  EXPECT_THAT(told.renew("a", 20, 21, {.until = 30}).broken(), ElementsAre("exclusion 1,2"));
}

TEST(leases, may_be_released_when_they_are_over) {
  telling told;
  told.acquire("a", 0, 1, {.until = 10}).acquire("b", 11, 12).release("a", 20, 21);
  EXPECT_THAT(told.broken(), IsEmpty());
}

// Its token may come at any time of the renewal, since nobody knows when the lease ends now.
TEST(leases, end_later_for_a_renewal_that_does_not_say_when) {
  telling told;
  told.acquire("a", 0, 1, {.token = 1, .until = 5, .mode = lock_mode::shared});
  told.renew("a", 6, 12, {.token = 4});
  told.acquire("b", 8, 9, {.token = 3, .mode = lock_mode::shared});
  EXPECT_THAT(told.broken(), IsEmpty());
}

TEST(leases, are_not_renewed_after_a_release_or_a_loss) {
  telling released;
  released.acquire("a", 0, 1, {.token = 1}).release("a", 2, 3, {.token = 1});
  EXPECT_THAT(released.renew("a", 4, 5, {.token = 1, .until = 9}).broken(),
              ElementsAre("not_held 3"));
  telling lost;
  lost.acquire("a", 0, 1).lost("a", 3);
  EXPECT_THAT(lost.renew("a", 4, 5, {.until = 9}).broken(), ElementsAre("not_held 3"));
}

TEST(losses, end_a_hold) {
  EXPECT_THAT(telling().acquire("a", 0, 1).lost("a", 10).acquire("b", 5, 10).broken(), IsEmpty());
  EXPECT_THAT(telling().acquire("a", 0, 1).lost("a", 10).acquire("b", 5, 9).broken(),
              ElementsAre("exclusion 1,3"));
}

TEST(losses, may_be_followed_by_a_release) {
  EXPECT_THAT(telling().acquire("a", 0, 1).lost("a", 10).release("a", 12, 13).broken(), IsEmpty());
}

TEST(losses, do_not_take_the_release_of_the_next_hold) {
  telling told;
  told.acquire("a", 0, 1).lost("a", 10).acquire("a", 12, 13, {.until = 90}).release("a", 20, 21);
  EXPECT_THAT(told.acquire("b", 22, 23).broken(), IsEmpty());
}

TEST(crashes, leave_a_hold_possible_but_not_certain) {
  EXPECT_THAT(telling().acquire("a", 0, 1).crash("a", 10).acquire("b", 11, 12).broken(), IsEmpty());
  EXPECT_THAT(telling().acquire("a", 0, 1).crash("a", 10).acquire("b", 5, 9).broken(),
              ElementsAre("exclusion 1,3"));
  EXPECT_THAT(telling().acquire("a", 0, 1).crash("b", 10).acquire("b", 11, 12).broken(),
              ElementsAre("exclusion 1,3"));
}

TEST(crashes, come_before_what_the_next_run_of_the_process_holds) {
  telling told;
  told.crash("a", 0).acquire("a", 1, 2).acquire("b", 5, 6);
  EXPECT_THAT(told.broken(), ElementsAre("exclusion 2,3"));
}

TEST(crashes, keep_the_next_run_from_releasing_what_the_last_one_had) {
  telling told;
  told.acquire("a", 0, 1).crash("a", 10).acquire("a", 12, 13, {.until = 90}).release("a", 20, 21);
  EXPECT_THAT(told.acquire("b", 22, 23).broken(), IsEmpty());
}

TEST(unknown_acquisitions, may_never_have_been) {
  telling told;
  told.acquire("a", 0, -1).acquire("b", 5, 6).release("b", 100, 101);
  EXPECT_THAT(told.broken(), IsEmpty());
  EXPECT_EQ(told.checked().locks.at(0).unknown, 1U);
}

TEST(unknown_acquisitions, were_when_they_are_released_or_renewed) {
  telling released;
  released.acquire("a", 0, -1).release("a", 10, 11).acquire("b", 12, 13);
  EXPECT_THAT(released.broken(), IsEmpty());
  EXPECT_EQ(released.checked().locks.at(0).unknown, 0U);
  telling renewed;
  renewed.acquire("a", 0, -1).renew("a", 10, 11, {.until = 30}).acquire("b", 12, 13);
  EXPECT_THAT(renewed.broken(), ElementsAre("exclusion 1,3"));
}

TEST(unknown_acquisitions, that_are_proven_exclude_as_little_as_can_be) {
  telling told;
  told.acquire("a", 0, -1).acquire("a", 2, -1, {.mode = lock_mode::shared});
  told.acquire("b", 3, 4, {.mode = lock_mode::shared}).release("a", 10, 11);
  EXPECT_THAT(told.broken(), IsEmpty());
}

TEST(unknown_releases, may_have_been) {
  EXPECT_THAT(telling().acquire("a", 0, 1).release("a", 10, -1).acquire("b", 50, 51).broken(),
              IsEmpty());
  EXPECT_THAT(telling().acquire("a", 0, 1).release("a", 10, -1).acquire("b", 5, 9).broken(),
              ElementsAre("exclusion 1,3"));
}

TEST(unknown_acquisitions, may_have_been_over_by_an_earlier_release) {
  telling told;
  told.acquire("a", 0, -1).release("a", 8, -1).acquire("b", 8, 10).release("a", 16, 17);
  EXPECT_THAT(told.broken(), IsEmpty());
}

TEST(unknown_releases, do_not_take_the_release_of_the_next_hold) {
  telling told;
  told.acquire("a", 0, 1).release("a", 2, -1).acquire("a", 4, 5, {.until = 90});
  EXPECT_THAT(told.release("a", 10, 11).acquire("b", 12, 13).broken(), IsEmpty());
}

TEST(unknown_releases, may_be_repeated) {
  telling told;
  told.acquire("a", 0, 1).release("a", 10, -1).release("a", 20, 21).acquire("b", 15, 16);
  EXPECT_THAT(told.broken(), IsEmpty());
}

// A renewal without a token, while another thread of the process waits for the same lock.
TEST(processes_with_threads, mean_what_has_returned) {
  telling told;
  told.acquire("a", 0, 1, {.token = 1, .until = 10}).acquire("a", 2, 30, {.token = 3, .until = 99});
  told.renew("a", 5, 6, {.token = 2}).release("a", 8, 9, {.token = 1});
  EXPECT_THAT(told.broken(), IsEmpty());
}

TEST(wrong_clocks, leave_only_what_is_certain_broken) {
  telling told;
  told.acquire("a", 0, 10).acquire("b", 5, 19).release("a", 20, 30);
  EXPECT_THAT(told.broken(), ElementsAre("exclusion 1,2"));
  const verdict given = told.checked({.clock_error = duration(1)});
  EXPECT_THAT(given.violations, IsEmpty());
  EXPECT_TRUE(given.consistent());
  EXPECT_THAT(telling::in_short(given.possible), ElementsAre("exclusion 1,2"));
}

TEST(wrong_clocks, do_not_hide_what_is_longer_than_their_error) {
  telling told;
  told.acquire("a", 0, 10).acquire("b", 5, 16).release("a", 20, 30);
  const verdict given = told.checked({.clock_error = duration(1)});
  EXPECT_THAT(telling::in_short(given.violations), ElementsAre("exclusion 1,2"));
  EXPECT_THAT(given.possible, IsEmpty());
}

TEST(wrong_clocks, may_have_a_token_seem_smaller_than_that_of_its_hold) {
  telling told;
  told.acquire("a", 0, 1, {.token = 5, .until = 40}).renew("a", 2, 3, {.token = 4});
  told.acquire("b", 100, 101, {.token = 6});
  EXPECT_THAT(told.broken({.clock_error = duration(5)}), IsEmpty());
}

TEST(wrong_clocks, blur_the_order_of_tokens_and_writes) {
  telling told;
  told.acquire("a", 0, 1, {.token = 5, .until = 2}).acquire("b", 4, 5, {.token = 4, .until = 6});
  told.write("a", 0, 1, {.token = 5, .lock = "y"}).write("b", 4, 5, {.token = 4, .lock = "y"});
  EXPECT_THAT(told.broken({.clock_error = duration(1)}),
              ElementsAre("rising_tokens 1,2", "accepted_tokens 3,4"));
  EXPECT_THAT(told.broken({.clock_error = duration(3)}), IsEmpty());
}

}  // namespace
}  // namespace conclave::histories
