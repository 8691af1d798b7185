// What a node makes of a peer's clock that breaks the bound (docs/protocol.md, "Measured clocks").
#include "little_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace conclave::core {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

report about_clock(report_kind kind, std::int64_t lower, std::int64_t upper) {
  return {.kind = kind,
          .peer = {},
          .from = {},
          .value = static_cast<std::uint64_t>(lower),
          .other = static_cast<std::uint64_t>(upper)};
}

TEST(clock_reports, say_by_how_much_and_that_either_may_be_wrong) {
  EXPECT_THAT(to_text(about_clock(report_kind::clock_broken, 12'000, 13'000), "billing-2"),
              AllOf(HasSubstr("\"billing-2\" runs at least 12000 ppm faster than"),
                    HasSubstr("one of the two is wrong"), HasSubstr("votes do not count")));
  EXPECT_THAT(to_text(about_clock(report_kind::clock_broken, -13'000, -12'000), "b"),
              HasSubstr("runs at least 12000 ppm slower than"));
  EXPECT_THAT(to_text(about_clock(report_kind::clock_trusted, -5, 7), "b"),
              HasSubstr("between 5 ppm slower and 7 ppm faster than"));
  EXPECT_THAT(to_text(about_clock(report_kind::clock_drifting, 6'000, 6'100), "b"),
              HasSubstr("more than half of what clock_drift_max_ppm allows"));
}

class clocks_of_peers : public testing::Test, protected little_cluster {
 protected:
  clocks_of_peers() {
    start_three();
    shown_by_n2_ = now;
  }

  // Frames of n2 reach n1 at once, ten a second of n1's clock; n2's own runs at this rate.
  void hear_n2(duration length, std::int64_t percent) {
    const node_boot n2 = at("n2").self();
    for (const instant end = now + length; now < end;) {
      now += 100ms;
      shown_by_n2_ += duration(100ms) * percent / 100;
      deliver("n1", n2, {}, [&](frame_header& header) {
        header.receiver_boot = at("n1").self().boot;
        header.anchor = shown_by_n2_;
        header.echo = now;
      });
    }
  }
  bool is_trusted() {
    const voter_views& views = at("n1").asks().views();
    return views.at(*views.index_of(at("n2").self().node)).clock_trusted;
  }

  instant shown_by_n2_;
};

TEST_F(clocks_of_peers, are_told_once_and_their_votes_do_not_count) {
  hear_n2(3s, 120);
  EXPECT_EQ(reports("n1", report_kind::clock_broken), 1);
  EXPECT_FALSE(is_trusted());
  hear_n2(10s, 120);
  EXPECT_EQ(reports("n1", report_kind::clock_broken), 1);
  EXPECT_EQ(at("n1").counters().clocks_broken, 1U);
}

TEST_F(clocks_of_peers, count_again_after_a_window_and_that_is_told) {
  hear_n2(3s, 80);
  ASSERT_FALSE(is_trusted());
  hear_n2(3s, 100);
  EXPECT_FALSE(is_trusted()) << "the window is 4 s";
  hear_n2(3s, 100);
  EXPECT_TRUE(is_trusted());
  EXPECT_EQ(reports("n1", report_kind::clock_trusted), 1);
}

TEST_F(clocks_of_peers, that_keep_the_bound_are_not_worth_a_word) {
  hear_n2(20s, 100);
  EXPECT_EQ(reports("n1", report_kind::clock_broken), 0);
  EXPECT_EQ(reports("n1", report_kind::clock_drifting), 0);
  EXPECT_EQ(reports("n1", report_kind::clock_trusted), 0);
  EXPECT_EQ(at("n1").links().find(at("n2").self().node)->clock.verdict(), clock_verdict::kept);
}

// A peer that was silent for a window is forgotten by the link, but not that it was found out.
TEST_F(clocks_of_peers, are_not_trusted_only_because_they_were_silent) {
  hear_n2(3s, 120);
  passes = [&](flying&) { return false; };
  run_for(10s);
  const peer* anew = at("n1").links().find(at("n2").self().node);
  ASSERT_TRUE(anew == nullptr || anew->clock.verdict() == clock_verdict::unknown);
  hear_n2(1s, 120);
  EXPECT_FALSE(is_trusted());
}

}  // namespace
}  // namespace conclave::core
