// The guard's life: sleep until something must be killed.
#include "tools/command_guard.hpp"

#include "runtime/clock.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <new>

namespace conclave::tools {

namespace {

using shared_state = command_guard::shared_state;
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "two processes share it");

constexpr std::int64_t look_again_ns = 10'000'000;

std::int64_t now_ns() {
  return runtime::boot_time_now().time_since_epoch().count();
}

void kill_group(shared_state& state) {
  const pid_t group = state.group.exchange(0);
  if (group > 0) {
    kill(-group, SIGKILL);
    state.killed_at_ns.store(now_ns());
  }
}

// On the clock of the leases, which goes on while the machine is suspended. 0: not at all.
void arm(int timer, std::int64_t when_ns) {
  itimerspec when{};
  when.it_value.tv_sec = when_ns / 1'000'000'000;
  when.it_value.tv_nsec = when_ns % 1'000'000'000;
  timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr);
}

[[noreturn]] void guard(shared_state& state, int pipe) {
  setsid();  // away from the terminal, whose signals are for the others
  prctl(PR_SET_NAME, "conclave-guard");
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE}) {
    std::signal(number, SIG_IGN);
  }
  // Whoever reads our parent's output must not wait for us.
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    close(descriptor);
  }
  const int timer = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
  for (;;) {
    std::array<pollfd, 2> watched{{{pipe, POLLIN, 0}, {timer, POLLIN, 0}}};
    poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) {
      std::array<char, 16> words{};
      const ssize_t size = read(pipe, words.data(), words.size());
      if (size == 0 || (size < 0 && errno != EINTR)) {
        kill_group(state);  // the parent is gone
        _exit(exit_ok);
      }
    }
    std::int64_t next = state.kill_at_ns.load();
    const std::int64_t now = now_ns();
    if (next != 0 && next <= now) {
      kill_group(state);
      next = now + look_again_ns;  // it may only be about to start
    }
    arm(timer, next);
  }
}

}  // namespace

command_guard::command_guard() {
  void* memory = mmap(nullptr, sizeof(shared_state), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  std::array<int, 2> pipe{};
  if (memory == MAP_FAILED || pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw system_failure(exit_unavailable, "the command's guard");
  }
  state_ = new (memory) shared_state;
  id_ = fork();
  if (id_ == 0) {
    close(pipe[1]);
    guard(*state_, pipe[0]);
  }
  close(pipe[0]);
  pipe_ = pipe[1];
  if (id_ < 0) {
    throw system_failure(exit_unavailable, "the command's guard");
  }
}

command_guard::~command_guard() {
  close(pipe_);
  while (waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
  munmap(state_, sizeof(shared_state));
}

std::atomic<pid_t>& command_guard::watch(core::instant kill_at) {
  postpone(kill_at);
  [[maybe_unused]] const ssize_t woken = write(pipe_, "!", 1);
  return state_->group;
}

// The guard finds it when the timer that it has set fires.
void command_guard::postpone(core::instant kill_at) {
  state_->kill_at_ns.store(kill_at.time_since_epoch().count());
}

void command_guard::forget() {
  state_->kill_at_ns.store(0);
  state_->group.store(0);
}

core::instant command_guard::killed_at() const {
  const std::int64_t ns = state_->killed_at_ns.load();
  return ns == 0 ? core::never : core::instant(core::duration(ns));
}

}  // namespace conclave::tools
