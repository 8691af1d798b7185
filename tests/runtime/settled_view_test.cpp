// What has settled: each change once, flaps not at all.
#include "runtime/settled_view.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace conclave::runtime {

namespace {

using namespace std::chrono_literals;
using kind = member_event_kind;
using told = std::vector<std::pair<std::string, kind>>;

class settled_view_test : public testing::Test {
 protected:
  settled_view view_{10s, [this](const std::vector<member_event>& news) {
                       for (const member_event& one : news) {
                         heard_.emplace_back(one.member.name, one.kind);
                       }
                       last_ = news.back().member;
                     }};
  told heard_;
  member last_;

  static core::instant at(core::duration when) { return core::instant(when); }
  void note(const std::string& name, member_status status, core::duration when,
            std::uint64_t boot = 1, const std::string& metadata = "") {
    member one;
    one.name = name;
    one.status = status;
    one.boot = boot;
    one.metadata = metadata;
    view_.note(one, at(when));
  }
  // In one call, or nothing.
  told come(core::duration when) {
    heard_.clear();
    if (view_.start_delivery(at(when))) {
      view_.deliver(view_.take(at(when)));
    }
    return std::exchange(heard_, {});
  }
};

TEST_F(settled_view_test, tells_what_nothing_came_after) {
  note("a", member_status::alive, 0s);
  EXPECT_EQ(view_.next_deadline(), at(10s));
  EXPECT_EQ(come(9s), told());
  EXPECT_EQ(come(10s), (told{{"a", kind::joined}}));
  EXPECT_EQ(view_.next_deadline(), core::never);
  note("a", member_status::dead, 20s);
  EXPECT_EQ(come(29s), told());
  EXPECT_EQ(come(30s), (told{{"a", kind::died}}));
  EXPECT_EQ(last_.status, member_status::dead);
}

TEST_F(settled_view_test, tells_nothing_of_a_flap) {
  note("a", member_status::alive, 0s);
  come(10s);
  note("a", member_status::dead, 20s);
  note("a", member_status::alive, 29s);
  EXPECT_EQ(view_.next_deadline(), core::never);
  note("b", member_status::alive, 30s);
  note("b", member_status::left, 39s);
  EXPECT_EQ(view_.next_deadline(), core::never);
  EXPECT_EQ(come(100s), told());
}

TEST_F(settled_view_test, waits_anew_with_each_change) {
  note("a", member_status::alive, 0s);
  note("a", member_status::alive, 8s, 1, "zone=b");
  EXPECT_EQ(come(10s), told());
  EXPECT_EQ(come(18s), (told{{"a", kind::joined}}));
  EXPECT_EQ(last_.metadata, "zone=b");
}

TEST_F(settled_view_test, takes_no_suspicion_for_a_change) {
  note("a", member_status::alive, 0s);
  note("a", member_status::suspect, 5s);
  EXPECT_EQ(come(10s), (told{{"a", kind::joined}}));
  note("a", member_status::alive, 11s);
  EXPECT_EQ(come(100s), told());
}

TEST_F(settled_view_test, says_what_changed) {
  note("a", member_status::alive, 0s);
  come(10s);
  note("a", member_status::alive, 20s, 1, "zone=b");
  EXPECT_EQ(come(30s), (told{{"a", kind::updated}}));
  note("a", member_status::alive, 40s, 2, "zone=b");
  EXPECT_EQ(come(50s), (told{{"a", kind::joined}})) << "it was restarted";
  note("a", member_status::left, 60s, 2, "zone=b");
  EXPECT_EQ(come(70s), (told{{"a", kind::left}}));
  note("a", member_status::alive, 80s, 3, "zone=b");
  EXPECT_EQ(come(90s), (told{{"a", kind::joined}}));
}

TEST_F(settled_view_test, tells_all_that_is_due_in_one_call) {
  note("a", member_status::alive, 0s);
  note("b", member_status::alive, 1s);
  note("c", member_status::alive, 2s);
  EXPECT_EQ(come(11s), (told{{"a", kind::joined}, {"b", kind::joined}}));
  EXPECT_EQ(come(12s), (told{{"c", kind::joined}}));
}

// While one delivery waits for its turn nothing else is due: it takes that along.
TEST_F(settled_view_test, has_one_delivery_at_a_time) {
  note("a", member_status::alive, 0s);
  ASSERT_TRUE(view_.start_delivery(at(10s)));
  note("b", member_status::alive, 11s);
  note("a", member_status::dead, 12s);
  EXPECT_EQ(view_.next_deadline(), core::never);
  EXPECT_FALSE(view_.start_delivery(at(30s)));
  const std::vector<member_event> news = view_.take(at(21s));
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].member.name, "b");
  EXPECT_EQ(view_.next_deadline(), core::never) << "the user never heard of a";
}

TEST_F(settled_view_test, goes_on_after_an_exception) {
  settled_view strict(0s, [](const auto&) { throw std::runtime_error("out of paper"); });
  member one;
  one.name = "a";
  strict.note(one, at(0s));
  ASSERT_TRUE(strict.start_delivery(at(0s)));
  EXPECT_THROW(strict.deliver(strict.take(at(0s))), std::runtime_error);
  one.status = member_status::dead;
  strict.note(one, at(1s));
  EXPECT_EQ(strict.next_deadline(), at(1s));
}

TEST_F(settled_view_test, calls_nobody_after_its_end) {
  note("a", member_status::alive, 0s);
  view_.end();
  EXPECT_TRUE(view_.ended());
  EXPECT_EQ(come(10s), told());
}

}  // namespace

}  // namespace conclave::runtime
