// The subcommands of conclave-sim, one file each. Each function adds one; when it is the one that
// was asked for, it runs within parse() and leaves its exit status in `status`.
#pragma once

#include "sim/command/report.hpp"

#include <CLI/CLI.hpp>

namespace conclave::sim {

void add_run(CLI::App& app, exit_status& status);
void add_campaign(CLI::App& app, exit_status& status);
void add_report(CLI::App& app, exit_status& status);
void add_check(CLI::App& app, exit_status& status);
void add_digests(CLI::App& app, exit_status& status);
void add_shrink(CLI::App& app, exit_status& status);
void add_explore(CLI::App& app, exit_status& status);
void add_experiment(CLI::App& app, exit_status& status);

}  // namespace conclave::sim
