// A way through a small world, as lines for people.
#pragma once

#include "sim/explore/state.hpp"

#include <string>
#include <vector>

namespace conclave::sim {

[[nodiscard]] std::vector<std::string> tell_story(catalogue& known, const world_state& first,
                                                  const std::vector<move>& moves);
// One move, without what comes of it.
[[nodiscard]] std::string describe_move(const catalogue& known, const world_state& from,
                                        const move& what);

}  // namespace conclave::sim
