// Jobs that are claimed under a token once, and finished once, by whoever claimed them last.
#include "recipes_fixture.hpp"

#include <atomic>

namespace conclave::recipes {

namespace {

class job_table : public recipes_test {
 protected:
  job_table() { run(add()); }

  static work add() { return does(recipe("job_add"), {"report"}); }
  static work claim(std::int64_t token) { return does(recipe("job_claim"), {"report", token}); }
  static work finish(std::int64_t token, const std::string& result) {
    return does(recipe("job_finish"), {"report", token, result});
  }
  std::string job() {
    return ask("SELECT state FROM jobs") + " by " + ask("SELECT token FROM jobs") + ": " +
           ask("SELECT result FROM jobs");
  }
};

TEST_F(job_table, claims_and_finishes_a_job_once_under_one_token) {
  EXPECT_EQ(run(finish(5, "unclaimed")), 0);
  EXPECT_EQ(run(claim(5)), 1);
  EXPECT_EQ(run(claim(5)), 0);
  EXPECT_EQ(run(finish(6, "not claimed under 6")), 0);
  EXPECT_EQ(run(finish(5, "done")), 1);
  EXPECT_EQ(run(finish(5, "done again")), 0);
  EXPECT_EQ(run(claim(5)), 0);
  EXPECT_EQ(run(claim(6)), 0) << "a finished job is not run again";
  EXPECT_EQ(job(), "finished by 5: done");
}

TEST_F(job_table, adds_a_job_once_and_leaves_one_under_way_alone) {
  EXPECT_EQ(run(claim(5)), 1);
  EXPECT_EQ(run(add()), 0);
  EXPECT_EQ(job(), "claimed by 5: null");
}

TEST_F(job_table, gives_a_job_to_the_next_holder_when_the_last_one_did_not_finish) {
  EXPECT_EQ(run(claim(5)), 1);
  EXPECT_EQ(run(claim(6)), 1);
  EXPECT_EQ(run(claim(5)), 0);
  EXPECT_EQ(run(finish(5, "late")), 0) << "it is not his any more";
  EXPECT_EQ(job(), "claimed by 6: null");
  EXPECT_EQ(run(finish(6, "done")), 1);
  EXPECT_EQ(job(), "finished by 6: done");
}

TEST_F(job_table, refuses_an_older_claim_that_waited_for_a_newer_one) {
  const met both = side_by_side(claim(6), claim(5));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 0);
  EXPECT_EQ(job(), "claimed by 6: null");
}

TEST_F(job_table, lets_a_newer_claim_stand_that_waited_for_an_older_one) {
  EXPECT_EQ(side_by_side(claim(5), claim(6)).second, 1);
  EXPECT_EQ(run(finish(5, "late")), 0);
  EXPECT_EQ(job(), "claimed by 6: null");
}

TEST_F(job_table, refuses_the_same_claim_from_another_connection) {
  EXPECT_EQ(side_by_side(claim(5), claim(5)).second, 0);
}

TEST_F(job_table, does_not_claim_what_is_being_finished) {
  run(claim(5));
  const met both = side_by_side(finish(5, "done"), claim(6));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 0);
  EXPECT_EQ(job(), "finished by 5: done");
}

TEST_F(job_table, does_not_finish_what_is_being_claimed) {
  run(claim(5));
  const met both = side_by_side(claim(6), finish(5, "late"));
  EXPECT_EQ(both.first, 1);
  EXPECT_EQ(both.second, 0);
  EXPECT_EQ(job(), "claimed by 6: null");
}

TEST_F(job_table, goes_on_when_a_claim_is_rolled_back) {
  EXPECT_EQ(side_by_side(claim(6), claim(5), "ROLLBACK").second, 1);
  EXPECT_EQ(run(finish(5, "done")), 1);
}

TEST_F(job_table, finishes_once_whoever_comes_when) {
  std::atomic<int> finished = 0;
  {
    std::vector<std::jthread> threads;
    for (std::int64_t thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&, thread, own = database_->connect()] {
        for (std::int64_t round = 0; round < 10; ++round) {
          const std::int64_t token = 1 + thread + 4 * round;
          if (claim(token)(*own) == 1) {
            finished += static_cast<int>(finish(token, std::to_string(token))(*own));
          }
        }
      });
    }
  }
  EXPECT_EQ(finished, 1);
  EXPECT_EQ(ask("SELECT result FROM jobs"), ask("SELECT token FROM jobs"));
}

}  // namespace

}  // namespace conclave::recipes
