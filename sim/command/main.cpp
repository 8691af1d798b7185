// conclave-sim: runs the protocol in simulated worlds and says whether its promises held.
#include "sim/command/commands.hpp"

#include <string>

namespace conclave::sim {

namespace {

constexpr const char* about =
    "Runs clusters of conclave nodes under virtual time, with everything drawn from one seed:\n"
    "clocks, network, faults, users. Checks the promises of the protocol after every event.";

constexpr const char* exit_codes =
    "Exit status: 0 all promises held; 3 a promise was broken; 4 a healed majority did not serve\n"
    "everybody in time; 5 an assertion of the core failed; 6 a campaign never met something that\n"
    "must happen sometimes; 7 there is nothing to shrink; 8 nothing broke, but not all of a small\n"
    "world, or of the orders of a history, was looked at; 9 models that were measured are not\n"
    "what the paper says of them; 64 wrong usage; 65 a history can't be read; 74 a file can't be\n"
    "written.";

exit_status run(int argc, char** argv) {
  CLI::App app(about, "conclave-sim");
  app.require_subcommand(1);
  app.footer(std::string("Examples:\n"
                         "  conclave-sim run --seed 42\n"
                         "  conclave-sim campaign --minutes 10\n"
                         "  conclave-sim report --seed 42\n"
                         "  conclave-sim digests --seeds 50\n"
                         "  conclave-sim shrink --seed 42\n"
                         "  conclave-sim explore --world smallest\n"
                         "  conclave-sim experiment crash\n"
                         "  conclave-sim check history.jsonl\n\n") +
             exit_codes);
  exit_status status = exit_status::kept;
  add_run(app, status);
  add_campaign(app, status);
  add_report(app, status);
  add_digests(app, status);
  add_shrink(app, status);
  add_explore(app, status);
  add_experiment(app, status);
  add_check(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& refused) {
    return app.exit(refused) == 0 ? exit_status::kept : exit_status::usage;
  }
  return status;
}

}  // namespace

}  // namespace conclave::sim

int main(int argc, char** argv) {
  conclave::sim::install_terminate_handler();
  conclave::sim::limit_memory(4);
  return static_cast<int>(conclave::sim::run(argc, argv));
}
