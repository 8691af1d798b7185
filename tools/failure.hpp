// Why a command ends early: the sentence that its user reads, and the exit code.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <stdexcept>
#include <string>

namespace conclave::tools {

class failure : public std::runtime_error {
 public:
  failure(int exit_code, const std::string& what)
      : std::runtime_error(what), exit_code_(exit_code) {}

  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// The exit code for an error of the library.
[[nodiscard]] int exit_code_of(boost::system::error_code error);

// From the system's errno, as in "bind: Permission denied".
[[nodiscard]] failure system_failure(int exit_code, const std::string& what);

// The one line on stderr.
void complain(const std::string& what);

}  // namespace conclave::tools
