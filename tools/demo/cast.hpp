// The demo's processes: starting, killing, stopping and continuing them.
#pragma once

#include "tools/child_process.hpp"
#include "tools/demo/beliefs.hpp"
#include "tools/demo/scene.hpp"
#include "tools/demo/worker_command.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace conclave::tools::demo {

// When it is destroyed, no process is left.
class cast {
 public:
  cast(demo_files files, port_list ports, std::string label);

  // Throws failure.
  void start(std::size_t node, bool first_start);
  void kill(std::size_t node);
  // Returns once it stands still. False when it has ended instead.
  bool stop(std::size_t node);
  void resume(std::size_t node);

  [[nodiscard]] bool runs(std::size_t node) const { return processes_.at(node).has_value(); }
  // The outage that it is in now.
  [[nodiscard]] const outage* outage_of(std::size_t node) const;
  [[nodiscard]] const std::vector<outage>& outages() const { return outages_; }

  // Who ended without being told to, or badly, in a sentence. `leaving`: all were told to leave.
  [[nodiscard]] std::optional<std::string> find_death(bool leaving);
  [[nodiscard]] bool all_ended() const;

 private:
  void end_outage(std::size_t node);

  demo_files files_;
  port_list ports_;
  std::string label_;
  std::array<std::optional<child_process>, nodes_max> processes_;
  std::vector<outage> outages_;
};

}  // namespace conclave::tools::demo
