// A node, its log on stderr, and what it hears of others on stdout.
#include "tools/node_command.hpp"

#include "tools/cluster_options.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"
#include "tools/signals.hpp"

#include <conclave/conclave.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>

namespace conclave::tools {

namespace {

constexpr const char* node_help_footer =
    R"(Runs a node that votes and nothing else, for trying things out.

Example, three voters on one machine, each in a terminal of its own:
  export CONCLAVE_VOTERS=a,b,c CONCLAVE_SEEDS=127.0.0.1:7401
  conclave node --name a --bind 127.0.0.1:7401 --new-cluster
  conclave node --name b --bind 127.0.0.1:7402 --new-cluster
  conclave node --name c --bind 127.0.0.1:7403 --new-cluster

Prints "listening ADDRESS", then a line for each change among the members. Leaves
with a goodbye on SIGINT and SIGTERM. Without --new-cluster a voter abstains for
--lease-ttl-max after its start, as it can't know what it promised before.

Exit codes:
  0    left after SIGINT or SIGTERM
  64   options that can't be understood
  69   the local address can't be had)";

struct node_options {
  cluster_options cluster;
  bool new_cluster = false;
};

// A line must be there when its reader looks, also in a pipe.
void print_line(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

int serve(const node_options& chosen) {
  if (chosen.cluster.voters.empty()) {
    throw failure(exit_usage, "node: no --voters; name them, the same on all nodes");
  }
  config settings = to_config(chosen.cluster);
  settings.new_cluster = chosen.new_cluster;

  refuse_unless_valid(settings);
  boost::asio::io_context context(1);
  node member(context, settings, make_logger(chosen.cluster, spdlog::level::info));
  const subscription news = member.subscribe([](const member_event& event) {
    print_line(
        fmt::format("{} {} {}", to_string(event.kind), event.member.name, event.member.address));
  });
  bool leaving = false;
  boost::asio::steady_timer again(context);
  const signal_watch signals(context, {SIGINT, SIGTERM}, [&](int) {
    if (!leaving) {
      leaving = true;
      member.async_leave([&](boost::system::error_code) { context.stop(); });
    }
  });
  print_line(fmt::format("listening {}", member.local_address()));
  // Peers may be started later, and names may be known later.
  std::function<void(boost::system::error_code)> joined = [&](boost::system::error_code error) {
    if (error && !leaving) {
      complain(join_complaint(member, error, node::join_patience) + "; still trying");
      again.expires_after(std::chrono::seconds(1));
      again.async_wait([&](boost::system::error_code) {
        if (!leaving) {
          member.async_join(joined);
        }
      });
    }
  };
  member.async_join(joined);
  context.run();
  return exit_ok;
}

}  // namespace

command make_node_command(CLI::App& parent) {
  auto chosen = std::make_shared<node_options>();
  CLI::App* app = parent.add_subcommand("node", "run a node that only votes");
  app->footer(node_help_footer);
  add_node_options(*app, chosen->cluster);
  add_lock_options(*app, chosen->cluster);
  app->add_option("--metadata", chosen->cluster.metadata, "free text that other nodes see")
      ->type_name("TEXT");
  app->add_flag("--new-cluster", chosen->new_cluster,
                "this cluster starts for the first time: vote at once");
  app->get_option("--name")->required();
  app->get_option("--bind")->required();
  return {.options = app, .run = [chosen] { return serve(*chosen); }};
}

}  // namespace conclave::tools
