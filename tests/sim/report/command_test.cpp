// conclave-sim report from outside: the file, what is said about it, and exit codes.
#include "sim/report/recording_json.hpp"
#include "tools/child_process.hpp"
#include "tools/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace conclave::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int kept = 0;
constexpr int promise_broken = 3;
constexpr int usage = 64;
constexpr int not_written = 74;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class report_command : public testing::Test {
 protected:
  // Runs it in a folder of its own; its exit code. What it says is in said() then.
  int report(const std::vector<std::string>& options) {
    std::string line = "cd \"$0\" && exec \"$@\"";
    std::vector<std::string> command{"/bin/sh", "-c", line, folder_.path(), CONCLAVE_SIM_COMMAND,
                                     "report"};
    command.insert(command.end(), options.begin(), options.end());
    std::filesystem::remove(path("said"));
    tools::child_process running(
        {.command = command, .environment = {}, .output_file = path("said")});
    return running.reap();
  }
  [[nodiscard]] std::string said() const { return read_file(path("said")); }
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }

  tools::temporary_folder folder_{"conclave-report"};
};

TEST_F(report_command, writes_a_page_named_after_the_seed_and_says_how_big_it_is) {
  ASSERT_EQ(report({"--seed", "1"}), kept) << said();
  const std::string page = read_file(path("conclave-seed-1.html"));
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>"));
  EXPECT_THAT(said(), HasSubstr("conclave-seed-1.html: " + std::to_string(page.size()) + " bytes"));
  EXPECT_THAT(said(), HasSubstr("overlaps 0"));
}

TEST_F(report_command, makes_of_a_recording_what_it_makes_of_the_run) {
  ASSERT_EQ(report({"--seed", "1", "--format", "json", "--output", "run.json"}), kept);
  for (const std::string format : {"html", "shiviz", "json"}) {
    ASSERT_EQ(report({"--seed", "1", "--format", format, "--output", "run"}), kept);
    ASSERT_EQ(report({"--input", "run.json", "--format", format, "--output", "read"}), kept);
    EXPECT_EQ(read_file(path("run")), read_file(path("read"))) << format;
    EXPECT_FALSE(read_file(path("run")).empty());
  }
}

TEST_F(report_command, ends_like_a_run_whose_promise_broke_when_beliefs_overlap) {
  EXPECT_EQ(report({"--input", CONCLAVE_TWO_HOLDERS, "--output", "two.html", "--json"}),
            promise_broken);
  const auto json = nlohmann::json::parse(said());
  EXPECT_EQ(json["file"], "two.html");
  EXPECT_EQ(json["overlaps"], 1);
  EXPECT_EQ(json["outcome"], "promise_broken");
  EXPECT_EQ(json["bytes"], std::filesystem::file_size(path("two.html")));
}

TEST_F(report_command, keeps_the_part_asked_for_and_says_what_it_left_out) {
  ASSERT_EQ(report({"--seed", "2", "--from", "1", "--to", "2.5", "--events-max", "1000", "--format",
                    "json"}),
            kept);
  EXPECT_THAT(said(), HasSubstr("only the last of "));
  const recording part = recording_of(read_file(path("conclave-seed-2.json")));
  EXPECT_EQ(part.events.size(), 1'000U);
  EXPECT_GT(part.events_total, 1'000U);
  EXPECT_GT(part.first_event, 0U);
  EXPECT_LE(part.events.back().at, true_time(std::chrono::milliseconds(2'500)));
}

TEST_F(report_command, refuses_wrong_usage_and_names_files_that_it_cannot_use) {
  EXPECT_EQ(report({"--seed", "1", "--input", "x.json"}), usage);
  EXPECT_EQ(report({"--seed", "1", "--format", "painting"}), usage);
  EXPECT_EQ(report({"--seed", "1", "--from", "2", "--to", "1"}), usage);
  EXPECT_THAT(said(), HasSubstr("--to: is not later than --from"));
  EXPECT_EQ(report({"--input", "none.json"}), usage);
  EXPECT_THAT(said(), HasSubstr("can't read none.json"));
  std::ofstream(path("bad.json")) << "[1, 2";
  EXPECT_EQ(report({"--input", "bad.json"}), usage);
  EXPECT_THAT(said(), HasSubstr("bad.json: not a recording"));
  EXPECT_EQ(report({"--seed", "1", "--output", "no/such/folder"}), not_written);
  EXPECT_THAT(said(), HasSubstr("can't write no/such/folder"));
}

}  // namespace
}  // namespace conclave::sim
