// `conclave locks` and `conclave explain`, as users see them.
#include "program.hpp"
#include "tools/exit_codes.hpp"
#include "tools/lock_list.hpp"
#include "voters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <string>
#include <vector>

namespace conclave::tools {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(locks, are_listed_and_explained_while_a_program_holds_one) {
  const voters cluster;
  program holding(
      cluster.run("nightly", {"--name", "worker"}, {"sh", "-c", "echo held; sleep 600"}));
  ASSERT_TRUE(holding.says("held"));

  const finished listed = run_program({"locks", "--seed", cluster.seed(), "--json"});
  ASSERT_EQ(listed.exit_code, exit_ok) << listed.err;
  const auto locks = nlohmann::json::parse(listed.out).at("locks");
  ASSERT_EQ(locks.size(), 1U);
  EXPECT_EQ(locks[0].at("lock"), "nightly");
  EXPECT_EQ(locks[0].at("holder"), "worker");
  EXPECT_EQ(locks[0].at("waiting"), 0);
  EXPECT_THAT(run_program({"locks", "--seed", cluster.seed()}).out,
              AllOf(HasSubstr("LOCK"), HasSubstr("\nnightly"), HasSubstr("worker")));

  const finished told = run_program({"explain", "nightly", "--seed", cluster.seed()});
  EXPECT_EQ(told.exit_code, exit_ok) << told.err;
  EXPECT_THAT(told.out, AllOf(HasSubstr("lock \"nightly\": "), HasSubstr("worker has it"),
                              HasSubstr("voter a: "), HasSubstr("lent to worker request ")));
  const finished told_json =
      run_program({"explain", "nightly", "--seed", cluster.seed(), "--json"});
  const auto explained = nlohmann::json::parse(told_json.out);
  EXPECT_EQ(explained.at("voters").size(), 3U);
  EXPECT_EQ(explained.at("voters")[0].at("lent")[0].at("node"), "worker");
  holding.signal(SIGTERM);
  holding.wait();
}

TEST(locks, names_that_others_chose_do_not_move_the_cursor) {
  lock_explanation said{.lock = "l", .node = "me", .why = "\x1b[2J has it."};
  said.voters.push_back({.name = "a\rb", .answered = true, .lent = {{.node = "\x1b[1m"}}});
  const std::string text = to_text(said);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_THAT(text, AllOf(HasSubstr("?[2J has it."), HasSubstr("voter a?b: "),
                          HasSubstr("lent to ?[1m request")));
  const std::vector<lock_listing> listed{{.lock = "\x1b[2J", .holder = "b\x07"}};
  EXPECT_EQ(to_table(listed).find('\x1b'), std::string::npos);
}

TEST(locks, need_a_seed_and_a_name) {
  EXPECT_EQ(run_program({"locks"}).exit_code, exit_usage);
  EXPECT_EQ(run_program({"explain", "--seed", "127.0.0.1:1"}).exit_code, exit_usage);
  EXPECT_EQ(run_program({"explain", std::string(256, 'x'), "--seed", "127.0.0.1:1"}).exit_code,
            exit_usage);
}

}  // namespace

}  // namespace conclave::tools
