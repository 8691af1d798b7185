// What a voter says of its locks, and to whom (docs/protocol.md, "Asking about locks").
#include "lock/watchers.hpp"
#include "voter_fixture.hpp"

#include <string>
#include <vector>

namespace conclave::core {
namespace {

class inquiries_test : public voter_fixture {
 protected:
  inquiries_test() {
    open(x_);
    open(y_);
  }
  void ask(const lock_name& lock, std::uint32_t position = 0) {
    tell(z_, inquiry{.number = 7, .lock = lock, .position = position});
  }
  [[nodiscard]] inquiry_end end() const {
    EXPECT_EQ(said_.all<inquiry_end>().size(), 1U);
    return said_.all<inquiry_end>().at(0);
  }
  void news() {
    lock_step step = said_.step(0s);
    voter_.tell_watchers(step);
  }
};

TEST_F(inquiries_test, one_without_a_session_is_told_who_has_it_and_who_waits) {
  tell(x_, request_of(x_, 1, 10));
  tell(y_, request_of(y_, 2, 20));
  ask("a");
  const auto uses = said_.all<lock_use>();
  ASSERT_EQ(uses.size(), 2U);
  EXPECT_EQ(uses[0].number, 7U);
  EXPECT_EQ(uses[0].kind, use_kind::lent);
  EXPECT_EQ(uses[0].node, x_.node);
  EXPECT_TRUE(uses[0].ballot);
  EXPECT_EQ(uses[0].session_left, test_ttl);
  EXPECT_EQ(uses[1].kind, use_kind::waiting);
  EXPECT_EQ(uses[1].ticket.request, request_id{2});
  EXPECT_FALSE(uses[1].ballot);
  EXPECT_EQ(end().lent, 1U);
  EXPECT_EQ(end().waiting, 1U);
  EXPECT_EQ(end().session_left, 0s);
}

TEST_F(inquiries_test, of_many_that_wait_so_many_are_named_and_all_are_counted) {
  for (std::uint64_t id = 1; id <= 50; ++id) {
    tell(x_, request_of(x_, id, 10 + id));
  }
  ask("a");
  EXPECT_EQ(said_.all<lock_use>().size(), 17U);
  EXPECT_EQ(end().waiting, 49U);
}

TEST_F(inquiries_test, of_a_lock_that_nobody_knows_there_is_nothing_to_say) {
  ask("unknown");
  EXPECT_TRUE(said_.all<lock_use>().empty());
  EXPECT_EQ(end().lent, 0U);
  EXPECT_EQ(voter_.find_lock("unknown"), nullptr) << "asking makes no lock";
}

TEST_F(inquiries_test, all_locks_in_use_are_listed_page_by_page) {
  for (std::uint64_t id = 1; id <= 80; ++id) {
    tell(x_, request_of(x_, id, id, "l" + std::to_string(id)));
  }
  tell(x_, release{.lock = "l5", .request = request_id{5}, .last_token = {}});
  std::vector<lock_name> names;
  std::uint32_t position = 0;
  for (int page = 0; page < 10; ++page) {
    ask("", position);
    for (const lock_summary& one : said_.all<lock_summary>()) {
      EXPECT_EQ(one.holder, x_.node);
      EXPECT_EQ(one.lent, 1U);
      names.push_back(one.lock);
    }
    EXPECT_LE(said_.all<lock_summary>().size(), 32U);
    position = end().next;
    if (position == 0) {
      break;
    }
  }
  EXPECT_EQ(names.size(), 79U);
  EXPECT_EQ(std::ranges::count(names, "l5"), 0) << "nobody uses it";
  ask("", ~std::uint32_t{0});
  EXPECT_EQ(end().next, 0U) << "beyond the end";
}

TEST_F(inquiries_test, who_watches_is_told_at_once_and_at_each_change) {
  tell(z_, watch{.lock = "a"});
  ASSERT_EQ(said_.all<sighting>().size(), 1U);
  EXPECT_FALSE(said_.all<sighting>()[0].node);
  const std::uint64_t before = said_.all<sighting>()[0].version;
  tell(x_, request_of(x_, 1, 10));
  ASSERT_TRUE(voter_.has_news());
  news();
  ASSERT_EQ(said_.all<sighting>().size(), 1U);
  EXPECT_EQ(said_.sends[0].to, z_);
  EXPECT_EQ(said_.all<sighting>()[0].node, x_.node);
  EXPECT_EQ(said_.all<sighting>()[0].request, request_id{1});
  EXPECT_GT(said_.all<sighting>()[0].version, before);
  EXPECT_FALSE(voter_.has_news());
  tell(y_, request_of(y_, 2, 20));
  EXPECT_FALSE(voter_.has_news()) << "who waits is not told";
  tell(x_, request_of(x_, 1, 10));
  EXPECT_FALSE(voter_.has_news()) << "who asks again for what it has changes nothing";
  request more = request_of(x_, 1, 10);
  more.min_ballot = ballot{5'000};
  tell(x_, more);
  EXPECT_TRUE(voter_.has_news()) << "it is lent at another ballot";
  news();
  tell(x_, release{.lock = "a", .request = request_id{1}, .last_token = {}});
  news();
  ASSERT_EQ(said_.all<sighting>().size(), 1U) << "once, though it came free and was lent";
  EXPECT_EQ(said_.all<sighting>()[0].node, y_.node);
}

TEST_F(inquiries_test, a_voter_that_lends_nothing_any_more_says_nothing) {
  voter_.stop();
  ask("a");
  EXPECT_TRUE(said_.sends.empty());
  ask("");
  EXPECT_TRUE(said_.sends.empty());
  tell(z_, watch{.lock = "a"});
  EXPECT_TRUE(said_.sends.empty());
}

TEST_F(inquiries_test, a_session_that_lapses_is_news) {
  tell(z_, watch{.lock = "a"});
  tell(x_, request_of(x_, 1, 10));
  news();
  lock_step step = said_.step(test_ttl);
  voter_.tick(step);
  ASSERT_TRUE(voter_.has_news());
  voter_.tell_watchers(step);
  EXPECT_FALSE(said_.all<sighting>().at(0).node);
}

TEST(watchers, are_forgotten_after_a_while) {
  watchers all;
  EXPECT_TRUE(all.add("a", boot_of("x"), at(0s)));
  EXPECT_TRUE(all.add("a", boot_of("y"), at(5s)));
  std::vector<node_boot> told;
  const auto note = [&](const lock_name&, const node_boot& who) { told.push_back(who); };
  all.note_change("a");
  all.note_change("a");
  all.note_change("other");
  all.tell_changes(at(watchers::lasts), note);
  EXPECT_EQ(told, std::vector<node_boot>{boot_of("y")});
  all.note_change("a");
  all.tell_changes(at(5s + watchers::lasts), note);
  EXPECT_EQ(told.size(), 1U);
  EXPECT_TRUE(all.empty());
}

TEST(watchers, are_no_more_than_so_many_until_some_are_over) {
  watchers all;
  for (std::size_t i = 0; i < watchers::all_max; ++i) {
    ASSERT_TRUE(all.add("l" + std::to_string(i), boot_of("x"), at(0s)));
  }
  EXPECT_FALSE(all.add("more", boot_of("x"), at(1s)));
  EXPECT_TRUE(all.add("l5", boot_of("x"), at(1s))) << "known already";
  EXPECT_TRUE(all.add("more", boot_of("x"), at(watchers::lasts)));
}

}  // namespace
}  // namespace conclave::core
