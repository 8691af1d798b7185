// Compares what is seen with what is lent.
#include "sim/checks/sightings.hpp"

#include <map>
#include <tuple>
#include <utility>

namespace conclave::sim {

namespace {

// What a majority of all voters lends alike, as far as these machines are well. Nothing when there
// is no such majority.
std::optional<core::holder_view> lent_by_most(const std::vector<machine>& machines,
                                              const core::lock_name& lock,
                                              const std::vector<bool>& well) {
  std::map<std::tuple<core::node_boot, core::request_id, core::ballot>, std::size_t> votes;
  std::size_t voters = 0;
  for (machine_index at = 0; at < machines.size(); ++at) {
    const auto& process = machines[at].process;
    if (!well[at] || !process || process->lends() == nullptr) {
      continue;
    }
    voters = process->roster().voters.size();
    const core::lock_state* state = process->lends()->find_lock(lock);
    if (state == nullptr || state->lent.empty()) {
      ++votes[{}];
    } else {
      const core::lent_vote& lent = state->lent.front();
      ++votes[{lent.to.who, lent.to.ticket.request, lent.ballot}];
    }
  }
  for (const auto& [lent, count] : votes) {
    if (count > voters / 2) {
      return core::holder_view{
          .known = true, .holder = std::get<0>(lent), .ballot = std::get<2>(lent)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::string sightings::happened(machine_index at, const core::observed& seen) {
  const auto before = std::exchange(last_[at], seen.view);
  return before && seen.view.ballot < before->ballot
             ? (*machines_)[at].name() + ": what it sees of \"" + seen.lock + "\" goes back"
             : "";
}

std::string sightings::not_seen(const core::lock_name& lock, const std::vector<bool>& well) const {
  const auto lent = lent_by_most(*machines_, lock, well);
  if (!lent) {
    return "";
  }
  for (machine_index at = 0; at < machines_->size(); ++at) {
    if (!well[at] || !(*machines_)[at].process) {
      continue;
    }
    const auto& seen = last_[at];
    const bool same = seen && seen->known && seen->holder == lent->holder &&
                      (!lent->holder.node || seen->ballot == lent->ballot);
    if (!same) {
      return (*machines_)[at].name() + " does not see who has \"" + lock + "\"";
    }
  }
  return "";
}

}  // namespace conclave::sim
