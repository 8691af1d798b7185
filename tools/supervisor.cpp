// The command's end, step by step.
#include "tools/supervisor.hpp"

#include "runtime/clock.hpp"
#include "tools/durations.hpp"

#include <conclave/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <string_view>

namespace conclave::tools {

using runtime::boot_time_now;

supervisor::supervisor(boost::asio::io_context& context, const grant& held, command_guard& guard,
                       lease_limits limits, const child_options& command)
    : held_(held),
      guard_(guard),
      limits_(limits),
      deadline_(boot_time_now()),
      command_(watched(command)),
      timer_(context.get_executor()) {
  wait();
  on_loss_.emplace(held_.stop_token(), [this] { lost(); });
}

child_options supervisor::watched(child_options command) {
  learn_deadline();
  command.group = &guard_.watch(limits_.guard_at(deadline_));
  return command;
}

// The clock is read first: the deadline comes out earlier than it is, if it is not exact.
void supervisor::learn_deadline() {
  const core::instant now = boot_time_now();
  const core::duration left = held_.remaining();
  if (left > core::duration(0)) {
    deadline_ = std::max(deadline_, now + left);
  }
  guard_.postpone(limits_.guard_at(deadline_));
}

void supervisor::wait() {
  timer_.arm(phase_ == phase::running ? limits_.term_at(deadline_) : kill_at_);
  timer_.wait([this](boost::system::error_code error) {
    if (!error) {
      timer_.fired();
      act();
    }
  });
}

void supervisor::act() {
  const core::instant now = boot_time_now();
  learn_deadline();
  switch (phase_) {
    case phase::running:
      if (limits_.term_at(deadline_) <= now) {
        phase_ = phase::ending;
        kill_at_ = limits_.kill_at(deadline_);
        command_.signal(SIGTERM);
        command_.signal(SIGCONT);  // one that stands still could not obey
      }
      break;
    case phase::ending:
      if (kill_at_ <= now) {
        phase_ = phase::killed;
        command_.signal(SIGKILL);
      }
      break;
    case phase::killed:
      break;
  }
  if (phase_ != phase::killed) {
    wait();
  }
}

// The node gave the lock up: others may have it now, so there is no time for grace.
void supervisor::lost() {
  phase_ = phase::killed;
  command_.signal(SIGKILL);
}

bool supervisor::look() {
  switch (command_.look()) {
    case child_process::state::running:
      return false;
    case child_process::state::suspended:
      // The lease goes on, and nobody would be there to continue it.
      command_.signal(SIGCONT);
      return false;
    case child_process::state::ended:
      break;
  }
  learn_deadline();
  left_at_end_ = deadline_ - std::min(boot_time_now(), guard_.killed_at());
  if (phase_ != phase::running) {
    command_.signal(SIGKILL);  // what it left in its group
  }
  guard_.forget();
  exit_code_ = command_.reap();
  on_loss_.reset();
  // The guard acts while this process stands still.
  if (phase_ == phase::running && (guard_.killed_at() != core::never || !held_.valid())) {
    phase_ = phase::killed;
  }
  return true;
}

std::string supervisor::why_lost() const {
  if (phase_ == phase::running || !left_at_end_) {
    return {};
  }
  const loss_reason reason = held_.reason();
  const bool in_time = *left_at_end_ > core::duration(0);
  const std::string_view why = reason != loss_reason::none         ? to_string(reason)
                               : guard_.killed_at() != core::never ? "this process stood still"
                                                                   : "too few voters answer";
  return fmt::format("the lock could not be kept ({}); the command was dead {} {} the lease's end",
                     why, to_text(in_time ? *left_at_end_ : -*left_at_end_),
                     in_time ? "before" : "after");
}

}  // namespace conclave::tools
