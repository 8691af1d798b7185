// A command that joins a cluster to look, and leaves again.
#pragma once

#include "tools/cluster_options.hpp"
#include "tools/signals.hpp"

#include <conclave/node.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>

namespace conclave::tools {

// Joins, waits until no more members turn up, and calls `look`; from stay() on also at each change.
class observer_session {
 public:
  observer_session(boost::asio::io_context& context, node& member, std::chrono::nanoseconds timeout,
                   std::function<void()> look);

  void start();
  void stay() { give_up_quiet_at_ = std::chrono::steady_clock::time_point::max(); }
  // Leaves; the context is stopped then. Later calls do nothing.
  void finish(int exit_code);
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  void on_joined(boost::system::error_code error);
  void wait_for_quiet();

  boost::asio::io_context& context_;
  node& node_;
  std::chrono::nanoseconds timeout_;
  std::function<void()> look_;
  boost::asio::steady_timer quiet_;
  signal_watch signals_;
  std::chrono::steady_clock::time_point give_up_quiet_at_;
  bool joined_ = false;
  bool finishing_ = false;
  int exit_code_ = 0;
  subscription news_;
};

struct observer_options {
  cluster_options cluster;
  std::optional<std::chrono::nanoseconds> timeout;
  bool json = false;
};
// --json, --timeout, and those of add_node_options().
void add_observer_options(CLI::App& app, observer_options& chosen, const char* about_json);

// The configuration of an observer: a name that no other process has, an address towards the seeds.
// Throws failure when there is no seed, and as to_config() and refuse_unless_valid().
[[nodiscard]] config observer_config(cluster_options& cluster, std::string_view command);

}  // namespace conclave::tools
