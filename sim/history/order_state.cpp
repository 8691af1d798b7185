// Placing acquisitions one after the other.
#include "sim/history/order_state.hpp"

#include "base/random.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace conclave::histories {

namespace {

constexpr auto back_later = [](const auto& a, const auto& b) { return a.until > b.until; };

std::uint64_t number_of(moment at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

}  // namespace

void count_further_tokens(std::vector<step>& steps) {
  std::unordered_map<const hold*, std::uint32_t> counts;
  for (const step& one : steps) {
    if (one.comes_within()) {
      ++counts[one.what];
    }
  }
  for (step& one : steps) {
    if (one.further == nullptr && !counts.empty()) {
      const auto count = counts.find(one.what);
      one.further_tokens = count == counts.end() ? 0 : count->second;
    } else {
      one.further_tokens = 0;
    }
  }
}

moment order_state::place(const step& one) {
  const moment from = std::max(now_, one.when().earliest);
  const moment at = one.further == nullptr ? place_hold(one, from) : place_further(one, from);
  now_ = at;
  return at == never || at > one.when().latest ? never : at;
}

moment order_state::place_hold(const step& one, moment from) {
  const hold& what = *one.what;
  moment at = from;
  if (is_blocked(what)) {
    return never;
  }
  switch (what.mode) {
    case lock_mode::exclusive:
      at = std::max({at, exclusive_until_, shared_until_});
      break;
    case lock_mode::shared:
      at = std::max(at, exclusive_until_);
      break;
    case lock_mode::permit:
      at = place_permit(what, at);
      break;
  }
  if (at == never) {
    return never;
  }
  if (one.further_tokens > 0) {
    tokens_to_come_[what.line] = one.further_tokens;
    begin_unfinished(what);
  } else {
    hold_until(what, std::max(at, what.ends.earliest));
  }
  return at;
}

// Nothing is before the hold that it is within, and that lasts until here.
moment order_state::place_further(const step& one, moment from) {
  const auto within = tokens_to_come_.find(one.what->line);
  if (within != tokens_to_come_.end() && --within->second == 0) {
    tokens_to_come_.erase(within);
    end_unfinished(*one.what);
    hold_until(*one.what, std::max(from, one.what->ends.earliest));
  }
  return from;
}

void order_state::begin_unfinished(const hold& one) {
  switch (one.mode) {
    case lock_mode::exclusive:
      ++exclusive_unfinished_;
      break;
    case lock_mode::shared:
      ++shared_unfinished_;
      break;
    case lock_mode::permit:
      permits_unfinished_ += one.count;
      if (one.slot != no_slot) {
        ++slots_unfinished_[one.slot];
      }
      break;
  }
}

void order_state::end_unfinished(const hold& one) {
  switch (one.mode) {
    case lock_mode::exclusive:
      --exclusive_unfinished_;
      break;
    case lock_mode::shared:
      --shared_unfinished_;
      break;
    case lock_mode::permit:
      permits_unfinished_ -= one.count;
      if (one.slot != no_slot && --slots_unfinished_[one.slot] == 0) {
        slots_unfinished_.erase(one.slot);
      }
      break;
  }
}

bool order_state::is_blocked(const hold& one) const {
  switch (one.mode) {
    case lock_mode::exclusive:
      return exclusive_unfinished_ + shared_unfinished_ > 0;
    case lock_mode::shared:
      return exclusive_unfinished_ > 0;
    case lock_mode::permit:
      return slots_unfinished_.contains(one.slot);
  }
  return false;
}

void order_state::hold_until(const hold& one, moment until) {
  switch (one.mode) {
    case lock_mode::exclusive:
      exclusive_until_ = std::max(exclusive_until_, until);
      break;
    case lock_mode::shared:
      shared_until_ = std::max(shared_until_, until);
      break;
    case lock_mode::permit:
      if (one.slot != no_slot) {
        slots_until_[one.slot] = until;
      }
      used_ += one.count;
      out_.push_back({.until = until, .count = one.count});
      std::ranges::push_heap(out_, back_later);
      break;
  }
}

moment order_state::place_permit(const hold& one, moment from) {
  moment at = from;
  if (one.slot != no_slot) {
    const auto slot = slots_until_.find(one.slot);
    at = slot == slots_until_.end() ? at : std::max(at, slot->second);
  }
  give_back(at);
  const bool none_out = out_.empty() && permits_unfinished_ == 0;
  total_ = none_out ? one.permits : std::max(total_, one.permits);
  while (used_ + permits_unfinished_ + one.count > total_) {
    if (out_.empty()) {
      return never;
    }
    at = out_.front().until;
    give_back(at);
  }
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
  for (const auto& [line, tokens] : tokens_to_come_) {
    add(line);
    add(tokens);
  }
  return print;
}

}  // namespace conclave::histories
