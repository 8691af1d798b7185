// By the real clock, which a world that is stuck does not stop.
#include "sim/campaign/worlds_under_way.hpp"

#include <string>

namespace conclave::sim {

namespace {

// Most worlds end within a tenth of a second. One that takes so long has a node that never comes to
// the end of an event.
constexpr std::chrono::seconds world_lasts_max(30);

}  // namespace

std::optional<worlds_under_way::world> worlds_under_way::stuck(time_point now) const {
  for (const auto& [number, each] : worlds_) {
    if (now - each.since > world_lasts_max) {
      return each.what;
    }
  }
  return std::nullopt;
}

run_result worlds_under_way::result_of_stuck(const counters& counted) {
  run_result result;
  result.outcome = outcome::no_progress;
  result.cause = "hang";
  result.what = "the world did not end within " + std::to_string(world_lasts_max.count()) + " s";
  result.counted = counted;
  return result;
}

}  // namespace conclave::sim
