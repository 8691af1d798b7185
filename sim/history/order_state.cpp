// Placing acquisitions one after the other.
#include "sim/history/order_state.hpp"

#include "base/random.hpp"

#include <algorithm>

namespace conclave::histories {

namespace {

constexpr auto back_later = [](const auto& a, const auto& b) { return a.until > b.until; };

std::uint64_t number_of(moment at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

}  // namespace

moment order_state::place(const step& one) {
  moment at = std::max(now_, one.when().earliest);
  if (one.what != nullptr) {
    const hold& what = *one.what;
    switch (what.mode) {
      case lock_mode::exclusive:
        at = std::max({at, exclusive_until_, shared_until_});
        exclusive_until_ = std::max(at, what.ends.earliest);
        break;
      case lock_mode::shared:
        at = std::max(at, exclusive_until_);
        shared_until_ = std::max({shared_until_, at, what.ends.earliest});
        break;
      case lock_mode::permit:
        at = place_permit(what, at);
        break;
    }
  }
  now_ = at;
  return at == never || at > one.when().latest ? never : at;
}

moment order_state::place_permit(const hold& one, moment from) {
  moment at = from;
  if (one.slot != no_slot) {
    const auto slot = slots_until_.find(one.slot);
    at = slot == slots_until_.end() ? at : std::max(at, slot->second);
  }
  give_back(at);
  total_ = out_.empty() ? one.permits : std::max(total_, one.permits);
  while (used_ + one.count > total_ && !out_.empty()) {
    at = out_.front().until;
    give_back(at);
  }
  const moment until = std::max(at, one.ends.earliest);
  if (one.slot != no_slot) {
    slots_until_[one.slot] = until;
  }
  used_ += one.count;
  out_.push_back({.until = until, .count = one.count});
  std::ranges::push_heap(out_, back_later);
  return at;
}

void order_state::give_back(moment until) {
  while (!out_.empty() && out_.front().until <= until) {
    used_ -= out_.front().count;
    std::ranges::pop_heap(out_, back_later);
    out_.pop_back();
  }
}

void order_state::forget_before(moment begin) {
  now_ = std::max(now_, begin);
  exclusive_until_ = std::max(exclusive_until_, now_);
  shared_until_ = std::max(shared_until_, now_);
  give_back(now_);
  std::erase_if(slots_until_, [&](const auto& slot) { return slot.second <= now_; });
}

std::uint64_t order_state::fingerprint() const {
  std::uint64_t print = core::mix(number_of(now_));
  const auto add = [&](std::uint64_t value) { print = core::mix(print ^ value); };
  add(number_of(exclusive_until_));
  add(number_of(shared_until_));
  std::vector<permits_out> out = out_;
  std::ranges::sort(out, {},
                    [](const permits_out& one) { return std::pair(one.until, one.count); });
  for (const permits_out& one : out) {
    add(number_of(one.until));
    add(one.count);
  }
  add(out.empty() ? 0 : total_);
  for (const auto& [slot, until] : slots_until_) {
    add(slot);
    add(number_of(until));
  }
  return print;
}

}  // namespace conclave::histories
