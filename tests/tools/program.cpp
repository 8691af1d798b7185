// Processes and the files that hold their output.
#include "program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

namespace conclave::tools {

namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::chrono::milliseconds look_interval{10};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

[[noreturn]] void become(const std::string& folder, std::vector<char*> command,
                         const program::variables& environment) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The settings of whoever runs the tests are not ours.
  for (const char* name :
       {"CONCLAVE_SEEDS", "CONCLAVE_VOTERS", "CONCLAVE_CLUSTER", "CONCLAVE_KEY_FILE"}) {
    unsetenv(name);
  }
  for (const auto& [name, value] : environment) {
    setenv(name.c_str(), value.c_str(), 1);
  }
  dup2(open((folder + "/out").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDOUT_FILENO);
  dup2(open((folder + "/err").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600), STDERR_FILENO);
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  execv(command[0], command.data());
  _exit(99);
}

}  // namespace

bool eventually(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) {
      return false;
    }
    std::this_thread::sleep_for(look_interval);
  }
  return true;
}

program::program(const arguments& options, const variables& environment) {
  arguments line{CONCLAVE_COMMAND};
  line.insert(line.end(), options.begin(), options.end());
  std::vector<char*> command;
  for (std::string& word : line) {
    command.push_back(word.data());
  }
  command.push_back(nullptr);
  id_ = fork();
  if (id_ == 0) {
    become(folder_.path(), command, environment);
  }
}

program::~program() {
  if (!over_) {
    signal(SIGKILL);
    wait();
  }
}

void program::signal(int number) const {
  if (!over_) {
    kill(id_, number);
  }
}

int program::wait() {
  int status = 0;
  if (!over_ && !eventually([&] { return waitpid(id_, &status, WNOHANG) == id_; })) {
    ADD_FAILURE() << "conclave hangs; it said: " << out() << err();
    kill(id_, SIGKILL);
    waitpid(id_, &status, 0);
  }
  if (!over_) {
    over_ = true;
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return exit_code_;
}

std::string program::out() const {
  return read_file(folder_.path() + "/out");
}

std::string program::err() const {
  return read_file(folder_.path() + "/err");
}

bool program::says(const std::string& text) const {
  return eventually([&] { return out().find(text) != std::string::npos; });
}

finished run_program(const arguments& options, const program::variables& environment) {
  program started(options, environment);
  const int exit_code = started.wait();
  return {.exit_code = exit_code, .out = started.out(), .err = started.err()};
}

}  // namespace conclave::tools
