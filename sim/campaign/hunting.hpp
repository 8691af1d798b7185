// Looks for trouble where it is nearest: keeps the runs in which least was left between what a
// holder believed and what its quorum kept for it, and draws parts of them anew.
#pragma once

#include "base/random.hpp"
#include "sim/options.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::sim {

struct prey {
  std::uint64_t seed = 0;
  variation variant{};
  duration slack = duration::max();  // the least of the run; max(): nobody ever held
};

class hunting {
 public:
  // So many runs are kept to go on from.
  static constexpr std::size_t kept_max = 24;

  explicit hunting(std::uint64_t first_seed);

  // What to run next: a new seed, or one of the closest runs with parts of it drawn anew.
  [[nodiscard]] prey next();
  // It was run, and so much was left.
  void note(prey one, duration slack);

  [[nodiscard]] const std::vector<prey>& closest() const { return closest_; }  // least slack first
  [[nodiscard]] std::uint64_t came_closer() const {
    return came_closer_;
  }  // than all before, times

 private:
  core::random_source random_;
  std::uint64_t next_seed_;
  std::vector<prey> closest_;
  std::uint64_t came_closer_ = 0;
};

}  // namespace conclave::sim
