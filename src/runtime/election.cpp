// Elections.
#include "runtime/lock_call.hpp"

#include <conclave/election.hpp>

#include <utility>

namespace conclave {

// Never kept: who does not lead any more must not be seen to.
election::election(node& owner, std::string_view name)
    : target_(runtime::target_of(owner, name, {.keep = std::chrono::nanoseconds(0)})) {}

detail::lock_wish election::wish(std::optional<std::chrono::nanoseconds> patience) const {
  return {.target = target_, .wait = true, .patience = patience, .one_token = true};
}

grant election::campaign() {
  return *runtime::lock_and_wait(wish({}));
}

std::optional<grant> election::campaign_for(std::chrono::nanoseconds patience) {
  return runtime::lock_and_wait(wish(patience));
}

subscription election::observe(std::function<void(const lock_holder&)> callback) const {
  return subscription(target_->engine->observe(target_->name, std::move(callback)));
}

}  // namespace conclave
