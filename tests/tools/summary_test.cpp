// The demo's verdict: each promise that was broken is said, and breaks the whole.
#include "tools/demo/summary.hpp"

#include "runtime/clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace conclave::tools::demo {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class verdict : public ::testing::Test {
 protected:
  verdict() {
    board_->desks[0].writes_refused = 1;
    hold(0, 5, 0ms, 10ms);
    hold(1, 6, 10ms, 20ms);
  }

  void hold(std::size_t node, std::uint64_t token, core::duration from, core::duration until) {
    desk& one = board_->desks.at(node);
    belief_record& record = one.record.at(one.records);
    record.token = token;
    record.from_ns = (begin_ + from).time_since_epoch().count();
    record.deadline_ns = (begin_ + until).time_since_epoch().count();
    ++one.records;
  }

  [[nodiscard]] summary judged() const {
    return summarise(*board_, nobody_, story_, counter_, stalled_);
  }

  core::instant begin_ = runtime::boot_time_now();
  std::unique_ptr<board> board_ = std::make_unique<board>();
  cast nobody_{{}, {}, {}};
  chronicle story_{begin_};
  ledger::audit_result counter_{.increments = 2, .counter = 2, .lost_updates = 0};
  std::string stalled_;
};

TEST_F(verdict, is_good_when_all_promises_were_kept) {
  EXPECT_THAT(judged().broken, IsEmpty());
  EXPECT_THAT(to_text(judged(), false), HasSubstr("All promises were kept."));
}

TEST_F(verdict, sees_lost_updates) {
  counter_.lost_updates = 3;
  EXPECT_THAT(judged().broken, ElementsAre(HasSubstr("3 updates")));
  EXPECT_EQ(to_json(judged()).at("lost_updates"), 3);
}

TEST_F(verdict, sees_overlapping_holders) {
  hold(2, 7, 15ms, 30ms);
  EXPECT_THAT(judged().broken, ElementsAre(HasSubstr("1 times two processes")));
  EXPECT_EQ(to_json(judged()).at("overlapping_holders"), 1);
}

TEST_F(verdict, sees_tokens_that_do_not_rise) {
  hold(2, 6, 20ms, 30ms);
  EXPECT_THAT(judged().broken, ElementsAre(HasSubstr("1 tokens")));
}

TEST_F(verdict, wants_a_late_write_to_be_refused) {
  board_->desks[0].writes_refused = 0;
  EXPECT_THAT(judged().broken, ElementsAre(HasSubstr("no late write")));
}

TEST_F(verdict, sees_that_nobody_got_the_lock_after_a_fault) {
  fault begun{.kind = "holder_killed", .what = "x", .at = begin_ - 60s, .until = begin_};
  story_.begin_fault(begun);
  EXPECT_THAT(judged().broken, ElementsAre(HasSubstr("nobody held the lock for 60.000 s")));
}

TEST_F(verdict, says_why_the_demo_could_not_go_on) {
  stalled_ = "ada ended by itself";
  EXPECT_THAT(judged().broken, ElementsAre(stalled_));
  EXPECT_THAT(to_text(judged(), false), HasSubstr("Broken: ada ended by itself"));
}

}  // namespace

}  // namespace conclave::tools::demo
