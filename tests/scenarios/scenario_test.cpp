// Golden scenarios: each file's commands must give exactly the trace that stands in it.
//
// CONCLAVE_REWRITE=1 writes the traces anew; read the difference before it is committed.
#include "scenario.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>

namespace conclave::sim {
namespace {

std::vector<std::string> scenario_files() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(CONCLAVE_SCENARIOS)) {
    if (entry.path().extension() == ".txt" && entry.path().filename() != "CMakeLists.txt") {
      paths.push_back(entry.path().string());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

class scenario : public testing::TestWithParam<std::string> {};

TEST_P(scenario, gives_its_trace) {
  const std::vector<scenario_block> blocks = read_scenario(GetParam());
  ASSERT_FALSE(blocks.empty());
  const std::vector<std::string> traces = play(blocks);
  if (std::getenv("CONCLAVE_REWRITE") != nullptr) {
    write_scenario(GetParam(), blocks, traces);
    return;
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(traces[i], blocks[i].expected)
        << "after: " << testing::PrintToString(blocks[i].commands);
    EXPECT_EQ(traces[i].find("BROKEN"), std::string::npos) << "a promise is broken";
    EXPECT_EQ(traces[i].find("NO PROGRESS"), std::string::npos) << "somebody is not served";
  }
}

INSTANTIATE_TEST_SUITE_P(, scenario, testing::ValuesIn(scenario_files()), [](const auto& one) {
  std::string name = std::filesystem::path(one.param).stem().string();
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace conclave::sim
