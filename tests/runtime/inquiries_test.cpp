// Gathering what voters say of locks, whatever the network makes of it.
#include "runtime/inquiries.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conclave::runtime {
namespace {

using namespace std::chrono_literals;

constexpr core::instant start{1h};

core::node node_of(const std::vector<std::string>& voters) {
  core::node_start begin;
  begin.settings.name = "me";
  begin.settings.voters = voters;
  begin.settings.observer = voters.empty();
  begin.boot = core::boot_id{1};
  begin.wall_ns = 1'000;
  begin.now = start;
  return core::node(std::move(begin));
}

template <class Result>
class keeping final : public detail::completion<Result> {
 public:
  explicit keeping(std::optional<Result>& to) : to_(&to) {}
  void complete(detail::invocation /*how*/, boost::system::error_code error,
                Result result) override {
    EXPECT_FALSE(error);
    *to_ = std::move(result);
  }

 private:
  std::optional<Result>* to_;
};

class inquiries_test : public testing::Test {
 protected:
  void list() {
    asked_.add({.lock = {},
                .give_up_at = start + 1s,
                .explain = {},
                .list = std::make_unique<keeping<std::vector<lock_listing>>>(listed_)});
    go_on(0ms);
  }
  void explain() {
    asked_.add({.lock = "l",
                .give_up_at = start + 1s,
                .explain = std::make_unique<keeping<lock_explanation>>(explained_),
                .list = {}});
    go_on(0ms);
  }
  void go_on(core::duration after) {
    core::actions out;
    outcomes due;
    asked_.go_on(core_, start + after, out, due);
    due.deliver(detail::invocation::inside, nullptr);
  }
  // Questions are numbered one by one, in the order of the roster.
  template <class Part>
  void hear(std::size_t voter, Part part, std::uint64_t number) {
    part.number = number;
    asked_.heard({.from = {.node = core_.roster().voters[voter], .boot = core::boot_id{5}},
                  .content = part});
  }

  core::node core_ = node_of({"a", "b", "c"});
  inquiries asked_;
  std::optional<std::vector<lock_listing>> listed_;
  std::optional<lock_explanation> explained_;
  const core::lock_summary lent_{
      .lock = "l", .holder = {9}, .ballot = {100}, .lent = 1, .waiting = 2};
};

TEST_F(inquiries_test, end_as_soon_as_all_have_answered) {
  list();
  for (std::size_t voter = 0; voter < 3; ++voter) {
    hear(voter, lent_, voter + 1);
    EXPECT_GT(asked_.next_deadline(), start);
    hear(voter, core::inquiry_end{}, voter + 1);
  }
  EXPECT_LE(asked_.next_deadline(), start);
  go_on(1ms);
  ASSERT_TRUE(listed_);
  ASSERT_EQ(listed_->size(), 1U);
  EXPECT_EQ(listed_->front().votes, 3U);
  EXPECT_EQ(listed_->front().waiting, 2U);
}

TEST_F(inquiries_test, what_comes_twice_counts_once) {
  list();
  hear(0, lent_, 1);
  hear(0, lent_, 1);
  go_on(100ms);  // its end was lost: it is asked again, under another number
  hear(0, lent_, 4);
  hear(0, core::inquiry_end{}, 4);
  go_on(1s);
  ASSERT_TRUE(listed_);
  EXPECT_EQ(listed_->front().votes, 1U);
}

TEST_F(inquiries_test, a_list_goes_on_where_the_page_ended) {
  list();
  hear(0, core::inquiry_end{.next = 32}, 1);
  EXPECT_EQ(asked_.next_deadline(), core::long_ago);
  go_on(1ms);
  hear(0, lent_, 1);  // of the page before
  hear(0, core::inquiry_end{.next = 32}, 4);
  go_on(1s);
  ASSERT_TRUE(listed_);
  EXPECT_TRUE(listed_->empty());
}

TEST_F(inquiries_test, one_that_has_or_wants_a_lock_is_named_once_by_each_voter) {
  explain();
  core::lock_use use{.boot = {5}, .ticket = {.time = {7}, .node = {9}, .request = {3}}};
  use.node = use.ticket.node;
  use.ballot = {100};
  hear(0, use, 1);
  hear(0, use, 1);
  hear(0, core::inquiry_end{.lent = 1}, 1);
  go_on(1s);
  ASSERT_TRUE(explained_);
  std::size_t lent = 0;
  for (const voter_account& voter : explained_->voters) {
    lent += voter.lent.size();
  }
  EXPECT_EQ(lent, 1U);
}

TEST_F(inquiries_test, a_voter_that_names_without_end_is_not_listened_to_for_ever) {
  explain();
  for (std::uint64_t id = 1; id <= 10'000; ++id) {
    hear(0, core::lock_use{.ticket = {.time = {7}, .node = {9}, .request = {id}}}, 1);
  }
  hear(0, core::inquiry_end{}, 1);
  go_on(1s);
  ASSERT_TRUE(explained_);
  for (const voter_account& voter : explained_->voters) {
    EXPECT_LE(voter.lent.size(), 64U);
  }
}

TEST_F(inquiries_test, others_answer_for_nobody) {
  list();
  hear(1, lent_, 1);
  asked_.heard({.from = {.node = {77}, .boot = {5}}, .content = lent_});
  go_on(1s);
  ASSERT_TRUE(listed_);
  EXPECT_TRUE(listed_->empty());
}

TEST_F(inquiries_test, where_no_voter_is_known_there_is_no_quorum) {
  core_ = node_of({});
  explain();
  go_on(1s);
  ASSERT_TRUE(explained_);
  EXPECT_EQ(explained_->quorum, 0U);
  EXPECT_TRUE(explained_->voters.empty());
}

}  // namespace
}  // namespace conclave::runtime
