// Printing who is in the cluster.
#include "tools/members_command.hpp"

#include "tools/cluster_options.hpp"
#include "tools/exit_codes.hpp"
#include "tools/member_list.hpp"
#include "tools/observer_session.hpp"
#include "tools/terminal.hpp"

#include <conclave/conclave.hpp>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conclave::tools {

namespace {

using std::chrono::nanoseconds;

constexpr const char* members_help_footer = R"(Example:
  conclave members --seed 10.0.0.1:7401
  conclave members --seed 10.0.0.1:7401 --json | jq -r '.members[].name'

Asks a member who is there: joins as an observer, which has no vote and can't lock,
and leaves at the end. Whether a member is a voter is only known when --voters
names them.

"~" after a STATUS: that member was accused and refuted it, again and again. With
--watch this is seen in time, else only while it is accused.

CLOCK is how much faster than this machine's clock the member's runs; "!" marks one
with which clock_drift_max_ppm can't be kept. Measuring takes a while: with --watch it
is there, and the closer the longer it runs.

Exit codes:
  0    printed
  64   options that can't be understood
  69   no seed answered, or no local address can be had
  130, 143, 129  ended by SIGINT, SIGTERM, SIGHUP)";

struct members_options : observer_options {
  bool watch = false;
};

void print_members(const node& member, const members_options& chosen) {
  member_list list{.members = {}, .voters = chosen.cluster.voters};
  const std::string self = member.self().name;
  for (conclave::member& one : member.members()) {
    if (one.name != self && one.status != member_status::left) {
      list.members.push_back(std::move(one));
    }
  }
  const bool colour = wants_colour(STDOUT_FILENO);
  if (chosen.json) {
    fmt::print("{}\n", to_line(to_json(list)));
  } else {
    const bool redraw = chosen.watch && colour;
    fmt::print("{}{}{}", redraw ? "\x1b[H\x1b[2J" : "", to_table(list, colour),
               chosen.watch && !redraw ? "\n" : "");
  }
  std::fflush(stdout);
}

int list_members(members_options chosen) {
  const config settings = observer_config(chosen.cluster, "members");
  boost::asio::io_context context(1);
  node member(context, settings, make_logger(chosen.cluster, spdlog::level::err));
  observer_session session(context, member, chosen.timeout.value_or(node::join_patience), [&] {
    print_members(member, chosen);
    if (chosen.watch) {
      session.stay();
    } else {
      session.finish(exit_ok);
    }
  });
  session.start();
  context.run();
  return session.exit_code();
}

}  // namespace

command make_members_command(CLI::App& parent) {
  auto chosen = std::make_shared<members_options>();
  CLI::App* app = parent.add_subcommand("members", "print who is in the cluster");
  app->footer(members_help_footer);
  add_observer_options(*app, *chosen, "print one JSON object; with --watch one a line");
  app->add_flag("--watch", chosen->watch, "print again at each change, until interrupted");
  app->add_option("--voters", chosen->cluster.voters, "names of the voters, to mark them")
      ->delimiter(',')
      ->expected(1)
      ->take_all()
      ->type_name("NAME,...")
      ->envname("CONCLAVE_VOTERS");
  return {.options = app, .run = [chosen] { return list_members(*chosen); }};
}

}  // namespace conclave::tools
