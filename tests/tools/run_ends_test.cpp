// `conclave run` when the lock can't be kept: the command is dead before the lease ends, whatever
// happens to the voters and to `conclave run` itself.
#include "program.hpp"
#include "runtime/clock.hpp"
#include "tools/exit_codes.hpp"
#include "voters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <sstream>
#include <string>

namespace conclave::tools {

namespace {

using ::testing::HasSubstr;

constexpr double lease_seconds = 4;

// The clock of the leases. /proc/uptime shows the same, in hundredths.
double now_seconds() {
  return std::chrono::duration<double>(runtime::boot_time_now().time_since_epoch()).count();
}

// Does not obey, and says again and again that it lives, with the time.
constexpr const char* stubborn =
    "trap 'echo term' TERM; echo pid $$; "
    "while :; do read now rest </proc/uptime; echo $now; sleep 0.02; done";

// Of what the stubborn command wrote.
double last_sign_of_life(const std::string& written) {
  double last = 0;
  std::istringstream lines(written);
  for (std::string line; std::getline(lines, line);) {
    if (line.find('.') != std::string::npos) {
      last = std::stod(line);
    }
  }
  return last;
}

bool runs(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/stat");
  std::string number;
  std::string name;
  std::string state;
  // A zombie has ended; nobody may be there to reap it.
  return static_cast<bool>(file >> number >> name >> state) && state != "Z";
}

class run_ends : public ::testing::Test {
 protected:
  [[nodiscard]] arguments stubborn_run() const {
    return cluster_.run("x", {"--lease-ttl", "4s"}, {"sh", "-c", stubborn});
  }

  voters cluster_{"4s"};
};

// The lease can't have been extended after the voters fell silent: it ends one lease later at the
// latest. The command must be dead by then, though it does not obey.
TEST_F(run_ends, a_command_is_dead_before_the_lease_when_a_majority_is_gone) {
  program held(stubborn_run());
  ASSERT_TRUE(held.says("."));
  cluster_.at(1).signal(SIGSTOP);
  cluster_.at(2).signal(SIGSTOP);
  const double silent_from = now_seconds();
  EXPECT_EQ(held.wait(), exit_lost);
  EXPECT_LT(last_sign_of_life(held.out()), silent_from + lease_seconds);
  EXPECT_THAT(held.out(), HasSubstr("term\n"));
  EXPECT_THAT(held.err(), HasSubstr("conclave: x: the lock could not be kept"));
  EXPECT_THAT(held.err(), HasSubstr("before the lease's end"));
  cluster_.at(1).signal(SIGCONT);
  cluster_.at(2).signal(SIGCONT);
}

TEST_F(run_ends, a_command_that_obeys_gets_to_clear_up) {
  program held(cluster_.run("x", {"--lease-ttl", "4s"},
                            {"sh", "-c",
                             "trap 'echo cleared; exit 0' TERM; echo ready; "
                             "while :; do sleep 0.02; done"}));
  ASSERT_TRUE(held.says("ready"));
  cluster_.at(1).signal(SIGKILL);
  cluster_.at(2).signal(SIGKILL);
  EXPECT_EQ(held.wait(), exit_lost);
  EXPECT_THAT(held.out(), HasSubstr("cleared\n"));
}

TEST_F(run_ends, the_loss_of_a_minority_disturbs_nobody) {
  program held(cluster_.run("x", {"--lease-ttl", "4s"}, {"sh", "-c", "echo ready; exec sleep 8"}));
  ASSERT_TRUE(held.says("ready"));
  cluster_.at(2).signal(SIGKILL);
  EXPECT_EQ(held.wait(), exit_ok) << held.err();
}

TEST_F(run_ends, a_command_is_dead_before_the_lease_when_run_itself_is_stopped) {
  program held(stubborn_run());
  ASSERT_TRUE(held.says("."));
  held.signal(SIGSTOP);
  const double stopped_at = now_seconds();
  const std::string pid = held.out().substr(4, held.out().find('\n') - 4);
  EXPECT_TRUE(eventually([&] { return !runs(pid); }));
  EXPECT_LT(last_sign_of_life(held.out()), stopped_at + lease_seconds);
  held.signal(SIGCONT);
  EXPECT_EQ(held.wait(), exit_lost);
}

TEST_F(run_ends, a_command_and_its_children_die_with_run_itself) {
  program held(cluster_.run(
      "x", {}, {"sh", "-c", "sleep 600 & echo pid $! end; while :; do sleep 1; done"}));
  ASSERT_TRUE(held.says("end"));
  const std::string pid = held.out().substr(4, held.out().find(" end") - 4);
  ASSERT_TRUE(runs(pid));
  held.signal(SIGKILL);
  held.wait();
  EXPECT_TRUE(eventually([&] { return !runs(pid); }));
}

}  // namespace

}  // namespace conclave::tools
