// `conclave demo-worker`: one of the demo's processes. Hidden: only the demo starts it.
#pragma once

#include "tools/command.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace conclave::tools::demo {

// The files of one demo, all in one folder.
struct demo_files {
  std::string folder;

  [[nodiscard]] std::string board() const { return folder + "/board"; }
  [[nodiscard]] std::string counter() const { return folder + "/counter.sqlite"; }
  [[nodiscard]] std::string log_of(std::size_t node) const;
};

struct worker_options {
  demo_files files;
  std::size_t node = 0;
  std::vector<std::uint16_t> ports;
  std::string label;
  bool first_start = false;
};

// The command line that starts such a worker out of this very program.
[[nodiscard]] std::vector<std::string> command_line_of(const worker_options& worker);

[[nodiscard]] command make_worker_command(CLI::App& parent);

}  // namespace conclave::tools::demo
