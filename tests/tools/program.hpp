// Starting `conclave` as users do, and reading what it says.
#pragma once

#include "tools/temporary_folder.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace conclave::tools {

using arguments = std::vector<std::string>;

// Looks again and again until it is so. False after a time that only a hanging program needs.
bool eventually(const std::function<bool()>& condition);

// A running `conclave`, killed when the object goes.
class program {
 public:
  using variables = std::vector<std::pair<std::string, std::string>>;

  explicit program(const arguments& options, const variables& environment = {});
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program();

  [[nodiscard]] pid_t id() const { return id_; }
  void signal(int number) const;
  // The exit code, or 128 and the signal. A program that hangs is killed, and this says so.
  int wait();

  // So far.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;
  // Waits until stdout has this text.
  [[nodiscard]] bool says(const std::string& text) const;

 private:
  temporary_folder folder_{"conclave-test"};
  pid_t id_ = -1;
  bool over_ = false;
  int exit_code_ = 0;
};

struct finished {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// To its end.
finished run_program(const arguments& options, const program::variables& environment = {});

}  // namespace conclave::tools
