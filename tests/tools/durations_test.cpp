// Durations as users write them.
#include "tools/durations.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace conclave::tools {

namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(durations, have_a_number_and_a_unit) {
  EXPECT_EQ(parse_duration("--wait", "500ms"), 500ms);
  EXPECT_EQ(parse_duration("--wait", "30s"), 30s);
  EXPECT_EQ(parse_duration("--wait", "1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("--wait", "2m"), 2min);
  EXPECT_EQ(parse_duration("--wait", "1h"), 1h);
  EXPECT_EQ(parse_duration("--wait", "0s"), 0s);
}

TEST(durations, that_are_none_are_named_with_their_option) {
  for (const std::string text :
       {"", "30", "s", "1 s", "1d", "-1s", "1e3s", "infs", "nans", "1000000h", "1s2ms", "0x10s"}) {
    try {
      static_cast<void>(parse_duration("--wait", text));
      ADD_FAILURE() << text << " was taken";
    } catch (const failure& refused) {
      EXPECT_EQ(refused.exit_code(), exit_usage);
      EXPECT_THAT(refused.what(), AllOf(HasSubstr("--wait"), HasSubstr("\"" + text + "\"")));
    }
  }
}

TEST(durations, are_written_as_they_are_read) {
  EXPECT_EQ(to_text(500ms), "500ms");
  EXPECT_EQ(to_text(1500ms), "1.5s");
  EXPECT_EQ(to_text(10s), "10s");
  EXPECT_EQ(to_text(0s), "0ms");
}

}  // namespace

}  // namespace conclave::tools
