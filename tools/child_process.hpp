// Another program, started by this one and never left behind.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace conclave::tools {

struct child_options {
  std::vector<std::string> command;  // looked up in PATH unless it has a slash
  std::vector<std::pair<std::string, std::string>> environment;  // besides our own
  bool terminal = false;                                         // gets the terminal, if we have it
  std::string output_file;  // stdout and stderr are added to it; empty: ours
  // In memory that the new process shares. It writes its group's number there before it runs the
  // program; 0 is written when the program can't be run.
  std::atomic<pid_t>* group = nullptr;
};

// The program runs in a process group of its own. It is killed when the thread that started it
// ends, whatever the reason; so is its group when this object goes before it has ended.
class child_process {
 public:
  // Throws failure: exit_not_found or exit_not_executable, as shells.
  explicit child_process(const child_options& options);
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process();

  [[nodiscard]] pid_t id() const { return id_; }

  // To the program and all that it started in its group. Nothing once it was reaped.
  void signal(int number) const;

  enum class state { running, suspended, ended };
  // Without waiting. `suspended`: by the terminal, once for each time.
  [[nodiscard]] state look() const;
  // Waits until it stands still. False when it has ended instead.
  [[nodiscard]] bool wait_until_stopped() const;
  // Waits for the end if need be. Its exit code, or 128 and the signal. After this its number may
  // belong to somebody else.
  int reap();
  [[nodiscard]] bool reaped() const { return reaped_; }

 private:
  pid_t id_ = -1;
  bool has_terminal_ = false;
  bool reaped_ = false;
  int exit_code_ = 0;
};

}  // namespace conclave::tools
