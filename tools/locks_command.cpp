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
  69   no seed answered, or no local address can be had
  130, 143, 129  ended by SIGINT, SIGTERM, SIGHUP)";

constexpr const char* explain_footer = R"(Example:
  conclave explain orders/42 --seed 10.0.0.1:7401

Joins as an observer, asks every member that runs who has this lock and who waits for
it, says in words what follows, and leaves.

Exit codes:
  0    printed
  64   options that can't be understood
  69   no seed answered, or no local address can be had
  130, 143, 129  ended by SIGINT, SIGTERM, SIGHUP)";

struct look_options : observer_options {
  std::string lock;  // empty: all
};

void print(const lock_explanation& explained, bool json) {
  fmt::print("{}\n", json ? to_line(to_json(explained)) : to_text(explained));
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

}  // namespace

command make_locks_command(CLI::App& parent) {
  auto chosen = std::make_shared<look_options>();
  CLI::App* app = parent.add_subcommand("locks", "print what is held and waited for");
  app->footer(locks_footer);
  add_observer_options(*app, *chosen, "print one JSON object");
  return {.options = app, .run = [chosen] { return look(*chosen); }};
}

command make_explain_command(CLI::App& parent) {
  auto chosen = std::make_shared<look_options>();
  CLI::App* app = parent.add_subcommand("explain", "print who has a lock, who waits, and why");
  app->footer(explain_footer);
  add_observer_options(*app, *chosen, "print one JSON object");
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
