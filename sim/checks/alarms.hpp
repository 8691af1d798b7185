// Whether a node was right when it said that a peer's clock breaks the bound: it must not be said
// of two clocks that kept it, whatever the network did.
#pragma once

#include "node/actions.hpp"
#include "sim/machine.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

class alarms {
 public:
  // Once, when all machines are there.
  void watch(const std::vector<machine>& machines);
  // A clock runs at another rate from now on.
  void clock_changed(machine_index at, true_time now);
  // Says what was wrong about that report; empty: nothing.
  [[nodiscard]] std::string false_alarm(machine_index at, const core::report& said,
                                        true_time now) const;

 private:
  // Whether a clock left half of the bound, and all of it: now, and when it last did so.
  struct strayed {
    bool now = false;
    std::optional<true_time> last;
  };
  enum class part : std::uint8_t { half, whole };

  void look(machine_index at, true_time now);
  [[nodiscard]] bool kept(machine_index at, part of, true_time since) const;

  const std::vector<machine>* machines_ = nullptr;
  std::vector<std::array<strayed, 2>> seen_;  // by machine, then by part of the bound
};

}  // namespace conclave::sim
