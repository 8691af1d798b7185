// Watches a command that runs under a lock, and ends it before the lock's lease does.
#pragma once

#include "base/time.hpp"
#include "runtime/deadline_timer.hpp"
#include "tools/child_process.hpp"
#include "tools/command_guard.hpp"
#include "tools/lease_limits.hpp"

#include <conclave/grant.hpp>

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace conclave::tools {

class supervisor {
 public:
  // Starts the command; throws failure when that can't be done. All else must outlive this.
  supervisor(boost::asio::io_context& context, const grant& held, command_guard& guard,
             lease_limits limits, const child_options& command);

  // SIGCHLD came. True when the command has ended; then the two below say how.
  bool look();
  [[nodiscard]] int exit_code() const { return exit_code_; }
  // Why the command was ended, or would have had to be; empty when it ran under the lock to its
  // end.
  [[nodiscard]] std::string why_lost() const;

  // For the command and all that it started.
  void pass_on(int signal) const { command_.signal(signal); }

 private:
  enum class phase { running, ending, killed };

  void learn_deadline();
  [[nodiscard]] child_options watched(child_options command);
  void wait();
  void act();
  void lost();

  const grant& held_;
  command_guard& guard_;
  lease_limits limits_;
  core::instant deadline_;  // the greatest known; it stays true
  child_process command_;
  runtime::deadline_timer timer_;
  core::instant kill_at_ = core::never;
  phase phase_ = phase::running;
  int exit_code_ = 0;
  std::optional<core::duration> left_at_end_;  // of the lease; negative: it was over
  std::optional<std::stop_callback<std::function<void()>>> on_loss_;
};

}  // namespace conclave::tools
