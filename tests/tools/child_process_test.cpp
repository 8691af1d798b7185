// Other programs, started and never left behind.
#include "tools/child_process.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <csignal>
#include <new>

namespace conclave::tools {

namespace {

child_options shell(const std::string& script) {
  return {.command = {"sh", "-c", script}, .environment = {}, .output_file = {}};
}

TEST(child_process, tells_how_it_ended) {
  EXPECT_EQ(child_process(shell("exit 7")).reap(), 7);
  EXPECT_EQ(child_process(shell("kill -TERM $$")).reap(), exit_signal_base + SIGTERM);
}

TEST(child_process, sees_our_environment_and_what_is_added) {
  child_options options = shell("test \"$ADDED\" = yes && test -n \"$PATH\"");
  options.environment = {{"ADDED", "yes"}};
  EXPECT_EQ(child_process(options).reap(), 0);
}

TEST(child_process, that_cannot_be_started_fails_as_in_a_shell) {
  try {
    const child_process never(
        {.command = {"no-such-command"}, .environment = {}, .output_file = {}});
    ADD_FAILURE();
  } catch (const failure& refused) {
    EXPECT_EQ(refused.exit_code(), exit_not_found);
  }
}

// Who watches the group must know it before the program runs.
TEST(child_process, has_written_its_group_once_it_runs_and_0_when_it_can_not) {
  void* memory = mmap(nullptr, sizeof(std::atomic<pid_t>), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto& group = *new (memory) std::atomic<pid_t>(-1);
  child_options options = shell("sleep 600");
  options.group = &group;
  {
    const child_process runs(options);
    EXPECT_EQ(group.load(), runs.id());
  }
  options.command = {"no-such-command"};
  EXPECT_THROW(const child_process never(options), failure);
  EXPECT_EQ(group.load(), 0);
  munmap(memory, sizeof(std::atomic<pid_t>));
}

TEST(child_process, is_killed_when_it_goes_out_of_scope) {
  pid_t id = 0;
  {
    const child_process endless(shell("sleep 600"));
    id = endless.id();
    EXPECT_EQ(kill(id, 0), 0);
  }
  EXPECT_EQ(kill(id, 0), -1);
}

TEST(child_process, stands_still_when_stopped) {
  // Not through a shell: one that is starting another program may not stop before that has begun.
  child_process stopped({.command = {"sleep", "600"}, .environment = {}, .output_file = {}});
  stopped.signal(SIGSTOP);
  EXPECT_TRUE(stopped.wait_until_stopped());
  EXPECT_EQ(stopped.look(), child_process::state::running);
  stopped.signal(SIGKILL);
  EXPECT_EQ(stopped.reap(), exit_signal_base + SIGKILL);
}

}  // namespace

}  // namespace conclave::tools
