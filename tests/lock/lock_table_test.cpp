// A voter forgets locks that nobody uses, and never a floor.
#include "lock/lock_table.hpp"

#include "bench_table.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

TEST(lock_table, new_locks_start_at_the_base) {
  lock_table table(ballot{500});
  EXPECT_EQ(table.at(table.find_or_add("a")).floor, ballot{500});
}

TEST(lock_table, forgets_idle_locks_and_keeps_what_their_floors_were) {
  lock_table table(ballot{500});
  const lock_slot slot = table.find_or_add("a");
  table.at(slot).raise_floor(ballot{900});
  table.note_idle(slot, at(0s));
  table.forget_idle(at(9s));
  EXPECT_EQ(table.size(), 1U);
  table.forget_idle(table.next_deadline());
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.at(table.find_or_add("a")).floor, ballot{900});
  EXPECT_EQ(table.at(table.find_or_add("b")).floor, ballot{900});
}

TEST(lock_table, a_lock_that_was_used_again_is_not_forgotten) {
  lock_table table(ballot{1});
  const lock_slot slot = table.find_or_add("a");
  table.note_idle(slot, at(0s));
  wanted waiter;
  waiter.who = boot_of("n");
  table.at(slot).enqueue(waiter);
  table.forget_idle(at(1h));
  EXPECT_EQ(table.size(), 1U);
  EXPECT_EQ(table.at(slot).queue.size(), 1U);
}

TEST(lock_table, a_lock_that_is_used_all_the_time_costs_a_look_now_and_then) {
  lock_table table(ballot{1});
  const lock_slot slot = table.find_or_add("a");
  int looks = 0;
  for (int i = 0; i < 10'000; ++i) {
    table.note_idle(slot, at(i * 10ms));
    if (table.next_deadline() <= at(i * 10ms)) {
      ++looks;
      table.forget_idle(at(i * 10ms));
    }
  }
  EXPECT_EQ(table.size(), 1U);
  EXPECT_LE(looks, 10);
  table.forget_idle(at(100s + 9s));
  EXPECT_EQ(table.size(), 1U) << "it was used 9 seconds ago";
  table.forget_idle(at(100s + 20s));
  EXPECT_EQ(table.size(), 0U);
}

TEST(lock_table, many_names_that_come_and_go_do_not_grow_it) {
  lock_table table(ballot{1});
  for (int i = 0; i < 1000; ++i) {
    table.note_idle(table.find_or_add("name" + std::to_string(i)), at(i * 1s));
    table.forget_idle(at(i * 1s));
  }
  EXPECT_LE(table.slots_end(), 12U);
}

TEST(lock_table, the_queue_is_in_ticket_order) {
  lock_state lock;
  for (const std::uint64_t time : {5U, 3U, 9U, 1U}) {
    wanted one;
    one.ticket.time = lamport_time{time};
    lock.enqueue(one);
  }
  EXPECT_TRUE(std::ranges::is_sorted(lock.queue, {}, &wanted::ticket));
}

}  // namespace
}  // namespace conclave::core
