// Compares beliefs.
#include "sim/world/witness.hpp"

#include "sim/world/host_state.hpp"
#include "sim/world/universe.hpp"

#include <algorithm>

namespace conclave::sim {

std::string witness::granted(const belief_key& who, fencing_token token, core::instant deadline) {
  lock_state& state = locks_[*who.lock];
  state.believed.push_back(
      {.host = who.host, .request = who.request, .token = token, .deadline = deadline});
  if (token <= state.last_token) {
    return who.host->name + " got token " + std::to_string(token.value()) + " for the lock \"" +
           *who.lock + "\" after token " + std::to_string(state.last_token.value());
  }
  state.last_token = token;
  return other_believer(state, who);
}

std::string witness::extended(const belief_key& who, core::instant deadline) {
  lock_state& state = locks_[*who.lock];
  for (held& one : state.believed) {
    if (one.host == who.host && one.request == who.request) {
      one.deadline = std::max(one.deadline, deadline);
    }
  }
  return other_believer(state, who);
}

void witness::ended(const belief_key& who) {
  std::erase_if(locks_[*who.lock].believed, [&](const held& one) {
    return one.host == who.host && one.request == who.request;
  });
}

void witness::forget(const host_state& host) {
  for (auto& [name, state] : locks_) {
    std::erase_if(state.believed, [&](const held& one) { return one.host == &host; });
  }
}

std::string witness::other_believer(const lock_state& of, const belief_key& who) const {
  if (exclusion_void_) {
    return {};
  }
  for (const held& one : of.believed) {
    const bool same = one.host == who.host && one.request == who.request;
    if (!same && one.host->clock.local(one.host->around->now()) < one.deadline) {
      return who.host->name + " and " + one.host->name + " hold the lock \"" + *who.lock +
             "\" at once";
    }
  }
  return {};
}

}  // namespace conclave::sim
