// Bad input gets one line that names the value and the rule, and exit code 64; help has examples.
#include "program.hpp"
#include "tools/exit_codes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace conclave::tools {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct mistake {
  arguments options;
  std::vector<std::string> said;  // the value, the rule
};

arguments run_with(const arguments& options) {
  arguments line{"run", "--lock", "x", "--seed", "127.0.0.1:9", "--voters", "a,b,c"};
  line.insert(line.end(), options.begin(), options.end());
  line.insert(line.end(), {"--", "true"});
  return line;
}

TEST(usage, bad_options_get_one_line_that_names_value_and_rule) {
  const std::vector<mistake> mistakes{
      {{"juggle"}, {"juggle", "not expected"}},
      {{"run", "--", "true"}, {"--lock", "required"}},
      {{"run", "--lock", "x", "--seed", "127.0.0.1:9", "--voters", "a"}, {"nothing to run"}},
      {{"run", "--lock", "x", "--voters", "a", "--", "true"}, {"--seed"}},
      {{"run", "--lock", "x", "--seed", "127.0.0.1:9", "--", "true"}, {"--voters"}},
      {{"run", "--lock", "x", "--seed", "nonsense", "--voters", "a", "--", "true"},
       {"nonsense", "host:port"}},
      {run_with({"--wait", "30"}), {"--wait", "\"30\"", "unit"}},
      {run_with({"--wait", "soon"}), {"--wait", "\"soon\"", "500ms"}},
      {run_with({"--wait", "5d"}), {"\"5d\"", "ms, s, m and h"}},
      {run_with({"--grace", "5s"}), {"--grace is 5s", "--lease-ttl 10s", "at most 3s"}},
      {run_with({"--lease-ttl", "20s"}), {"lease_ttl is 20000", "lease_ttl_max of 10000"}},
      {run_with({"--voters", "a"}), {"\"a\" twice"}},
      {run_with({"--name", "a"}), {"\"a\"", "voter"}},
      {run_with({"--name", std::string(256, 'n')}), {"256 bytes", "1 to 255"}},
      {{"run", "--lock", std::string(256, 'n'), "--seed", "127.0.0.1:9", "--voters", "a", "--",
        "true"},
       {"1 to 255"}},
      {run_with({"--lock", "y"}), {"--lock", "At Most 1"}},
      {run_with({"--key-file", "/no/such"}), {"--key-file /no/such"}},
      {run_with({"--bind", "127.0.0.1:99999"}), {"127.0.0.1:99999"}},
      {{"members"}, {"--seed"}},
      {{"members", "--seed", "127.0.0.1:9", "--timeout", "-1s"}, {"--timeout", "negative"}},
      {{"node", "--bind", "127.0.0.1:0", "--voters", "a"}, {"--name", "required"}},
      {{"node", "--name", "a", "--bind", "127.0.0.1:0"}, {"--voters"}},
      {{"demo", "--seconds", "0"}, {"--seconds", "1 to 600"}},
      {{"demo", "--", "more"}, {"\"more\""}},
  };
  for (const mistake& one : mistakes) {
    const finished ended = run_program(one.options);
    EXPECT_EQ(ended.exit_code, exit_usage) << ended.err;
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, StartsWith("conclave: "));
    EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1) << ended.err;
    for (const std::string& part : one.said) {
      EXPECT_THAT(ended.err, HasSubstr(part));
    }
  }
}

TEST(usage, without_a_command_it_shows_the_help_as_a_mistake) {
  const finished ended = run_program({});
  EXPECT_EQ(ended.exit_code, exit_usage);
  EXPECT_THAT(ended.err, HasSubstr("Usage: conclave"));
}

TEST(usage, every_command_has_help_with_an_example_and_its_exit_codes) {
  for (const std::string command : {"run", "members", "node", "demo"}) {
    const finished ended = run_program({command, "--help"});
    EXPECT_EQ(ended.exit_code, exit_ok);
    EXPECT_EQ(ended.err, "");
    EXPECT_THAT(ended.out, AllOf(HasSubstr("Usage: conclave " + command), HasSubstr("Example"),
                                 HasSubstr("  conclave " + command), HasSubstr("Exit codes:")));
  }
}

TEST(usage, tells_its_version) {
  const finished ended = run_program({"--version"});
  EXPECT_EQ(ended.exit_code, exit_ok);
  EXPECT_THAT(ended.out, ::testing::MatchesRegex("conclave [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

}  // namespace

}  // namespace conclave::tools
