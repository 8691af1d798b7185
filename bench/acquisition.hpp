// How long it takes to get a lock that nobody else wants, and how many a node gets in a second.
#pragma once

#include "processes.hpp"
#include "summary.hpp"

#include <cstddef>
#include <vector>

namespace conclave::bench {

[[nodiscard]] std::vector<sample> acquire_async(placement where, std::size_t rounds);
[[nodiscard]] std::vector<sample> acquire_blocking(placement where, std::size_t rounds);
// One lock and five at once, by turns.
struct together_samples {
  std::vector<sample> one;
  std::vector<sample> five;
};
[[nodiscard]] together_samples acquire_together(placement where, std::size_t rounds);
// The same acquisition of each kind of lock, by turns.
struct kinds_samples {
  std::vector<sample> exclusive;
  std::vector<sample> shared;
  std::vector<sample> permit;
  std::vector<sample> election;
};
[[nodiscard]] kinds_samples acquire_kinds(placement where, std::size_t rounds);
[[nodiscard]] double acquisitions_per_second(placement where);

}  // namespace conclave::bench
