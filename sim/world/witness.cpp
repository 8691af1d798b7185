// Compares beliefs.
#include "sim/world/witness.hpp"

#include "sim/world/host_state.hpp"
#include "sim/world/universe.hpp"

#include <algorithm>

namespace conclave::sim {

std::string witness::granted(const belief_key& who, fencing_token token, core::instant deadline,
                             bool shared) {
  lock_state& state = locks_[{*who.lock, who.slot}];
  state.believed.push_back({.host = who.host,
                            .request = who.request,
                            .token = token,
                            .deadline = deadline,
                            .shared = shared});
  const fencing_token before = shared ? state.last_exclusive : state.last_token;
  if (token <= before) {
    return who.host->name + " got token " + std::to_string(token.value()) + " for the lock \"" +
           *who.lock + "\" after token " + std::to_string(before.value());
  }
  state.last_token = std::max(state.last_token, token);
  state.last_exclusive = std::max(state.last_exclusive, shared ? fencing_token() : token);
  return other_believer(state, who);
}

std::string witness::extended(const belief_key& who, core::instant deadline) {
  lock_state& state = locks_[{*who.lock, who.slot}];
  if (held* one = find(state, who); one != nullptr) {
    one->deadline = std::max(one->deadline, deadline);
  }
  return other_believer(state, who);
}

void witness::shared(const belief_key& who) {
  if (held* one = find(locks_[{*who.lock, who.slot}], who); one != nullptr) {
    one->shared = true;
  }
}

witness::held* witness::find(lock_state& in, const belief_key& who) {
  const auto found =
      std::ranges::find_if(in.believed, [&](const held& one) { return one.is(who); });
  return found == in.believed.end() ? nullptr : &*found;
}

void witness::ended(const belief_key& who) {
  std::erase_if(locks_[{*who.lock, who.slot}].believed,
                [&](const held& one) { return one.is(who); });
}

void witness::forget(const host_state& host) {
  for (auto& [name, state] : locks_) {
    std::erase_if(state.believed, [&](const held& one) { return one.host == &host; });
  }
}

bool witness::held::lasts() const {
  return host->clock.local(host->around->now()) < deadline;
}

std::vector<const host_state*> witness::holders(const std::string& lock) const {
  std::vector<const host_state*> found;
  for (auto at = locks_.lower_bound({lock, std::nullopt});
       at != locks_.end() && at->first.first == lock; ++at) {
    for (const held& one : at->second.believed) {
      if (one.lasts() && std::ranges::count(found, one.host) == 0) {
        found.push_back(one.host);
      }
    }
  }
  std::ranges::sort(found, {}, &host_state::index);
  return found;
}

std::string witness::other_believer(lock_state& of, const belief_key& who) const {
  if (exclusion_void_) {
    return {};
  }
  const held* own = find(of, who);
  const bool shares = own != nullptr && own->shared;
  for (const held& one : of.believed) {
    if (!one.is(who) && !(shares && one.shared) && one.lasts()) {
      return who.host->name + " and " + one.host->name + " hold the lock \"" + *who.lock +
             "\" at once";
    }
  }
  return {};
}

}  // namespace conclave::sim
