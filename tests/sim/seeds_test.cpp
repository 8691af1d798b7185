// Seeds: in each the promises hold, and twice the same seed is twice the same run.
#include "sim/simulation.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds_each = 25;
// Under the address sanitizer a run takes some thirty times as long.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t seeds_run = 3;
#else
constexpr std::uint64_t seeds_run = seeds_each;
#endif

run_result run_shortly(std::uint64_t seed) {
  options drawn = draw_options(seed);
  drawn.faults_last = 3s;
  return simulation(drawn, draw_schedule(drawn), {}).run();
}

class seeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(seeds, keep_all_promises_and_run_twice_alike) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + seeds_run; ++seed) {
    const run_result first = run_shortly(seed);
    const run_result second = run_shortly(seed);
    ASSERT_EQ(first.outcome, outcome::kept) << "seed " << seed << ": " << first.what;
    ASSERT_EQ(first.digest, second.digest) << "seed " << seed;
    ASSERT_EQ(first.ended, second.ended) << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(from, seeds, testing::Range<std::uint64_t>(0, 300, seeds_each),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace conclave::sim
