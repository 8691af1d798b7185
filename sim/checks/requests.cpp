// Which step may follow which.
#include "sim/checks/requests.hpp"

#include <algorithm>

namespace conclave::sim {

bool is_by_time(loss_reason reason) {
  return reason == loss_reason::expired || reason == loss_reason::no_quorum ||
         reason == loss_reason::held_too_long;
}

bool requests::ask(core::request_id id, lock_index lock, std::uint32_t owner,
                   const core::lock_request& how, const core::companions& together) {
  if (!id || id.value <= all_.size()) {
    return false;  // ids are unique and increase
  }
  all_.resize(id.value);
  all_.back() = {.phase = request_phase::waiting,
                 .lock = lock,
                 .mode = how.mode,
                 .permits = how.permits,
                 .slot = core::any_slot,
                 .together = together,
                 .hold_max = how.hold_max,
                 .latest = core::never,
                 .owner = owner,
                 .nested = how.nested,
                 .deadline = {}};
  ++waiting_;
  return true;
}

bool requests::grant(core::request_id id, core::instant deadline, core::instant now,
                     core::permit_slot slot) {
  tracked_request* one = in_phase(id, request_phase::waiting);
  if (one == nullptr || slot < core::only_slot ||
      slot > std::max<std::uint32_t>(one->permits, core::only_slot)) {
    return false;
  }
  one->slot = slot;
  if (one->together.count > 1) {
    granted_.push_back(id);
  }
  one->phase = request_phase::holding;
  one->deadline = deadline;
  one->latest =
      one->hold_max == duration::max() ? core::never : core::saturating_add(now, one->hold_max);
  --waiting_;
  return true;
}

core::request_id requests::granted_without_others() {
  core::request_id found;
  for (const core::request_id each : granted_) {
    const core::companions all = find(each).together;
    for (std::uint32_t i = 0; i < all.count; ++i) {
      const bool too = std::ranges::find(granted_, all.first.next(i)) != granted_.end();
      found = too || found ? found : each;
    }
  }
  granted_.clear();
  return found;
}

bool requests::extend(core::request_id id, core::instant deadline, core::instant now) {
  tracked_request* one = in_phase(id, request_phase::holding);
  if (one == nullptr || deadline <= one->deadline || one->deadline <= now ||
      one->latest < deadline) {
    return false;
  }
  one->deadline = deadline;
  return true;
}

bool requests::shorten(core::request_id id, core::instant deadline, core::instant now) {
  tracked_request* one = in_phase(id, request_phase::holding);
  if (one == nullptr || deadline >= one->deadline || deadline <= now) {
    return false;
  }
  one->deadline = deadline;
  return true;
}

bool requests::downgrade(core::request_id id, bool held, core::instant now) {
  tracked_request* one = in_phase(id, request_phase::holding);
  const bool may = one != nullptr && now < one->deadline;
  if (may && held) {
    one->mode = core::lock_mode::shared;
  }
  return may == held;
}

bool requests::unlock(core::request_id id, bool held, core::instant now) {
  const tracked_request one = find(id);
  switch (one.phase) {
    case request_phase::unknown:
    case request_phase::over:
      return !held;
    case request_phase::waiting:
      return finish(id, request_phase::waiting) && held;
    case request_phase::holding:
      return finish(id, request_phase::holding) && held == (now < one.deadline);
  }
  return false;
}

tracked_request requests::find(core::request_id id) const {
  return id && id.value <= all_.size() ? all_[id.value - 1] : tracked_request{};
}

tracked_request* requests::in_phase(core::request_id id, request_phase phase) {
  const bool known = id && id.value <= all_.size() && all_[id.value - 1].phase == phase;
  return known ? &all_[id.value - 1] : nullptr;
}

bool requests::finish(core::request_id id, request_phase from) {
  tracked_request* one = in_phase(id, from);
  if (one == nullptr) {
    return false;
  }
  one->phase = request_phase::over;
  waiting_ -= from == request_phase::waiting ? 1 : 0;
  return true;
}

}  // namespace conclave::sim
