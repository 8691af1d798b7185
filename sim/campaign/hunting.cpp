// A pool of the closest runs, each of which is changed a little.
#include "sim/campaign/hunting.hpp"

#include <algorithm>

namespace conclave::sim {

namespace {

// One run in so many is a new seed, so that the pool does not narrow down too early.
constexpr std::uint64_t new_seed_every = 8;

// One or two parts of a run are drawn anew; the cluster itself seldom.
prey changed(const prey& parent, core::random_source& random) {
  prey next{.seed = parent.seed, .variant = parent.variant};
  for (std::uint64_t parts = random.between(std::uint64_t{1}, 2); parts > 0; --parts) {
    const std::uint64_t part = random.below(random.below(4) == 0 ? draws_count : draws_count - 1);
    next.variant[draws_count - 1 - part] = static_cast<std::uint32_t>(random.below(1U << 31U));
  }
  return next;
}

}  // namespace

hunting::hunting(std::uint64_t first_seed)
    : random_(core::mix(first_seed)), next_seed_(first_seed) {}

prey hunting::next() {
  if (closest_.size() < kept_max || random_.below(new_seed_every) == 0) {
    return {.seed = next_seed_++};
  }
  // The closest more often than the others.
  const std::uint64_t place = std::min(random_.below(kept_max), random_.below(kept_max));
  return changed(closest_[place], random_);
}

void hunting::note(prey one, duration slack) {
  if (slack == duration::max()) {
    return;
  }
  one.slack = slack;
  came_closer_ += closest_.empty() || slack < closest_.front().slack ? 1 : 0;
  closest_.insert(std::ranges::upper_bound(closest_, slack, {}, &prey::slack), one);
  closest_.resize(std::min(closest_.size(), kept_max));
}

}  // namespace conclave::sim
