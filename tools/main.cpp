// The command `conclave`: finds the subcommand, and turns what goes wrong into a line and a code.
#include "tools/demo/demo_command.hpp"
#include "tools/demo/worker_command.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"
#include "tools/help_layout.hpp"
#include "tools/locks_command.hpp"
#include "tools/members_command.hpp"
#include "tools/node_command.hpp"
#include "tools/run_command.hpp"

#include <conclave/error.hpp>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace conclave::tools {

namespace {

constexpr const char* help_footer = R"(Example:
  conclave demo
  conclave run --lock nightly-report --seed 10.0.0.1:7401 --voters a,b,c -- ./report.sh

conclave COMMAND --help says more, with the exit codes.)";

std::string first_line(std::string text) {
  text.erase(std::min(text.find('\n'), text.size()));
  return text;
}

// The library's words: those for this case, and those for its kind where they add something.
std::string sentence_of(const boost::system::system_error& error) {
  const std::string what = error.what();
  const bool said_already =
      error.code() == errc::invalid_config || error.code() == errc::address_invalid;
  return what.substr(0, what.rfind(said_already ? ": " + error.code().message() : " ["));
}

int report_parse_error(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    return app.exit(error);  // --help or --version
  }
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  complain(fmt::format("{} (see conclave {}--help)", first_line(error.what()),
                       chosen.empty() ? "" : chosen.front()->get_name() + " "));
  return exit_usage;
}

int dispatch(std::vector<std::string> arguments) {
  // What stands after "--" belongs to another program.
  const auto dashes = std::ranges::find(arguments, "--");
  std::vector<std::string> rest;
  if (dashes != arguments.end()) {
    rest.assign(dashes + 1, arguments.end());
    arguments.erase(dashes, arguments.end());
  }
  CLI::App app("Distributed locks from a service's own processes.", "conclave");
  app.formatter(std::make_shared<help_layout>());
  app.footer(help_footer);
  app.set_version_flag("--version", "conclave " CONCLAVE_VERSION);
  app.require_subcommand(0, 1);  // none is seen to below, with a better word
  const std::vector<command> commands{make_run_command(app, rest),   make_members_command(app),
                                      make_locks_command(app),       make_explain_command(app),
                                      make_node_command(app),        demo::make_demo_command(app),
                                      demo::make_worker_command(app)};
  try {
    std::ranges::reverse(arguments);  // as CLI11 wants it
    app.parse(arguments);
  } catch (const CLI::ParseError& error) {
    return report_parse_error(app, error);
  }
  const auto chosen =
      std::ranges::find_if(commands, [](const command& one) { return one.options->parsed(); });
  if (chosen == commands.end()) {
    fmt::print(stderr, "{}", app.help());
    return exit_usage;
  }
  if (!rest.empty() && chosen->options->get_name() != "run") {
    throw failure(exit_usage, fmt::format("\"{}\" after -- is not expected", rest.front()));
  }
  return chosen->run();
}

}  // namespace

}  // namespace conclave::tools

int main(int count, char** arguments) {
  using namespace conclave::tools;
  try {
    return dispatch({arguments + 1, arguments + count});
  } catch (const failure& failed) {
    complain(failed.what());
    return failed.exit_code();
  } catch (const boost::system::system_error& error) {
    complain(sentence_of(error));
    return exit_code_of(error.code());
  } catch (const std::exception& error) {
    complain(error.what());
    return exit_internal;
  }
}
