// Joining as an observer, listening until it is quiet, leaving.
#include "tools/observer_session.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fmt/format.h>

#include <csignal>
#include <utility>

namespace conclave::tools {

namespace {

// The first answer brings most members and the pages after it the rest, a round trip each: so long
// without news means that all have come.
constexpr std::chrono::milliseconds quiet_time{250};

}  // namespace

observer_session::observer_session(boost::asio::io_context& context, node& member,
                                   std::chrono::nanoseconds timeout, std::function<void()> look)
    : context_(context),
      node_(member),
      timeout_(timeout),
      look_(std::move(look)),
      quiet_(context),
      signals_(context, {SIGINT, SIGTERM, SIGHUP},
               [this](int signal) { finish(exit_signal_base + signal); }),
      news_(member.subscribe([this](const member_event&) { wait_for_quiet(); })) {}

void observer_session::start() {
  node_.async_join(timeout_, [this](boost::system::error_code error) { on_joined(error); });
}

void observer_session::on_joined(boost::system::error_code error) {
  if (finishing_) {
    return;
  }
  if (error) {
    complain(join_complaint(node_, error, timeout_));
    finish(exit_unavailable);
    return;
  }
  joined_ = true;
  give_up_quiet_at_ = std::chrono::steady_clock::now() + timeout_;
  wait_for_quiet();
}

// Each event begins the waiting anew, but not for ever.
void observer_session::wait_for_quiet() {
  if (!joined_ || finishing_ || std::chrono::steady_clock::now() >= give_up_quiet_at_) {
    return;
  }
  quiet_.expires_after(quiet_time);
  quiet_.async_wait([this](boost::system::error_code error) {
    if (!error && !finishing_) {
      look_();
    }
  });
}

void observer_session::finish(int exit_code) {
  if (std::exchange(finishing_, true)) {
    return;
  }
  exit_code_ = exit_code;
  node_.async_leave([this](boost::system::error_code) { context_.stop(); });
}

void add_observer_options(CLI::App& app, observer_options& chosen, const char* about_json) {
  app.add_flag("--json", chosen.json, about_json);
  add_duration(app, "--timeout", chosen.timeout,
               "how long to wait for a seed to answer (default: 10s)");
  add_node_options(app, chosen.cluster);
  app.get_option("--name")->description("this node's name (default: a unique one)");
  app.get_option("--bind")->description("local address (default: towards the seed, any port)");
}

config observer_config(cluster_options& cluster, std::string_view command) {
  if (cluster.seeds.empty()) {
    throw failure(exit_usage,
                  fmt::format("{}: no --seed; name the address of some member", command));
  }
  cluster.name = cluster.name.empty() ? unique_name(command) : cluster.name;
  cluster.bind = cluster.bind.empty() ? address_towards(cluster.seeds) : cluster.bind;
  config settings = to_config(cluster);
  settings.voters.clear();  // they only mark the voters in lists
  settings.observer = true;
  refuse_unless_valid(settings);
  return settings;
}

}  // namespace conclave::tools
