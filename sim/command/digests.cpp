// conclave-sim digests: what seeds end in, to compare compilers and machines.
#include "sim/command/commands.hpp"

#include <fmt/core.h>

#include <cstdint>
#include <memory>

namespace conclave::sim {

namespace {

struct digests_settings {
  std::uint64_t seeds = 50;
  std::uint64_t first = 1;
};

exit_status print_digests(const digests_settings& asked) {
  for (std::uint64_t seed = asked.first; seed < asked.first + asked.seeds; ++seed) {
    set_current_run(seed, replay_command(seed));
    fmt::print("{} {:016x}\n", seed, run_seed(seed).digest);
  }
  return exit_status::kept;
}

}  // namespace

void add_digests(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<digests_settings>();
  CLI::App* digests = app.add_subcommand(
      "digests", "Prints what each seed ends in: the same on every compiler and machine.");
  digests->add_option("--seeds", asked->seeds, "How many")->required();
  digests->add_option("--first", asked->first, "The first of them")->capture_default_str();
  digests->footer(
      "Examples:\n"
      "  conclave-sim digests --seeds 50\n"
      "  conclave-sim digests --seeds 10 --first 1000");
  digests->callback([asked, &status] { status = print_digests(*asked); });
}

}  // namespace conclave::sim
