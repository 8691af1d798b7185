// Fails in its third seed, in a way that is not thrown.
#include <conclave/sim/explore.hpp>

#include <gtest/gtest.h>

namespace {

TEST(on_purpose, fails_in_the_third_seed) {
  conclave::sim::explore({.seeds = 5},
                         [](conclave::sim::world& world) { EXPECT_NE(world.seed(), 3U); });
}

}  // namespace
