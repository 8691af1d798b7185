// What a promise is worth on another clock (docs/protocol.md, "Time").
#include "base/time.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;
__extension__ using wide = __int128;

// A promise p on one clock is worth at most p(1-rho)/(1+rho) on another, and a wait that outlives
// it everywhere takes at least p(1+rho)/(1-rho).
TEST(drift, is_rounded_to_the_safe_side_by_at_most_one_nanosecond) {
  random_source random(1);
  for (int i = 0; i < 100'000; ++i) {
    const duration promised(static_cast<std::int64_t>(random.below(30'000'000'000'000'000)));
    const auto rho = static_cast<std::int64_t>(random.below(500'001));
    const wide slow = 1'000'000 - rho;
    const wide fast = 1'000'000 + rho;
    const wide less = shortened_by_drift(promised, rho).count();
    EXPECT_LE(less * fast, promised.count() * slow);
    EXPECT_GT((less + 1) * fast, promised.count() * slow);
    const wide more = lengthened_by_drift(promised, rho).count();
    EXPECT_GE(more * slow, promised.count() * fast);
    EXPECT_LE((more - 1) * slow, promised.count() * fast);
  }
}

TEST(drift, is_this_much_for_the_default_settings) {
  EXPECT_EQ(shortened_by_drift(3s, 5'000), 2'970'149'253ns);
  EXPECT_EQ(lengthened_by_drift(10s, 5'000), 10'100'502'513ns);
  EXPECT_EQ(shortened_by_drift(3s, 0), 3s);
}

TEST(instants, add_up_to_never_and_no_further) {
  EXPECT_EQ(saturating_add(instant(5ns), 6ns), instant(11ns));
  EXPECT_EQ(saturating_add(never, 1h), never);
  EXPECT_EQ(saturating_add(never - 1ns, 1h), never);
  EXPECT_LT(long_ago, instant{});
}

}  // namespace
}  // namespace conclave::core
