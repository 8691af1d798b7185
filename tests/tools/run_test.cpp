// `conclave run` in a healthy cluster: the command's life and exit code, tokens, turns, errors.
#include "program.hpp"
#include "tools/exit_codes.hpp"
#include "voters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace conclave::tools {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class run : public ::testing::Test {
 protected:
  [[nodiscard]] finished shell(const std::string& lock, const arguments& options,
                               const std::string& script) const {
    return run_program(cluster_.run(lock, options, {"sh", "-c", script}));
  }

  voters cluster_;
};

TEST_F(run, passes_the_commands_exit_code_on) {
  EXPECT_EQ(shell("x", {}, "exit 7").exit_code, 7);
  EXPECT_EQ(shell("x", {}, "exit 0").exit_code, 0);
  EXPECT_EQ(shell("x", {}, "kill -KILL $$").exit_code, exit_signal_base + SIGKILL);
}

TEST_F(run, leaves_output_to_the_command) {
  const finished ended = shell("x", {}, "echo out; echo err >&2");
  EXPECT_EQ(ended.out, "out\n");
  EXPECT_EQ(ended.err, "err\n");
}

TEST_F(run, tells_the_command_its_lock_and_a_rising_token) {
  long long last = 0;
  for (int i = 0; i < 3; ++i) {
    const finished ended = shell("orders/42", {}, "echo $CONCLAVE_TOKEN $CONCLAVE_LOCK");
    EXPECT_THAT(ended.out, HasSubstr(" orders/42\n"));
    const long long token = std::stoll(ended.out);
    EXPECT_GT(token, last);
    last = token;
  }
}

TEST_F(run, gives_up_in_time_when_another_holds_the_lock) {
  program holder(cluster_.run("x", {}, {"sh", "-c", "echo mine; exec sleep 60"}));
  ASSERT_TRUE(holder.says("mine"));
  for (const std::string wait : {"200ms", "0s"}) {
    const finished ended = shell("x", {"--wait", wait}, "echo never");
    EXPECT_EQ(ended.exit_code, exit_temporary);
    EXPECT_EQ(ended.out, "");
    EXPECT_THAT(ended.err, AllOf(HasSubstr("\"x\""), HasSubstr("--wait")));
  }
  EXPECT_EQ(shell("another", {"--wait", "10s"}, "exit 0").exit_code, exit_ok);
}

TEST_F(run, waits_for_its_turn) {
  program first(cluster_.run("x", {}, {"sh", "-c", "echo $CONCLAVE_TOKEN; exec sleep 60"}));
  ASSERT_TRUE(first.says("\n"));
  program second(cluster_.run("x", {}, {"sh", "-c", "echo $CONCLAVE_TOKEN"}));
  // It is known to the voters once it has joined, and has its place a moment later.
  ASSERT_TRUE(cluster_.at(0).says("joined run-"));
  EXPECT_EQ(second.out(), "");
  first.signal(SIGTERM);
  EXPECT_EQ(first.wait(), exit_signal_base + SIGTERM);
  EXPECT_EQ(second.wait(), exit_ok);
  EXPECT_GT(std::stoll(second.out()), std::stoll(first.out()));
}

TEST_F(run, passes_signals_on_and_releases_when_the_command_has_ended) {
  program trapping(cluster_.run(
      "x", {}, {"sh", "-c", "trap 'exit 9' TERM; echo ready; while :; do sleep 0.02; done"}));
  ASSERT_TRUE(trapping.says("ready"));
  trapping.signal(SIGTERM);
  EXPECT_EQ(trapping.wait(), 9);
  EXPECT_EQ(shell("x", {"--wait", "0s"}, "exit 0").exit_code, exit_ok);
}

TEST_F(run, a_signal_ends_the_waiting) {
  program holder(cluster_.run("x", {}, {"sh", "-c", "echo mine; exec sleep 60"}));
  ASSERT_TRUE(holder.says("mine"));
  program waiting(cluster_.run("x", {"--name", "waiting"}, {"true"}));
  ASSERT_TRUE(cluster_.at(0).says("joined waiting "));
  waiting.signal(SIGTERM);
  EXPECT_EQ(waiting.wait(), exit_signal_base + SIGTERM);
}

TEST_F(run, a_command_that_cannot_be_started_ends_as_in_a_shell) {
  const finished missing = run_program(cluster_.run("x", {}, {"no-such-command"}));
  EXPECT_EQ(missing.exit_code, exit_not_found);
  EXPECT_THAT(missing.err, HasSubstr("conclave: no-such-command: "));
  const finished plain = run_program(cluster_.run("x", {}, {"/etc/passwd"}));
  EXPECT_EQ(plain.exit_code, exit_not_executable);
  EXPECT_THAT(plain.err, HasSubstr("/etc/passwd"));
  // And the lock is free again.
  EXPECT_EQ(shell("x", {"--wait", "0s"}, "exit 0").exit_code, exit_ok);
}

TEST_F(run, reads_seeds_and_voters_from_the_environment) {
  const finished ended = run_program(
      {"run", "--lock", "x", "--", "sh", "-c", "exit 5"},
      {{"CONCLAVE_SEEDS", "127.0.0.1:9," + cluster_.seed()}, {"CONCLAVE_VOTERS", "a,b,c"}});
  EXPECT_EQ(ended.exit_code, 5) << ended.err;
}

TEST_F(run, says_when_the_voters_have_another_roster) {
  const finished ended = run_program({"run", "--lock", "x", "--seed", cluster_.seed(), "--voters",
                                      "a,b,z", "--wait", "20s", "--", "true"});
  EXPECT_EQ(ended.exit_code, exit_roster) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("roster"));
}

TEST(run_alone, says_which_seeds_did_not_answer) {
  // Port 9, discard: nobody listens there.
  const finished ended = run_program({"run", "--lock", "x", "--seed", "127.0.0.1:9", "--voters",
                                      "a,b,c", "--join-timeout", "300ms", "--", "true"});
  EXPECT_EQ(ended.exit_code, exit_temporary);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("127.0.0.1:9"), HasSubstr("300ms")));
}

}  // namespace

}  // namespace conclave::tools
