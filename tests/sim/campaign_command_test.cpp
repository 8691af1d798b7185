// conclave-sim campaign, from outside.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

namespace conclave::sim {
namespace {

using nlohmann::json;

struct ended {
  int status = 0;
  json said;
};

// A campaign of a second, or of the first worlds, from seed 1.
ended campaign(const std::string& words, const std::string& minutes = "0.02") {
  std::string file = testing::TempDir() + "conclave-campaign-" + std::string(6, 'X');
  close(mkstemp(file.data()));
  const std::string line = std::string(CONCLAVE_SIM) + " campaign --minutes " + minutes +
                           " --seed 1 --threads 1 --json " + words + " >'" + file +
                           "' 2>&1 </dev/null";
  const int status = std::system(line.c_str());
  std::ifstream from(file);
  const std::string text{std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
  std::filesystem::remove(file);
  json said = json::parse(text, nullptr, false);
  EXPECT_FALSE(said.is_discarded()) << text;
  return {.status = WEXITSTATUS(status), .said = std::move(said)};
}

TEST(campaign, fails_when_something_that_must_happen_never_did) {
  const ended one = campaign("--seeds-enough 1", "0.0001");
  EXPECT_EQ(one.status, 6);
  EXPECT_FALSE(one.said["never_happened"].empty());
  EXPECT_FALSE(one.said.contains("failure"));
}

TEST(campaign, does_not_after_too_few_seeds) {
  const ended one = campaign("");
  EXPECT_EQ(one.status, 0);
  EXPECT_TRUE(one.said["never_happened"].empty());
  EXPECT_GT(one.said["seeds"], 0);
}

TEST(campaign, that_hunts_says_what_never_happened_and_where_it_came_closest) {
  const ended one = campaign("--hunt --seeds-enough 1", "0.0001");
  EXPECT_EQ(one.status, 0);
  EXPECT_FALSE(one.said["never_happened"].empty());
  ASSERT_FALSE(one.said["closest"].empty());
  EXPECT_GT(one.said["closest"][0]["slack_ns"], 0);
  EXPECT_LE(one.said["closest"].size(), one.said["runs"]);
}

}  // namespace
}  // namespace conclave::sim
