// Asking the voters about locks, as an observer.
#include "tools/locks_command.hpp"

#include "tools/cluster_options.hpp"
#include "tools/exit_codes.hpp"
#include "tools/lock_list.hpp"
#include "tools/member_list.hpp"
#include "tools/observer_session.hpp"

#include <conclave/conclave.hpp>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace conclave::tools {

namespace {

using std::chrono::nanoseconds;

constexpr const char* locks_footer = R"(Example:
  conclave locks --seed 10.0.0.1:7401
  conclave locks --seed 10.0.0.1:7401 --json | jq -r '.locks[] | select(.waiting > 0).lock'

Joins as an observer, asks every member that runs, prints what the voters among them
say, and leaves. HOLDER is the node to which most of them lend their votes, TOKEN the
first fencing token of that hold, WAITING the longest queue at any of them.

Exit codes:
  0    printed
  64   options that can't be understood
  69   no seed answered, or no local address can be had)";

constexpr const char* explain_footer = R"(Example:
  conclave explain orders/42 --seed 10.0.0.1:7401

Joins as an observer, asks every member that runs who has this lock and who waits for
it, says in words what follows, and leaves.

Exit codes:
  0    printed
  64   options that can't be understood
  69   no seed answered, or no local address can be had)";

struct look_options {
  cluster_options cluster;
  std::optional<nanoseconds> timeout;
  std::string lock;  // empty: all
  bool json = false;
};

void print(const lock_explanation& explained, bool json) {
  fmt::print("{}\n", json ? to_line(to_json(explained)) : to_string(explained));
}

void print(const std::vector<lock_listing>& locks, bool json) {
  fmt::print("{}", json ? to_line(to_json(locks)) + "\n" : to_table(locks));
}

int look(look_options chosen) {
  const config settings =
      observer_config(chosen.cluster, chosen.lock.empty() ? "locks" : "explain");
  boost::asio::io_context context(1);
  node member(context, settings, make_logger(chosen.cluster, spdlog::level::err));
  bool asked = false;
  observer_session session(context, member, chosen.timeout.value_or(node::join_patience), [&] {
    if (std::exchange(asked, true)) {
      return;
    }
    const auto done = [&](boost::system::error_code error, const auto& result) {
      if (!error) {
        print(result, chosen.json);
        std::fflush(stdout);
      }
      session.finish(error ? exit_unavailable : exit_ok);
    };
    if (chosen.lock.empty()) {
      member.async_locks(node::explain_patience, done);
    } else {
      member.async_explain(chosen.lock, node::explain_patience, done);
    }
  });
  session.start();
  context.run();
  return session.exit_code();
}

CLI::App* add_options(CLI::App& parent, const char* name, const char* what, const char* footer,
                      look_options& chosen) {
  CLI::App* app = parent.add_subcommand(name, what);
  app->footer(footer);
  app->add_flag("--json", chosen.json, "print one JSON object");
  add_duration(*app, "--timeout", chosen.timeout,
               "how long to wait for a seed to answer (default: 10s)");
  add_node_options(*app, chosen.cluster);
  app->get_option("--name")->description("this node's name (default: a unique one)");
  app->get_option("--bind")->description("local address (default: towards the seed, any port)");
  return app;
}

}  // namespace

command make_locks_command(CLI::App& parent) {
  auto chosen = std::make_shared<look_options>();
  CLI::App* app =
      add_options(parent, "locks", "print what is held and waited for", locks_footer, *chosen);
  return {.options = app, .run = [chosen] { return look(*chosen); }};
}

command make_explain_command(CLI::App& parent) {
  auto chosen = std::make_shared<look_options>();
  CLI::App* app = add_options(parent, "explain", "print who has a lock, who waits, and why",
                              explain_footer, *chosen);
  app->add_option("lock", chosen->lock, "the lock's name, 1 to 255 bytes")
      ->required()
      ->type_name("NAME")
      ->check([](const std::string& name) {
        return name.empty() || name.size() > 255 ? std::string("a lock's name has 1 to 255 bytes")
                                                 : std::string();
      });
  return {.options = app, .run = [chosen] { return look(*chosen); }};
}

}  // namespace conclave::tools
