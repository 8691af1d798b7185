// What any peer can cause is bounded in the log.
#include "runtime/report_log.hpp"

#include <gtest/gtest.h>

namespace conclave::runtime {

namespace {

const core::report mismatch{.kind = core::report_kind::roster_mismatch, .peer = {7}, .from = {}};
const core::report abstaining{.kind = core::report_kind::abstaining, .peer = {7}, .from = {}};

TEST(report_log, has_so_many_lines_of_one_kind_in_a_window) {
  report_log log;
  const core::instant start{};
  for (std::uint64_t i = 0; i < report_log::lines_per_window; ++i) {
    EXPECT_TRUE(log.line_for(mismatch, "n1", start));
  }
  EXPECT_FALSE(log.line_for(mismatch, "n1", start));
  EXPECT_FALSE(log.line_for(mismatch, "n1", start + report_log::window - core::duration(1)));
  EXPECT_TRUE(log.line_for(abstaining, "n1", start)) << "another kind has its own bound";
}

TEST(report_log, says_later_how_many_were_left_out) {
  report_log log;
  const core::instant start{};
  for (std::uint64_t i = 0; i < report_log::lines_per_window + 3; ++i) {
    static_cast<void>(log.line_for(mismatch, "n1", start));
  }
  const auto next = log.line_for(mismatch, "n1", start + report_log::window);
  ASSERT_TRUE(next);
  EXPECT_NE(next->text.find("3 more"), std::string::npos) << next->text;
  const auto after = log.line_for(mismatch, "n1", start + report_log::window);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->text.find("more of this kind"), std::string::npos) << after->text;
}

TEST(report_log, names_the_peer) {
  report_log log;
  const auto line = log.line_for(mismatch, "billing-2", core::instant{});
  ASSERT_TRUE(line);
  EXPECT_NE(line->text.find("billing-2"), std::string::npos) << line->text;
  EXPECT_EQ(line->level, spdlog::level::warn);
}

}  // namespace

}  // namespace conclave::runtime
