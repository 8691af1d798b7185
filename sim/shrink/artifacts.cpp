// Texts that people keep.
#include "sim/shrink/artifacts.hpp"

namespace conclave::sim {

std::string scenario_of(const plan& failing, const std::string& what) {
  return "# Fails: " + what + "\n# Once it does not: CONCLAVE_REWRITE=1 writes the trace.\n\n" +
         to_text(failing) + "----\n";
}

std::string test_of(const plan& failing, const std::string& name, const std::string& what) {
  std::string text = "// Fails: " + what + "\n";
  text += R"(#include "sim/plan.hpp"
#include "sim/simulation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace conclave::sim {
namespace {

TEST(shrunk, )";
  text += name + ") {\n  const auto read = read_plan(R\"plan(\n" + to_text(failing);
  text += R"()plan");
  ASSERT_TRUE(std::holds_alternative<plan>(read)) << std::get<std::string>(read);
  const run_result result = simulation(std::get<plan>(read), {}).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
}

}  // namespace
}  // namespace conclave::sim
)";
  return text;
}

}  // namespace conclave::sim
