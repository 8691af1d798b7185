// `conclave members` and `conclave node`, as users see them.
#include "program.hpp"
#include "tools/exit_codes.hpp"
#include "voters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <set>
#include <string>

namespace conclave::tools {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(members, are_listed_as_json) {
  const voters cluster;
  const finished ended =
      run_program({"members", "--seed", cluster.seed(), "--json", "--voters", "a,b"});
  ASSERT_EQ(ended.exit_code, exit_ok) << ended.err;
  const auto listed = nlohmann::json::parse(ended.out);
  std::set<std::string> names;
  for (const auto& member : listed.at("members")) {
    names.insert(member.at("name"));
    EXPECT_EQ(member.at("status"), "alive");
    EXPECT_EQ(member.at("voter"), member.at("name") != "c");
    EXPECT_GT(member.at("boot"), 0);
    EXPECT_THAT(member.at("address").get<std::string>(), HasSubstr("127.0.0.1:"));
  }
  EXPECT_EQ(names, (std::set<std::string>{"a", "b", "c"}));
}

TEST(members, are_listed_as_a_table_without_those_who_left) {
  const voters cluster;
  ASSERT_EQ(run_program(cluster.run("x", {"--name", "passer-by"}, {"true"})).exit_code, exit_ok);
  ASSERT_TRUE(cluster.at(0).says("left passer-by "));
  const finished ended = run_program({"members", "--seed", cluster.seed()});
  EXPECT_EQ(ended.exit_code, exit_ok) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("NAME"), HasSubstr("\na "), HasSubstr("\nb "),
                               HasSubstr("\nc "), HasSubstr(cluster.seed())));
  EXPECT_THAT(ended.out, Not(HasSubstr("passer-by")));
  EXPECT_THAT(ended.out, Not(HasSubstr("\x1b"))) << "no colours without a terminal";
}

TEST(members, are_printed_again_when_they_change) {
  voters cluster;
  program watching({"members", "--seed", cluster.seed(), "--json", "--watch"});
  ASSERT_TRUE(watching.says("\"c\""));
  program joining({"node", "--name", "late", "--bind", "127.0.0.1:0", "--voters", "a,b,c", "--seed",
                   cluster.seed(), "--metadata", "blue"});
  EXPECT_TRUE(watching.says("\"metadata\":\"blue\""));
  watching.signal(SIGINT);
  EXPECT_EQ(watching.wait(), exit_signal_base + SIGINT);
}

TEST(members, need_a_seed_that_answers) {
  const finished ended = run_program({"members", "--seed", "127.0.0.1:9", "--timeout", "300ms"});
  EXPECT_EQ(ended.exit_code, exit_unavailable);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, HasSubstr("127.0.0.1:9"));
}

TEST(node, says_goodbye_when_it_is_told_to_end) {
  voters cluster;
  cluster.at(2).signal(SIGTERM);
  EXPECT_EQ(cluster.at(2).wait(), exit_ok);
  EXPECT_TRUE(cluster.at(0).says("left c "));
}

TEST(node, names_an_address_that_another_process_has) {
  const voters cluster;
  const finished ended =
      run_program({"node", "--name", "z", "--bind", cluster.seed(), "--voters", "z"});
  EXPECT_EQ(ended.exit_code, exit_unavailable);
  EXPECT_THAT(ended.err, AllOf(HasSubstr(cluster.seed()), HasSubstr("another process")));
}

}  // namespace

}  // namespace conclave::tools
