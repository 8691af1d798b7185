// A record that is made if it is not there.
#include "recipes_fixture.hpp"

namespace conclave::recipes {

namespace {

class fenced_insert : public recipes_test {
 protected:
  static work insert(const value& text, std::int64_t token) {
    return does(recipe("fenced_insert"), {"price", text, token});
  }
  std::string record() {
    return ask("SELECT value FROM records WHERE name = 'price'") + " by " +
           ask("SELECT token FROM records WHERE name = 'price'");
  }
};

TEST_F(fenced_insert, makes_the_record_and_takes_newer_tokens_and_the_same) {
  EXPECT_EQ(run(insert("a", 5)), 1);
  EXPECT_EQ(record(), "a by 5");
  EXPECT_EQ(run(insert("b", 5)), 1);
  EXPECT_EQ(run(insert("c", 7)), 1);
  EXPECT_EQ(record(), "c by 7");
  EXPECT_EQ(ask("SELECT count(*) FROM records"), "1");
}

TEST_F(fenced_insert, refuses_an_older_token_and_changes_nothing) {
  EXPECT_EQ(run(insert("new", 6)), 1);
  EXPECT_EQ(run(insert("late", 5)), 0);
  EXPECT_EQ(record(), "new by 6");
}

TEST_F(fenced_insert, lets_the_newer_one_stand_when_both_make_the_record) {
  const met both = side_by_side(insert("late", 5), insert("new", 6));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 1);
  EXPECT_EQ(record(), "new by 6");
}

// The newer one's row cannot be seen yet by the statement that meets it.
TEST_F(fenced_insert, refuses_an_older_one_that_waited_for_a_newer_one_to_make_the_record) {
  const met both = side_by_side(insert("new", 6), insert("late", 5));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 0);
  EXPECT_EQ(record(), "new by 6");
}

TEST_F(fenced_insert, refuses_an_older_one_that_waited_for_a_newer_one_on_a_record_that_was_there) {
  run(insert("old", 4));
  EXPECT_EQ(side_by_side(insert("new", 6), insert("late", 5)).second, 0);
  EXPECT_EQ(record(), "new by 6");
}

TEST_F(fenced_insert, takes_the_older_one_when_the_newer_one_is_rolled_back) {
  EXPECT_EQ(side_by_side(insert("new", 6), insert("late", 5), "ROLLBACK").second, 1);
  EXPECT_EQ(record(), "late by 5");
}

TEST_F(fenced_insert,
       remembers_the_token_of_a_record_that_was_emptied_but_not_of_a_row_that_is_gone) {
  EXPECT_EQ(run(insert(nullptr, 6)), 1);
  EXPECT_EQ(run(insert("late", 5)), 0) << "NULL is how a record is deleted";
  EXPECT_EQ(record(), "null by 6");

  a_->run("DELETE FROM records WHERE name = 'price'");
  EXPECT_EQ(run(insert("late", 5)), 1) << "a deleted row takes its token along";
}

}  // namespace

}  // namespace conclave::recipes
