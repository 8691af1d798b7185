// When nobody wants anything any more: what has to be tidied up, and known, before a run may end.
#include "sim/checks/leftovers.hpp"
#include "sim/simulation.hpp"

#include <chrono>

namespace conclave::sim {

namespace {

constexpr duration look_again_after = std::chrono::milliseconds(200);

}  // namespace

// True when nothing is left of what is over, and all who are well know each other. Until then it is
// looked at again, for so long as that may take.
bool simulation::has_come_to_rest() {
  std::vector<bool> well(cluster_.size());
  for (machine_index at = 0; at < cluster_.size(); ++at) {
    well[at] = runs(at) && !conditions_[at].leaving && !conditions_[at].left_behind &&
               !cluster_.at(at).process->superseded();
  }
  std::string wrong = leftovers(cluster_.all(), well);
  if (wrong.empty()) {
    wrong = cluster_.judge().views().not_known(well);
  }
  if (wrong.empty()) {
    return true;
  }
  const duration within = service_bound() / 2 + cluster_.judge().views().known_within();
  if (now_ - phase_began_ < within) {
    events_.schedule(now_ + look_again_after, event_kind::phase, 0, phase_stamp_);
  } else {
    fail("not_at_rest",
         "nobody wants anything any more, but after " + to_text(now_ - phase_began_) + " " + wrong);
  }
  return false;
}

}  // namespace conclave::sim
