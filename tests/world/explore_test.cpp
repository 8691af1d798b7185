// Exploring runs each seed, stops at the first that breaks, and says how to run it again.
#include <conclave/sim/explore.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// For as long as it lives.
class seed_from_outside {
 public:
  explicit seed_from_outside(const char* text) { ::setenv("CONCLAVE_SIM_SEED", text, 1); }
  seed_from_outside(const seed_from_outside&) = delete;
  seed_from_outside& operator=(const seed_from_outside&) = delete;
  ~seed_from_outside() { ::unsetenv("CONCLAVE_SIM_SEED"); }
};

TEST(explore, runs_every_seed_once) {
  std::vector<std::uint64_t> seen;
  explore({.seeds = 3, .first_seed = 10}, [&](world& around) { seen.push_back(around.seed()); });
  EXPECT_THAT(seen, ElementsAre(10, 11, 12));
}

TEST(explore, throws_the_first_failure_with_its_seed_and_how_to_run_it_alone) {
  std::uint64_t runs = 0;
  try {
    explore({.seeds = 10}, [&](world& around) {
      ++runs;
      around.after(1s, [&] { around.require(around.seed() < 4, "too many"); });
      around.run_for(2s);
    });
    FAIL() << "nothing was found";
  } catch (const broken_run& broken) {
    EXPECT_EQ(broken.seed(), 4U);
    EXPECT_EQ(runs, 4U);
    EXPECT_THAT(broken.what(), HasSubstr("too many"));
    EXPECT_THAT(broken.what(), HasSubstr("CONCLAVE_SIM_SEED=4 "));
  }
}

TEST(explore, finds_a_failure_that_the_test_has_swallowed) {
  EXPECT_THROW(explore({.seeds = 1},
                       [](world& around) {
                         around.after(1s, [] { throw std::runtime_error("unseen"); });
                         try {
                           around.run_for(2s);
                         } catch (const broken_run&) {
                         }
                       }),
               broken_run);
}

TEST(explore, names_the_seed_of_any_exception) {
  const auto found =
      find_broken_run({.seeds = 5, .first_seed = 7}, [](world&) { throw std::logic_error("oh"); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->seed(), 7U);
  EXPECT_THAT(found->what(), HasSubstr("oh"));
}

TEST(explore, asks_whether_the_test_has_failed_after_each_run) {
  bool failed = false;
  const auto found = find_broken_run({.seeds = 5, .failed = [&] { return failed; }},
                                     [&](world& around) { failed = around.seed() == 2; });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->seed(), 2U);
}

TEST(explore, blames_no_seed_for_what_had_failed_before) {
  EXPECT_FALSE(find_broken_run({.seeds = 2, .failed = [] { return true; }}, [](world&) {}));
}

TEST(explore, runs_one_seed_alone_when_the_environment_says_so) {
  const seed_from_outside given("17");
  std::vector<std::uint64_t> seen;
  explore({.seeds = 100}, [&](world& around) { seen.push_back(around.seed()); });
  EXPECT_THAT(seen, ElementsAre(17));
}

TEST(explore, refuses_a_seed_that_is_none) {
  const seed_from_outside given("17x");
  EXPECT_THROW(explore({}, [](world&) {}), std::invalid_argument);
}

TEST(find_broken_run, does_not_look_at_the_environment) {
  const seed_from_outside given("17");
  std::uint64_t runs = 0;
  EXPECT_FALSE(find_broken_run({.seeds = 3}, [&](world&) { ++runs; }));
  EXPECT_EQ(runs, 3U);
}

TEST(explore, twice_finds_what_the_seed_does_not_decide) {
  std::int64_t counted = 0;
  const auto found = find_broken_run({.seeds = 1, .twice = true}, [&](world& around) {
    around.after(std::chrono::nanoseconds(++counted), [] {});
    around.run_for(1s);
  });
  ASSERT_TRUE(found);
  EXPECT_THAT(found->what(), HasSubstr("two runs of this seed differ"));
}

TEST(explore, twice_is_content_with_equal_runs) {
  EXPECT_FALSE(find_broken_run({.seeds = 2, .twice = true}, [](world& around) {
    around.add_nodes(3);
    around.run_for(5s);
  }));
}

}  // namespace

}  // namespace conclave::sim
