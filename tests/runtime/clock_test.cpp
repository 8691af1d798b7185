// The clock of the leases goes on while the machine is suspended.
#include "runtime/clock.hpp"

#include "runtime/deadline_timer.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <functional>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace conclave::runtime {
namespace {

using namespace std::chrono_literals;

constexpr int holds = 0, fails = 1, not_permitted = 2;

int exit_code_of(pid_t process) {
  int status = 0;
  return waitpid(process, &status, 0) == process && WIFEXITED(status) ? WEXITSTATUS(status) : fails;
}

bool set_boot_time_a_day_ahead() {
  std::FILE* offsets = std::fopen("/proc/self/timens_offsets", "w");
  if (offsets == nullptr) {
    return false;
  }
  const bool written = std::fputs("boottime 86400 0\n", offsets) >= 0;
  return std::fclose(offsets) == 0 && written;
}

// In a process for which CLOCK_BOOTTIME is a day ahead of CLOCK_MONOTONIC, as on a machine that was
// suspended for a day. The kernel's time namespaces do that, for who may have one.
int after_a_day_of_suspension(const std::function<bool()>& rule) {
  const pid_t outside = fork();
  if (outside == 0) {
    if (unshare(CLONE_NEWTIME) != 0 || !set_boot_time_a_day_ahead()) {
      _exit(not_permitted);
    }
    const pid_t inside = fork();
    if (inside == 0) {
      _exit(rule() ? holds : fails);
    }
    _exit(exit_code_of(inside));
  }
  return exit_code_of(outside);
}

TEST(clock, counts_the_time_of_a_suspension) {
  const int result = after_a_day_of_suspension([] {
    timespec awake{};
    clock_gettime(CLOCK_MONOTONIC, &awake);
    return boot_time_now().time_since_epoch() > std::chrono::seconds(awake.tv_sec) + 23h;
  });
  if (result == not_permitted) {
    GTEST_SKIP() << "no right to make a time namespace";
  }
  EXPECT_EQ(result, holds);
}

TEST(clock, is_the_one_that_timers_wait_for) {
  const int result = after_a_day_of_suspension([] {
    boost::asio::io_context context;
    deadline_timer timer(context.get_executor());
    bool fired = false;
    timer.arm(boot_time_now() + 1ms);
    timer.wait([&](boost::system::error_code error) { fired = !error; });
    context.run_for(60s);
    return fired;
  });
  if (result == not_permitted) {
    GTEST_SKIP() << "no right to make a time namespace";
  }
  EXPECT_EQ(result, holds);
}

}  // namespace
}  // namespace conclave::runtime
