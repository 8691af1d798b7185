// Candidates and voters compared, in true time.
#include "sim/checks/agreement.hpp"

namespace conclave::sim {

namespace {

// Until when this voter keeps the session that the candidate believes in. The past when it has no
// such session any more, and never when it lends to nobody.
true_time promised_until(const machine& voter, const core::node_boot& candidate,
                         const core::voter_view& view) {
  const core::voter& lends = *voter.process->lends();
  if (view.boot != voter.process->self().boot) {
    // What an earlier process promised is over by then.
    return voter.clock.first_reaching(voter.abstains_until);
  }
  const core::session* session = lends.find_session(candidate);
  const bool same = session != nullptr && session->opened_as <= view.generation &&
                    view.generation <= session->generation;
  return same ? voter.clock.first_reaching(session->until) : true_time{};
}

bool is_lent(const core::voter& lends, const core::node_boot& candidate, core::request_id request,
             const core::lock_name& lock, const core::vote_record& counted) {
  const core::lock_state* state = lends.find_lock(lock);
  const core::lent_vote* lent = state == nullptr ? nullptr : state->find_lent(candidate, request);
  return lent != nullptr && lent->ballot >= counted.ballot && lent->to.slot == counted.slot;
}

// A session rests on an echo less than a lease old, so it ends less than two leases after its
// candidate heard the voter last: one that hears nothing pins no vote.
bool outlives_silence(const machine& candidate, const machine& voter, true_time now) {
  const core::session* session = voter.process->lends()->find_session(candidate.process->self());
  const core::peer* heard = candidate.process->links().find(voter.process->self().node);
  if (session == nullptr || heard == nullptr) {
    return false;
  }
  const duration silent = core::shortened_by_drift(candidate.local(now) - heard->last_heard,
                                                   voter.settings.clock_drift_max_ppm);
  const duration left = session->until - voter.local(now);
  return left > 2 * candidate.settings.lease_ttl - silent;
}

std::string compare(const machine& candidate, const machine& voter, true_time now) {
  if (!candidate.process || !voter.process || voter.process->lends() == nullptr ||
      voter.process->lends()->stopped()) {
    return {};
  }
  if (outlives_silence(candidate, voter, now)) {
    return voter.name() + " keeps its session, though it has not heard that voter for long";
  }
  const core::candidate& asks = candidate.process->asks();
  const core::node_boot self = candidate.process->self();
  const auto index = asks.views().index_of(voter.process->self().node);
  if (!index || !asks.views().at(*index).believed(candidate.local(now))) {
    return {};
  }
  const core::voter_view& view = asks.views().at(*index);
  const true_time until = candidate.clock.first_reaching(view.believed_until);
  const true_time promised = promised_until(voter, self, view);
  if (until > promised) {
    return "it believes " + voter.name() + " for " + std::to_string((until - promised).count()) +
           " ns longer than its session there lasts";
  }
  if (view.boot != voter.process->self().boot) {
    return {};
  }
  for (const auto& [request, one] : asks.attempts()) {
    if (one.phase == core::attempt_phase::queued) {
      continue;
    }
    const core::vote_record& vote = one.votes[*index];
    if (one.counts(vote, view, candidate.local(now)) &&
        !is_lent(*voter.process->lends(), self, one.ticket.request, one.lock, vote)) {
      return "it counts a vote of " + voter.name() + " at ballot " +
             std::to_string(vote.ballot.value) + " for r" + std::to_string(request.value) +
             " that is not lent to it";
    }
  }
  return {};
}

}  // namespace

std::string false_belief(const std::vector<machine>& machines, machine_index at, true_time now) {
  for (machine_index other = 0; other < machines.size(); ++other) {
    std::string wrong = compare(machines[at], machines[other], now);
    if (!wrong.empty()) {
      return machines[at].name() + ": " + wrong;
    }
    if (other != at) {
      wrong = compare(machines[other], machines[at], now);
    }
    if (!wrong.empty()) {
      return machines[other].name() + ": " + wrong;
    }
  }
  return {};
}

}  // namespace conclave::sim
