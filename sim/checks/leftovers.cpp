// Looks through voters, sessions and links for what nobody wants any more.
#include "sim/checks/leftovers.hpp"

namespace conclave::sim {

namespace {

std::string kept_by_voter(const core::voter& lends) {
  for (core::lock_slot slot = 0; slot < lends.locks().slots_end(); ++slot) {
    const core::lock_state& lock = lends.locks().at(slot);
    const std::string name(lock.name_view());
    if (!lock.lent.empty()) {
      return "the vote on \"" + name + "\" stays lent, to r" +
             std::to_string(lock.lent.front().to.ticket.request.value);
    }
    if (!lock.queue.empty()) {
      return std::to_string(lock.queue.size()) + " places in the queue of \"" + name +
             "\" stay taken";
    }
  }
  return {};
}

std::string kept_for(const machine& where, const machine& other) {
  const core::node_boot peer = other.process->self();
  const core::voter* lends = where.process->lends();
  const core::session* session = lends == nullptr ? nullptr : lends->find_session(peer);
  if (session != nullptr && (session->requests > 0 || !session->locks.empty())) {
    return std::to_string(session->requests) + " requests of " + other.name() +
           " are still counted";
  }
  const core::peer* link = where.process->links().find(peer.node);
  if (link != nullptr && link->outbox_size() > 0) {
    return std::to_string(link->outbox_size()) + " messages to " + other.name() +
           " are not acknowledged";
  }
  return {};
}

}  // namespace

std::string leftovers(const std::vector<machine>& machines, const std::vector<bool>& well) {
  for (machine_index at = 0; at < machines.size(); ++at) {
    if (!well[at]) {
      continue;
    }
    const machine& where = machines[at];
    std::string kept;
    if (where.process->lends() != nullptr) {
      kept = kept_by_voter(*where.process->lends());
    }
    for (machine_index other = 0; other < machines.size() && kept.empty(); ++other) {
      if (well[other]) {
        kept = kept_for(where, machines[other]);
      }
    }
    if (!kept.empty()) {
      return where.name() + ": " + kept;
    }
  }
  return {};
}

}  // namespace conclave::sim
