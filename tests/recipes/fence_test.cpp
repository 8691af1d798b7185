// Any transaction behind a fence: here one that adds rows.
#include "recipes_fixture.hpp"

namespace conclave::recipes {

namespace {

class raise_fence : public recipes_test {
 protected:
  raise_fence() { a_->run("CREATE TABLE entries (number bigint, text text)"); }

  // Gives how many rows it added. The caller begins and ends the transaction.
  static work append(const std::string& text, std::int64_t token) {
    return [=](connection& with) -> std::int64_t {
      if (with.run(recipe("raise_fence"), {"log", token}).changed == 0) {
        return 0;
      }
      const std::string next = "INSERT INTO entries SELECT count(*) + 1, '" + text;
      return with.run(next + "' FROM entries").changed;
    };
  }
  std::string entries() {
    std::string all;
    for (const auto& row :
         a_->run("SELECT CAST(number AS text) || text FROM entries ORDER BY number, text").rows) {
      all += row.value_or("null") + " ";
    }
    return all;
  }
};

TEST_F(raise_fence, lets_newer_tokens_pass_and_the_same_one_again) {
  EXPECT_EQ(run(append("a", 5)), 1);
  EXPECT_EQ(run(append("b", 5)), 1);
  EXPECT_EQ(run(append("c", 6)), 1);
  EXPECT_EQ(entries(), "1a 2b 3c ");
}

TEST_F(raise_fence, stops_an_older_one) {
  EXPECT_EQ(run(append("new", 6)), 1);
  EXPECT_EQ(run(append("late", 5)), 0);
  EXPECT_EQ(entries(), "1new ");
  EXPECT_EQ(ask("SELECT token FROM fences"), "6");
}

TEST_F(raise_fence, keeps_a_newer_transaction_out_until_the_older_one_is_over) {
  const met both = side_by_side(append("old", 5), append("new", 6));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 1);
  EXPECT_EQ(entries(), "1old 2new ") << "the newer one has seen what the older one did";
}

TEST_F(raise_fence, stops_an_older_one_that_waited_for_a_newer_one) {
  run(append("first", 4));
  const met both = side_by_side(append("new", 6), append("late", 5));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 0);
  EXPECT_EQ(entries(), "1first 2new ");
}

TEST_F(raise_fence, stops_an_older_one_that_waited_while_the_fence_was_made) {
  EXPECT_EQ(side_by_side(append("new", 6), append("late", 5)).second, 0);
  EXPECT_EQ(entries(), "1new ");
}

TEST_F(raise_fence, keeps_out_others_with_the_same_token_too) {
  run(append("first", 6));
  EXPECT_EQ(side_by_side(append("second", 6), append("third", 6)).second, 1);
  EXPECT_EQ(entries(), "1first 2second 3third ");
}

TEST_F(raise_fence, falls_back_with_the_transaction) {
  EXPECT_EQ(side_by_side(append("new", 6), append("late", 5), "ROLLBACK").second, 1);
  EXPECT_EQ(entries(), "1late ");
}

}  // namespace

}  // namespace conclave::recipes
