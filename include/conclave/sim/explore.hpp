// Runs a test of a simulated world for many seeds, and says which one broke.
#pragma once

#include <conclave/sim/broken_run.hpp>
#include <conclave/sim/world.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

// GoogleTest's own class. It is looked into where it is known, so that a failed EXPECT names its
// seed; nothing here needs GoogleTest.
namespace testing {
class Test;
}

namespace conclave::sim {

struct explore_options {
  std::uint64_t seeds = 100;
  std::uint64_t first_seed = 1;
  // Runs each seed twice and fails when the two differ: then something in the test is not decided
  // by the seed, such as an order by address or a real clock.
  bool twice = false;
  // Asked after each run: true when the test has failed in a way that is not thrown. Where <gtest>
  // was included before the call, a failed EXPECT counts without this.
  std::function<bool()> failed = {};
};

// For each seed, until one breaks. A run breaks when `test` throws, when the world does, or when
// `failed` says so.
[[nodiscard]] std::optional<broken_run> find_broken_run(const explore_options& how,
                                                        const std::function<void(world&)>& test);

// For the library: `how` out of the environment, and the failure thrown.
void explore_all(explore_options how, const std::function<void(world&)>& test);

// The same, for tests: throws the first broken run, whose text names its seed. With
// CONCLAVE_SIM_SEED=17 in the environment only seed 17 runs.
template <class Body, class Test = ::testing::Test>
void explore(explore_options how, Body&& test) {
  if constexpr (requires { Test::HasFailure(); }) {
    if (!how.failed) {
      how.failed = [] { return Test::HasFailure(); };
    }
  }
  explore_all(std::move(how), std::forward<Body>(test));
}

}  // namespace conclave::sim
