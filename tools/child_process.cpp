// Fork, exec, signals and the terminal.
#include "tools/child_process.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>

namespace conclave::tools {

namespace {

// A list of strings as exec wants it. Built before the fork: afterwards nothing may allocate.
class exec_strings {
 public:
  explicit exec_strings(std::vector<std::string> strings) : strings_(std::move(strings)) {
    for (std::string& one : strings_) {
      pointers_.push_back(one.data());
    }
    pointers_.push_back(nullptr);
  }
  [[nodiscard]] char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& additions) {
  std::map<std::string, std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::size_t equals = text.find('=');
    merged[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
  }
  for (const auto& [name, value] : additions) {
    merged[name] = value;
  }
  std::vector<std::string> entries;
  entries.reserve(merged.size());
  for (const auto& [name, value] : merged) {
    entries.push_back(fmt::format("{}={}", name, value));
  }
  return entries;
}

struct exec_plan {
  exec_strings arguments;
  exec_strings environment;
  int output = -1;  // becomes stdout and stderr
  bool terminal = false;
  int error_pipe = -1;  // gets errno when the program can't be started
  pid_t parent = 0;
  std::atomic<pid_t>* group = nullptr;
  sigset_t blocked{};  // as it was before the fork
};

// In the child, with all signals blocked: only calls that are safe there.
[[noreturn]] void become(const exec_plan& plan) {
  setpgid(0, 0);
  if (plan.group != nullptr) {
    plan.group->store(getpid());
  }
  if (plan.terminal) {
    tcsetpgrp(STDIN_FILENO, getpid());  // SIGTTOU is blocked, so this can't stop us
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) {
    _exit(exit_internal);  // the parent ended before the line above
  }
  if (plan.output >= 0) {
    dup2(plan.output, STDOUT_FILENO);
    dup2(plan.output, STDERR_FILENO);
  }
  // Handlers of this program must not run here. What was ignored stays so, as nohup wants.
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) {
      action = {};
      action.sa_handler = SIG_DFL;
      sigaction(number, &action, nullptr);
    }
  }
  sigprocmask(SIG_SETMASK, &plan.blocked, nullptr);
  execvpe(plan.arguments.get()[0], plan.arguments.get(), plan.environment.get());
  const int error = errno;
  [[maybe_unused]] const ssize_t told = write(plan.error_pipe, &error, sizeof(error));
  _exit(exit_not_executable);
}

// Nothing when the program was started.
std::optional<int> read_error(int pipe) {
  int error = 0;
  ssize_t size = 0;
  do {
    size = read(pipe, &error, sizeof(error));
  } while (size < 0 && errno == EINTR);
  return size == sizeof(error) ? std::optional<int>(error) : std::nullopt;
}

void wait_for(pid_t id, int options, siginfo_t& found) {
  found = {};
  while (waitid(P_PID, static_cast<id_t>(id), &found, options) != 0 && errno == EINTR) {
  }
}

}  // namespace

child_process::child_process(const child_options& options) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) {
    throw system_failure(exit_unavailable, "pipe");
  }
  exec_plan plan{.arguments = exec_strings(options.command),
                 .environment = exec_strings(environment_with(options.environment)),
                 .terminal = options.terminal && tcgetpgrp(STDIN_FILENO) == getpgrp(),
                 .error_pipe = pipe[1],
                 .parent = getpid(),
                 .group = options.group};
  if (!options.output_file.empty()) {
    plan.output =
        open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &plan.blocked);
  id_ = fork();
  const int fork_error = errno;
  if (id_ == 0) {
    become(plan);
  }
  sigprocmask(SIG_SETMASK, &plan.blocked, nullptr);
  close(pipe[1]);
  if (plan.output >= 0) {
    close(plan.output);
  }
  has_terminal_ = plan.terminal;
  const std::optional<int> error = id_ < 0 ? fork_error : read_error(pipe[0]);
  close(pipe[0]);
  if (error) {
    if (id_ > 0) {
      if (options.group != nullptr) {
        options.group->store(0);  // before the number is free for others
      }
      reap();
    }
    throw failure(*error == ENOENT ? exit_not_found : exit_not_executable,
                  fmt::format("{}: {}", options.command.front(), std::strerror(*error)));
  }
}

child_process::~child_process() {
  if (!reaped_) {
    signal(SIGKILL);
    reap();
  }
}

void child_process::signal(int number) const {
  if (!reaped_) {
    kill(-id_, number);
  }
}

child_process::state child_process::look() const {
  siginfo_t found;
  wait_for(id_, WEXITED | WNOHANG | WNOWAIT, found);
  if (found.si_pid == id_) {
    return state::ended;
  }
  wait_for(id_, WSTOPPED | WNOHANG, found);
  return found.si_pid == id_ && found.si_status == SIGTSTP ? state::suspended : state::running;
}

bool child_process::wait_until_stopped() const {
  siginfo_t found;
  wait_for(id_, WEXITED | WSTOPPED | WNOWAIT, found);
  if (found.si_code == CLD_STOPPED) {
    wait_for(id_, WSTOPPED | WNOHANG, found);
    return true;
  }
  return false;
}

int child_process::reap() {
  if (reaped_) {
    return exit_code_;
  }
  siginfo_t found;
  wait_for(id_, WEXITED, found);
  reaped_ = true;
  exit_code_ = found.si_code == CLD_EXITED ? found.si_status : exit_signal_base + found.si_status;
  if (has_terminal_) {
    // We stand in the background now, and would be stopped for asking.
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    sigaction(SIGTTOU, &ignore, &before);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    sigaction(SIGTTOU, &before, nullptr);
  }
  return exit_code_;
}

}  // namespace conclave::tools
