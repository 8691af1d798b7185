// Fenced updates and reads of one record.
#include "recipes_fixture.hpp"

namespace conclave::recipes {

namespace {

class fenced_update : public recipes_test {
 protected:
  fenced_update() {
    a_->run("INSERT INTO records (name, value, token) VALUES ('price', 'old', 4)");
  }

  static work update(const std::string& text, std::int64_t token) {
    return does(recipe("fenced_update"), {"price", text, token});
  }
  static outcome read(connection& with, std::int64_t token) {
    return with.run(recipe("fenced_read"), {"price", token});
  }
  std::string record() {
    return ask("SELECT value FROM records WHERE name = 'price'") + " by " +
           ask("SELECT token FROM records WHERE name = 'price'");
  }
};

TEST_F(fenced_update, takes_newer_tokens_and_the_same_one_again) {
  EXPECT_EQ(run(update("a", 5)), 1);
  EXPECT_EQ(run(update("b", 5)), 1);
  EXPECT_EQ(run(update("c", INT64_MAX)), 1);
  EXPECT_EQ(record(), "c by 9223372036854775807");
}

TEST_F(fenced_update, refuses_an_older_token_and_changes_nothing) {
  EXPECT_EQ(run(update("new", 6)), 1);
  EXPECT_EQ(run(update("late", 5)), 0);
  EXPECT_EQ(record(), "new by 6");
}

TEST_F(fenced_update, lets_the_newer_one_stand_when_the_older_one_is_under_way) {
  const met both = side_by_side(update("late", 5), update("new", 6));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 1);
  EXPECT_EQ(record(), "new by 6");
}

// The older one has found the row with a token that let it through, and waits for it.
TEST_F(fenced_update, refuses_an_older_one_that_waited_for_a_newer_one) {
  const met both = side_by_side(update("new", 6), update("late", 5));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 0);
  EXPECT_EQ(record(), "new by 6");
}

TEST_F(fenced_update, takes_the_older_one_when_the_newer_one_is_rolled_back) {
  EXPECT_EQ(side_by_side(update("new", 6), update("late", 5), "ROLLBACK").second, 1);
  EXPECT_EQ(record(), "late by 5");
}

TEST_F(fenced_update, does_not_trust_a_snapshot_from_before_the_newer_one) {
  b_->run(database_->begin_with_snapshot());
  b_->run("SELECT value FROM records");
  EXPECT_EQ(run(update("new", 6)), 1);
  EXPECT_THROW(update("late", 5)(*b_), must_begin_anew);
  b_->run("ROLLBACK");
  EXPECT_EQ(update("late", 5)(*b_), 0) << "as it finds when it begins anew";
  EXPECT_EQ(record(), "new by 6");
}

TEST_F(fenced_update, ends_with_the_greatest_token_whoever_comes_when) {
  constexpr std::int64_t threads_count = 4;
  constexpr std::int64_t rounds = 25;
  {
    std::vector<std::jthread> threads;
    for (std::int64_t thread = 0; thread < threads_count; ++thread) {
      threads.emplace_back([&, thread, own = database_->connect()] {
        for (std::int64_t round = 0; round < rounds; ++round) {
          const std::int64_t token = 5 + thread + threads_count * round;
          update(std::to_string(token), token)(*own);
        }
      });
    }
  }
  EXPECT_EQ(record(), "104 by 104");
}

// Why a holder shows its token before it reads. 6 reads, then a late write of 5 is accepted, since
// nobody has seen 6 yet; and 6 overwrites what it has never read.
TEST_F(fenced_update, does_not_protect_what_was_read_without_a_token) {
  EXPECT_EQ(ask("SELECT value FROM records"), "old");
  EXPECT_EQ(update("lost", 5)(*b_), 1);
  EXPECT_EQ(run(update("old and more", 6)), 1);
}

TEST_F(fenced_update, protects_what_was_read_with_the_token) {
  EXPECT_EQ(read(*a_, 6).rows.at(0), "old");
  EXPECT_EQ(update("late", 5)(*b_), 0);
  EXPECT_TRUE(read(*b_, 5).rows.empty()) << "nor does the older one read";
  EXPECT_EQ(run(update("old and more", 6)), 1);
  EXPECT_EQ(record(), "old and more by 6");
}

TEST_F(fenced_update, lets_a_read_wait_for_a_write_under_way_and_see_it) {
  std::string seen;
  const work read_6 = [&](connection& with) {
    const outcome got = read(with, 6);
    seen = got.rows.at(0).value_or("null");
    return got.changed;
  };
  EXPECT_EQ(side_by_side(update("in time", 5), read_6).second, 1);
  EXPECT_EQ(seen, "in time");
}

TEST_F(fenced_update, says_the_same_of_a_record_that_is_not_there) {
  EXPECT_EQ(a_->run(recipe("fenced_update"), {"none", "x", std::int64_t{9}}).changed, 0);
}

}  // namespace

}  // namespace conclave::recipes
