// Points in users' code at which a test lets a process stand still.
#include "sim/world/universe.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace conclave::sim {

void universe::arm(const std::string& barrier, const host_state* whom) {
  refuse_foreign_thread();
  if (stopped_at(barrier) > 0) {
    throw std::logic_error("a process stands at the barrier \"" + barrier +
                           "\": release it before");
  }
  barriers_.insert_or_assign(barrier, armed_barrier{.whom = whom, .stopped = {}});
}

void universe::release(const std::string& barrier) {
  refuse_foreign_thread();
  const auto found = barriers_.find(barrier);
  if (found == barriers_.end()) {
    throw std::logic_error("nobody has armed a barrier \"" + barrier + "\"");
  }
  const std::vector<host_state*> stopped = std::move(found->second.stopped);
  barriers_.erase(found);
  for (host_state* each : stopped) {
    note(each->name + " goes on from \"" + barrier + "\"");
    each->paused = false;
    stand_still(*each);
  }
}

std::size_t universe::stopped_at(const std::string& barrier) const {
  const auto found = barriers_.find(barrier);
  return found == barriers_.end() ? 0 : found->second.stopped.size();
}

void universe::resume(host_state& which) {
  std::erase_if(barriers_, [&](const auto& each) {
    return std::ranges::count(each.second.stopped, &which) != 0;
  });
  which.paused = false;
  which.suspended = false;
  stand_still(which);
}

bool universe::comes_to(const std::string& barrier, const process_context& who) {
  const auto found = barriers_.find(barrier);
  if (found == barriers_.end()) {
    return false;
  }
  const auto at = std::ranges::find_if(
      hosts_, [&](const auto& each) { return each->running && &each->running->context == &who; });
  const bool meant = at != hosts_.end() &&
                     (found->second.whom == nullptr || found->second.whom == at->get()) &&
                     found->second.stopped.empty();
  if (!meant) {
    return false;
  }
  host_state& stopped = **at;
  note(stopped.name + " stops at \"" + barrier + "\"");
  found->second.stopped.push_back(&stopped);
  stopped.paused = true;
  stand_still(stopped);
  return true;
}

}  // namespace conclave::sim
