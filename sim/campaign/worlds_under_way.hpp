// The worlds that run now, a thread each, and whether one of them is stuck. The caller guards it.
#pragma once

#include "sim/options.hpp"
#include "sim/simulation.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>

namespace conclave::sim {

class worlds_under_way {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  struct world {
    std::uint64_t seed = 0;
    variation variant{};
  };

  // Gives the number by which it ends.
  std::uint64_t begins(const world& what, time_point now) {
    worlds_.emplace(++last_, entry{.what = what, .since = now});
    return last_;
  }
  void ends(std::uint64_t number) { worlds_.erase(number); }

  // One that should have ended long ago. Its thread can't be stopped: the process has to end.
  [[nodiscard]] std::optional<world> stuck(time_point now) const;
  // What it comes to.
  [[nodiscard]] static run_result result_of_stuck(const counters& counted);

 private:
  struct entry {
    world what;
    time_point since;
  };
  std::map<std::uint64_t, entry> worlds_;
  std::uint64_t last_ = 0;
};

}  // namespace conclave::sim
