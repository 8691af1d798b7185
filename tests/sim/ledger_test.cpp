// The ledger of a small world: which step breaks which promise.
#include "sim/explore/ledger.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

class ledger_test : public testing::Test {
 protected:
  ledger_test() { book.asked.assign(2, 0); }

  std::optional<promise> enters(machine_index at, happening_kind kind, std::uint64_t request = 1,
                                std::uint64_t token = 0, duration valid = 0s) {
    const auto found = enter(
        book, where, at,
        {.kind = kind, .request = request, .token = token, .deadline = where.local(now) + valid},
        now);
    return found ? std::optional(found->broken) : std::nullopt;
  }

  machine where{.settings = {}, .where = {}, .seeds = {}, .clock = skewed_clock({}, 0)};
  true_time now{1s};
  ledger book;
};

// Protocol 1, exclusion.
TEST_F(ledger_test, two_may_not_hold_at_once) {
  EXPECT_FALSE(enters(0, happening_kind::asked));
  EXPECT_FALSE(enters(1, happening_kind::asked));
  EXPECT_FALSE(enters(0, happening_kind::granted, 1, 10, 1s));
  EXPECT_EQ(enters(1, happening_kind::granted, 1, 11, 1s), promise::exclusion);
}

// Protocol 9.
TEST_F(ledger_test, those_that_share_may_hold_at_once_and_nobody_else) {
  book.asked.assign(3, 0);
  for (const machine_index at : {0U, 1U, 2U}) {
    EXPECT_FALSE(enters(at, happening_kind::asked));
    book.open.back().shares = at < 2;
  }
  EXPECT_FALSE(enters(0, happening_kind::granted, 1, 11, 1s));
  EXPECT_FALSE(enters(1, happening_kind::granted, 1, 10, 1s)) << "in no order with the other";
  EXPECT_EQ(enters(2, happening_kind::granted, 1, 12, 1s), promise::exclusion);
}

// Protocol 10.
TEST_F(ledger_test, different_permits_exclude_nobody_and_have_different_tokens) {
  book.asked.assign(3, 0);
  for (const machine_index at : {0U, 1U, 2U}) {
    EXPECT_FALSE(enters(at, happening_kind::asked));
  }
  const auto grants = [&](machine_index at, std::uint64_t token, core::permit_slot slot) {
    const auto found = enter(book, where, at,
                             {.kind = happening_kind::granted,
                              .request = 1,
                              .token = token,
                              .deadline = where.local(now) + 1s,
                              .slot = slot},
                             now);
    return found ? std::optional(found->broken) : std::nullopt;
  };
  ledger before = book;
  EXPECT_FALSE(grants(0, 10, 1));
  EXPECT_FALSE(grants(1, 9, 2));
  EXPECT_EQ(grants(2, 11, 2), promise::exclusion);
  book = before;
  EXPECT_FALSE(grants(0, 10, 1));
  EXPECT_EQ(grants(1, 10, 2), promise::fencing);
}

TEST_F(ledger_test, one_may_hold_after_the_other_let_go_or_its_deadline_passed) {
  EXPECT_FALSE(enters(0, happening_kind::asked));
  EXPECT_FALSE(enters(1, happening_kind::asked));
  EXPECT_FALSE(enters(0, happening_kind::granted, 1, 10, 1s));
  now += 1s;
  EXPECT_FALSE(book.anybody_believes(now));
  EXPECT_FALSE(enters(1, happening_kind::granted, 1, 11, 1s));
  EXPECT_FALSE(enters(1, happening_kind::unlocked_in_time));
  EXPECT_TRUE(book.find(1) == nullptr);
}

// Protocol 1, fencing.
TEST_F(ledger_test, a_token_is_greater_than_all_before_it) {
  EXPECT_FALSE(enters(0, happening_kind::asked));
  EXPECT_FALSE(enters(0, happening_kind::granted, 1, 10, 1s));
  EXPECT_FALSE(enters(0, happening_kind::unlocked_in_time));
  EXPECT_FALSE(enters(0, happening_kind::asked, 2));
  EXPECT_EQ(enters(0, happening_kind::granted, 2, 10, 1s), promise::fencing);
}

TEST_F(ledger_test, a_request_ends_once) {
  EXPECT_FALSE(enters(0, happening_kind::asked));
  EXPECT_FALSE(enters(0, happening_kind::failed));
  EXPECT_EQ(enters(0, happening_kind::granted, 1, 10, 1s), promise::one_ending);
}

// Protocol 3: what comes after a told deadline revives nothing.
TEST_F(ledger_test, a_deadline_that_has_passed_is_not_moved_on) {
  EXPECT_FALSE(enters(0, happening_kind::asked));
  EXPECT_FALSE(enters(0, happening_kind::granted, 1, 10, 1s));
  now += 1s;
  EXPECT_EQ(enters(0, happening_kind::extended, 1, 0, 1s), promise::fail_closed);
}

TEST_F(ledger_test, what_a_process_held_ends_with_it) {
  EXPECT_FALSE(enters(0, happening_kind::asked));
  EXPECT_FALSE(enters(0, happening_kind::granted, 1, 10, 1s));
  EXPECT_FALSE(enters(0, happening_kind::stopped));
  EXPECT_FALSE(book.anybody_believes(now));
}

}  // namespace
}  // namespace conclave::sim
