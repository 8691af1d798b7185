// Joining as an observer, listening until it is quiet, printing, leaving.
#include "tools/members_command.hpp"

#include "tools/cluster_options.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"
#include "tools/member_list.hpp"
#include "tools/signals.hpp"
#include "tools/terminal.hpp"

#include <conclave/conclave.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conclave::tools {

namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// The first answer brings most members and the pages after it the rest, a round trip each: so long
// without news means that all have come.
constexpr milliseconds quiet_time{250};

constexpr const char* help_footer = R"(Example:
  conclave members --seed 10.0.0.1:7401
  conclave members --seed 10.0.0.1:7401 --json | jq -r '.members[].name'

Asks a member who is there: joins as an observer, which has no vote and can't lock,
and leaves at the end. Whether a member is a voter is only known when --voters
names them.

CLOCK is how much faster than this machine's clock the member's runs; "!" marks one
with which clock_drift_max_ppm can't be kept. Measuring takes a while: with --watch it
is there, and the closer the longer it runs.

Exit codes:
  0    printed
  64   options that can't be understood
  69   no seed answered, or no local address can be had)";

struct members_options {
  cluster_options cluster;
  std::optional<nanoseconds> timeout;
  bool json = false;
  bool watch = false;
};

class members_session {
 public:
  members_session(boost::asio::io_context& context, node& member, const members_options& chosen)
      : context_(context),
        node_(member),
        chosen_(chosen),
        timeout_(chosen.timeout.value_or(node::join_patience)),
        quiet_(context),
        signals_(context, {SIGINT, SIGTERM, SIGHUP},
                 [this](int signal) { finish(exit_signal_base + signal); }),
        news_(member.subscribe([this](const member_event&) { wait_for_quiet(); })) {}

  void start() {
    node_.async_join(timeout_, [this](boost::system::error_code error) { on_joined(error); });
  }
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  void on_joined(boost::system::error_code error) {
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
  void wait_for_quiet() {
    if (!joined_ || finishing_ || std::chrono::steady_clock::now() >= give_up_quiet_at_) {
      return;
    }
    quiet_.expires_after(quiet_time);
    quiet_.async_wait([this](boost::system::error_code error) {
      if (!error && !finishing_) {
        print();
      }
    });
  }

  void print() {
    member_list list{.members = {}, .voters = chosen_.cluster.voters};
    const std::string self = node_.self().name;
    for (member& one : node_.members()) {
      if (one.name != self && one.status != member_status::left) {
        list.members.push_back(std::move(one));
      }
    }
    const bool colour = wants_colour(STDOUT_FILENO);
    if (chosen_.json) {
      fmt::print("{}\n", to_line(to_json(list)));
    } else {
      const bool redraw = chosen_.watch && colour;
      fmt::print("{}{}{}", redraw ? "\x1b[H\x1b[2J" : "", to_table(list, colour),
                 chosen_.watch && !redraw ? "\n" : "");
    }
    std::fflush(stdout);
    if (chosen_.watch) {
      give_up_quiet_at_ = std::chrono::steady_clock::time_point::max();
    } else {
      finish(exit_ok);
    }
  }

  void finish(int exit_code) {
    if (finishing_) {
      return;
    }
    finishing_ = true;
    exit_code_ = exit_code;
    node_.async_leave([this](boost::system::error_code) { context_.stop(); });
  }

  boost::asio::io_context& context_;
  node& node_;
  const members_options& chosen_;
  nanoseconds timeout_;
  boost::asio::steady_timer quiet_;
  signal_watch signals_;
  std::chrono::steady_clock::time_point give_up_quiet_at_;
  bool joined_ = false;
  bool finishing_ = false;
  int exit_code_ = exit_ok;
  subscription news_;
};

int list_members(members_options chosen) {
  cluster_options& cluster = chosen.cluster;
  if (cluster.seeds.empty()) {
    throw failure(exit_usage, "members: no --seed; name the address of some member");
  }
  cluster.name = cluster.name.empty() ? unique_name("members") : cluster.name;
  cluster.bind = cluster.bind.empty() ? address_towards(cluster.seeds) : cluster.bind;
  config settings = to_config(cluster);
  settings.voters.clear();  // they only mark the voters in the list
  settings.observer = true;

  refuse_unless_valid(settings);
  boost::asio::io_context context(1);
  node member(context, settings, make_logger(cluster, spdlog::level::err));
  members_session session(context, member, chosen);
  session.start();
  context.run();
  return session.exit_code();
}

}  // namespace

command make_members_command(CLI::App& parent) {
  auto chosen = std::make_shared<members_options>();
  CLI::App* app = parent.add_subcommand("members", "print who is in the cluster");
  app->footer(help_footer);
  app->add_flag("--json", chosen->json, "print one JSON object; with --watch one a line");
  app->add_flag("--watch", chosen->watch, "print again at each change, until interrupted");
  add_duration(*app, "--timeout", chosen->timeout,
               "how long to wait for a seed to answer (default: 10s)");
  add_node_options(*app, chosen->cluster);
  app->add_option("--voters", chosen->cluster.voters, "names of the voters, to mark them")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->type_name("NAME,...")
      ->envname("CONCLAVE_VOTERS");
  app->get_option("--name")->description("this node's name (default: a unique one)");
  app->get_option("--bind")->description("local address (default: towards the seed, any port)");
  return {.options = app, .run = [chosen] { return list_members(*chosen); }};
}

}  // namespace conclave::tools
