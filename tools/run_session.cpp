// Each step of `conclave run`, and what follows from it.
#include "tools/run_session.hpp"

#include "tools/cluster_options.hpp"
#include "tools/durations.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

namespace conclave::tools {

run_session::run_session(boost::asio::io_context& context, node& member, command_guard& guard,
                         run_plan plan)
    : context_(context),
      node_(member),
      guard_(guard),
      plan_(std::move(plan)),
      lock_(member, plan_.lock),
      signals_(context, {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD},
               [this](int signal) { on_signal(signal); }) {}

void run_session::start() {
  node_.async_join(plan_.join_timeout,
                   [this](boost::system::error_code error) { on_joined(error); });
}

void run_session::on_joined(boost::system::error_code error) {
  if (finishing_) {
    return;
  }
  if (error) {
    finish(exit_code_of(error), join_complaint(node_, error, plan_.join_timeout));
    return;
  }
  auto locked = [this](boost::system::error_code failed, grant held) {
    on_locked(failed, std::move(held));
  };
  if (!plan_.wait) {
    lock_.async_lock(std::move(locked));
  } else if (*plan_.wait > std::chrono::nanoseconds(0)) {
    lock_.async_lock_for(*plan_.wait, std::move(locked));
  } else {
    lock_.async_try_lock(std::move(locked));
  }
}

void run_session::on_locked(boost::system::error_code error, grant held) {
  if (finishing_) {
    return;
  }
  if (error == errc::timed_out || error == errc::would_block) {
    finish(exit_temporary, fmt::format("the lock \"{}\" was not had within --wait {}", plan_.lock,
                                       to_text(*plan_.wait)));
    return;
  }
  if (error) {
    finish(exit_code_of(error),
           fmt::format("the lock \"{}\" can't be had: {}", plan_.lock, error.message()));
    return;
  }
  held_ = std::move(held);
  run_command();
}

void run_session::run_command() {
  try {
    supervisor_.emplace(
        context_, held_, guard_, plan_.limits,
        child_options{.command = plan_.command,
                      .environment = {{"CONCLAVE_TOKEN", std::to_string(held_.token().value())},
                                      {"CONCLAVE_LOCK", plan_.lock}},
                      .terminal = true,
                      .output_file = {}});
  } catch (const failure& failed) {
    finish(failed.exit_code(), failed.what());
  }
}

void run_session::on_signal(int signal) {
  if (supervisor_) {
    if (signal != SIGCHLD) {
      supervisor_->pass_on(signal);
    } else if (!finishing_ && supervisor_->look()) {
      on_command_ended();
    }
  } else if (signal != SIGCHLD && !finishing_) {
    finish(exit_signal_base + signal);
  }
}

void run_session::on_command_ended() {
  const std::string why = supervisor_->why_lost();
  if (why.empty()) {
    finish(supervisor_->exit_code());
  } else {
    finish(exit_lost, fmt::format("{}: {}", plan_.lock, why));
  }
}

void run_session::finish(int exit_code, const std::string& complaint) {
  finishing_ = true;
  exit_code_ = exit_code;
  if (!complaint.empty()) {
    complain(complaint);
  }
  held_.release();
  node_.async_leave([this](boost::system::error_code) { context_.stop(); });
}

}  // namespace conclave::tools
