// The demo keeps its promises on real processes, says so as JSON, and leaves nothing behind.
#include "program.hpp"
#include "tools/exit_codes.hpp"
#include "tools/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <filesystem>
#include <set>
#include <string>

namespace conclave::tools {

namespace {

using ::testing::HasSubstr;

// TMPDIR of its own, so that what is left behind can be seen.
class demo : public ::testing::Test {
 protected:
  [[nodiscard]] program::variables environment() const { return {{"TMPDIR", folder_.path()}}; }
  [[nodiscard]] bool nothing_is_left() const { return std::filesystem::is_empty(folder_.path()); }

  temporary_folder folder_{"conclave-demo-test"};
};

TEST_F(demo, keeps_all_promises_under_all_faults) {
  const finished ended = run_program({"demo", "--json", "--seconds", "1"}, environment());
  EXPECT_EQ(ended.exit_code, exit_ok) << ended.out << ended.err;
  EXPECT_EQ(ended.err, "") << "without a terminal nobody reads the progress";
  const auto seen = nlohmann::json::parse(ended.out);
  EXPECT_GT(seen.at("increments"), 0);
  EXPECT_EQ(seen.at("counter"), seen.at("increments"));
  EXPECT_EQ(seen.at("lost_updates"), 0);
  EXPECT_EQ(seen.at("overlapping_holders"), 0);
  EXPECT_EQ(seen.at("tokens_out_of_order"), 0);
  EXPECT_GE(seen.at("late_writes_refused"), 1);
  EXPECT_GT(seen.at("longest_gap_seconds"), 0);
  std::set<std::string> kinds;
  for (const auto& fault : seen.at("faults")) {
    kinds.insert(fault.at("kind"));
  }
  EXPECT_EQ(kinds, (std::set<std::string>{"holder_killed", "holder_stopped", "voter_killed",
                                          "node_joined"}));
  EXPECT_TRUE(nothing_is_left());
}

TEST_F(demo, prints_lines_without_a_terminal_and_clears_up_when_interrupted) {
  program playing({"demo"}, environment());
  ASSERT_TRUE(playing.says("each has had the lock\n"));
  EXPECT_EQ(playing.out().find('\x1b'), std::string::npos);
  playing.signal(SIGINT);
  EXPECT_EQ(playing.wait(), exit_signal_base + SIGINT);
  EXPECT_TRUE(nothing_is_left());
}

}  // namespace

}  // namespace conclave::tools
