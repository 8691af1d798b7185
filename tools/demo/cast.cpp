// Signals to the demo's own processes, and to no others.
#include "tools/demo/cast.hpp"

#include "runtime/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <utility>

namespace conclave::tools::demo {

using runtime::boot_time_now;

cast::cast(demo_files files, port_list ports, std::string label)
    : files_(std::move(files)), ports_(ports), label_(std::move(label)) {}

void cast::start(std::size_t node, bool first_start) {
  const worker_options worker{.files = files_,
                              .node = node,
                              .ports = {ports_.begin(), ports_.end()},
                              .label = label_,
                              .first_start = first_start};
  processes_.at(node).emplace(child_options{
      .command = command_line_of(worker), .environment = {}, .output_file = files_.log_of(node)});
  end_outage(node);
}

void cast::kill(std::size_t node) {
  end_outage(node);
  outages_.push_back({.node = node, .from = boot_time_now(), .killed = true});
  processes_.at(node)->signal(SIGKILL);
  processes_.at(node)->reap();
  processes_.at(node).reset();
}

bool cast::stop(std::size_t node) {
  processes_.at(node)->signal(SIGSTOP);
  if (!processes_.at(node)->wait_until_stopped()) {
    return false;
  }
  outages_.push_back({.node = node, .from = boot_time_now()});
  return true;
}

void cast::resume(std::size_t node) {
  end_outage(node);
  processes_.at(node)->signal(SIGCONT);
}

const outage* cast::outage_of(std::size_t node) const {
  for (const outage& one : outages_) {
    if (one.node == node && one.until == core::never) {
      return &one;
    }
  }
  return nullptr;
}

void cast::end_outage(std::size_t node) {
  for (outage& one : outages_) {
    if (one.node == node && one.until == core::never) {
      one.until = boot_time_now();
    }
  }
}

std::optional<std::string> cast::find_death(bool leaving) {
  for (std::size_t node = 0; node < nodes_max; ++node) {
    auto& process = processes_.at(node);
    if (!process || process->look() != child_process::state::ended) {
      continue;
    }
    const int code = process->reap();
    process.reset();
    if (!leaving || code != 0) {
      return fmt::format("{} ended by itself, exit code {}; its log is {}", names.at(node), code,
                         files_.log_of(node));
    }
  }
  return std::nullopt;
}

bool cast::all_ended() const {
  return std::ranges::none_of(processes_, [](const auto& one) { return one.has_value(); });
}

}  // namespace conclave::tools::demo
