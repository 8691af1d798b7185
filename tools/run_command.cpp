// Options and help of `conclave run`.
#include "tools/run_command.hpp"

#include "tools/cluster_options.hpp"
#include "tools/command_guard.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"
#include "tools/help_layout.hpp"
#include "tools/lease_limits.hpp"
#include "tools/run_session.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace conclave::tools {

namespace {

constexpr std::chrono::seconds default_lease{10};

constexpr const char* run_help_footer =
    R"(Waits for a lock, runs a command while holding it, and ends the command before the
lock can be somebody else's.

Example:
  conclave run --lock nightly-report --wait 30s --seed 10.0.0.1:7401 --voters a,b,c \
    -- ./report.sh --all

The command finds CONCLAVE_TOKEN in its environment, the acquisition's fencing
token, and CONCLAVE_LOCK. Give the token to what the lock protects with each
write, and let that refuse smaller ones.

When the lock can no longer be kept the command gets SIGTERM, and SIGKILL after
the grace time, so that it and its process group are dead before the lease ends.
Signals to this program are passed on to it. What it leaves running when it ends
by itself goes on without the lock.

Exit codes:
  (the command's own; 128 and the signal's number if one ended it)
  64   options that can't be understood, or a lock of another kind
  69   a local address can't be had; without --bind also: a seed is not known
  75   the lock was not had in time, or no seed answered; the clocks of too few
       voters agree with this one's, or a newer process has this name
  76   the lock was lost while the command ran
  78   the voters refuse: other voters or a shorter --lease-ttl-max there
  126  the command can't be executed
  127  the command was not found)";

struct run_options {
  cluster_options cluster;
  std::string lock;
  std::optional<std::chrono::nanoseconds> wait;
  std::optional<std::chrono::nanoseconds> join_timeout;
  std::optional<std::chrono::nanoseconds> grace;
};

int run(run_options chosen, const std::vector<std::string>& what_to_run) {
  if (what_to_run.empty()) {
    throw failure(exit_usage, "run: nothing to run; name the command after \"--\"");
  }
  if (chosen.cluster.seeds.empty()) {
    throw failure(exit_usage, "run: no --seed; name the address of some member");
  }
  if (chosen.cluster.voters.empty()) {
    throw failure(exit_usage, "run: no --voters; name them, the same on all nodes");
  }
  cluster_options& cluster = chosen.cluster;
  cluster.name = cluster.name.empty() ? unique_name("run") : cluster.name;
  cluster.bind = cluster.bind.empty() ? address_towards(cluster.seeds) : cluster.bind;
  config settings = to_config(cluster);
  if (!cluster.lease_ttl) {
    settings.lease_ttl = std::min<std::chrono::nanoseconds>(default_lease, settings.lease_ttl_max);
  }
  if (std::ranges::find(settings.voters, settings.name) != settings.voters.end()) {
    throw failure(exit_usage, fmt::format("run: --name is \"{}\", which is a voter; a command that "
                                          "comes and goes is no voter",
                                          settings.name));
  }
  refuse_unless_valid(settings);
  const lease_limits limits = limits_of(settings.lease_ttl, chosen.grace);

  command_guard guard;
  boost::asio::io_context context(1);
  node member(context, settings, make_logger(cluster, spdlog::level::err));
  run_session session(context, member, guard,
                      {.lock = chosen.lock,
                       .wait = chosen.wait,
                       .join_timeout = chosen.join_timeout.value_or(node::join_patience),
                       .limits = limits,
                       .command = what_to_run});
  session.start();
  context.run();
  return session.exit_code();
}

}  // namespace

command make_run_command(CLI::App& parent, std::vector<std::string> what_to_run) {
  auto chosen = std::make_shared<run_options>();
  CLI::App* app = parent.add_subcommand("run", "run a command while holding a lock");
  app->formatter(std::make_shared<help_layout>(" -- COMMAND [ARGUMENTS]"));
  app->footer(run_help_footer);
  app->add_option("--lock", chosen->lock, "name of the lock")->required()->type_name("NAME");
  add_duration(*app, "--wait", chosen->wait,
               "how long to wait for the lock; 0s: only if it is free (default: for ever)");
  add_duration(*app, "--join-timeout", chosen->join_timeout,
               "how long to wait before that for a seed to answer (default: 10s)");
  add_duration(*app, "--grace", chosen->grace,
               "from SIGTERM to SIGKILL when the lock is lost (default: 3/10 of the lease, which "
               "is also the most)");
  add_node_options(*app, chosen->cluster);
  add_lock_options(*app, chosen->cluster);
  app->get_option("--name")->description("this node's name (default: a unique one)");
  app->get_option("--bind")->description("local address (default: towards the seed, any port)");
  app->get_option("--lease-ttl")
      ->description("how long the lock outlives a crash of this machine (default: 10s)");
  return {.options = app, .run = [chosen, what_to_run = std::move(what_to_run)] {
            return run(*chosen, what_to_run);
          }};
}

}  // namespace conclave::tools
