// The course of one `conclave run`: join, lock, run, leave.
#pragma once

#include "tools/child_process.hpp"
#include "tools/command_guard.hpp"
#include "tools/lease_limits.hpp"
#include "tools/signals.hpp"
#include "tools/supervisor.hpp"

#include <conclave/conclave.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace conclave::tools {

struct run_plan {
  std::string lock;
  std::optional<std::chrono::nanoseconds> wait;  // nothing: for ever; 0: not at all
  std::chrono::nanoseconds join_timeout{};
  lease_limits limits;
  std::vector<std::string> command;
};

// Everything happens on the context's one thread; its run() returns when all is over.
class run_session {
 public:
  // Throws boost::system::system_error for a lock name that is none.
  run_session(boost::asio::io_context& context, node& member, command_guard& guard, run_plan plan);

  void start();
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  void on_joined(boost::system::error_code error);
  void on_locked(boost::system::error_code error, grant held);
  void run_command();
  void on_signal(int signal);
  void on_command_ended();
  void finish(int exit_code, const std::string& complaint = {});

  boost::asio::io_context& context_;
  node& node_;
  command_guard& guard_;
  run_plan plan_;
  mutex lock_;
  signal_watch signals_;
  grant held_;
  std::optional<supervisor> supervisor_;
  bool finishing_ = false;
  int exit_code_ = 0;
};

}  // namespace conclave::tools
