// Who knows where the voters are.
#include "sim/checks/acquaintance.hpp"

namespace conclave::sim {

namespace {

bool has_met(const machine& one, const machine& other) {
  const core::belief* known =
      one.process->members().table().find(core::node_id_of(other.settings.name));
  return known != nullptr && known->record->where == other.where;
}

}  // namespace

bool majority_is_known(const std::vector<machine>& machines, const std::vector<bool>& well,
                       std::size_t voters) {
  for (std::size_t at = 0; at < machines.size(); ++at) {
    std::size_t known = 0;
    for (std::size_t voter = 0; voter < voters && well[at]; ++voter) {
      known += well[voter] && has_met(machines[at], machines[voter]) ? 1 : 0;
    }
    if (well[at] && known <= voters / 2) {
      return false;
    }
  }
  return true;
}

}  // namespace conclave::sim
