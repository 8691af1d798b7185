// Depth first over all orders of effects that agree with real time.
#include "oracle.hpp"

#include <algorithm>
#include <cstdint>

namespace conclave::histories {

namespace {

enum class effect : std::uint8_t { acquire, release, renew, lose, lapse, fade };

struct event {
  effect what = effect::acquire;
  bool repeats_token = false;     // a renewal that only names its hold
  const operation* by = nullptr;  // of lapse and fade: the acquisition
  moment earliest{};
  moment latest{};
  bool may_never_be = false;
};

struct holding {
  const operation* acquired = nullptr;
  bool on = true;
};

struct lock_now {
  std::vector<holding> all;  // also those that are over, but were not released
  fencing_token last;
  const operation* last_by = nullptr;
};

// When a hold ends by itself. A renewal shows that it was still there, and says until when it is
// from then on; if it does not say, nobody knows.
std::vector<event> lapse_of(const operation& acquired, const std::vector<operation>& told) {
  const operation* last = &acquired;
  event lapse{.what = effect::lapse, .by = &acquired};
  for (const operation& one : told) {
    if (one.kind == operation_kind::renew && one.process == acquired.process &&
        acquired.line < one.line && acquired.result == outcome::ok) {
      last = one.valid_until == never ? last : &one;
      lapse.earliest = one.called;
      lapse.may_never_be = lapse.may_never_be || one.valid_until == never;
    }
  }
  if (last->valid_until == never) {
    return {};
  }
  lapse.earliest = std::max(lapse.earliest, last->valid_until);
  lapse.latest = lapse.may_never_be ? never : last->valid_until;
  return {lapse};
}

std::vector<event> events_of(const std::vector<operation>& told) {
  std::vector<event> events;
  for (const operation& one : told) {
    const bool unknown = one.result == outcome::unknown;
    event made{.by = &one, .earliest = one.called, .latest = one.returned, .may_never_be = unknown};
    switch (one.kind) {
      case operation_kind::acquire:
        made.what = effect::acquire;
        break;
      case operation_kind::release:
        made.what = effect::release;
        break;
      case operation_kind::renew:
        made.what = effect::renew;
        made.repeats_token = std::ranges::any_of(told, [&](const operation& other) {
          return other.process == one.process && other.line < one.line && other.token == one.token;
        });
        break;
      case operation_kind::lost:
        made.what = effect::lose;
        break;
      case operation_kind::crash:
      case operation_kind::write:
        continue;
    }
    events.push_back(made);
    if (one.kind != operation_kind::acquire) {
      continue;
    }
    for (const event& lapse : lapse_of(one, told)) {
      events.push_back(lapse);
    }
    for (const operation& crash : told) {
      if (crash.kind == operation_kind::crash && crash.process == one.process &&
          crash.called >= one.called) {
        events.push_back({.what = effect::fade,
                          .by = &one,
                          .earliest = crash.called,
                          .latest = never,
                          .may_never_be = true});
      }
    }
  }
  return events;
}

bool may_acquire(const lock_now& now, const operation& one) {
  std::uint32_t used = 0;
  for (const holding& other : now.all) {
    if (!other.on) {
      continue;
    }
    if (one.mode == lock_mode::permit) {
      used += other.acquired->count;
      if (one.slot != no_slot && other.acquired->slot == one.slot) {
        return false;
      }
    } else if (one.mode == lock_mode::exclusive || other.acquired->mode == lock_mode::exclusive) {
      return false;
    }
  }
  return one.mode != lock_mode::permit || used + one.count <= one.permits;
}

// A process means what it had when it called.
bool is_meant(const holding& one, const operation& by) {
  const fencing_token token = one.acquired->token;
  return one.acquired->process == by.process && one.acquired->line < by.line &&
         (!by.token || token == by.token) &&
         (by.slot == no_slot || one.acquired->slot == no_slot || by.slot == one.acquired->slot);
}

// All states that the effect may lead to; none when it may not be now.
std::vector<lock_now> after(const lock_now& now, const event& next) {
  std::vector<lock_now> reached;
  const operation& by = *next.by;
  const auto end_each = [&](bool on_only, bool gone, auto meant) {
    for (std::size_t i = 0; i < now.all.size(); ++i) {
      if (meant(now.all[i]) && (now.all[i].on || !on_only)) {
        lock_now then = now;
        then.all[i].on = false;
        if (gone) {
          then.all.erase(then.all.begin() + static_cast<std::ptrdiff_t>(i));
        }
        reached.push_back(then);
      }
    }
  };
  const auto by_process = [&](const holding& one) { return is_meant(one, by); };
  const auto same = [&](const holding& one) { return one.acquired == &by; };
  // Equal for those that share, and for who downgrades.
  const bool may_be_equal =
      by.mode == lock_mode::shared && now.last_by != nullptr &&
      (now.last_by->mode == lock_mode::shared ||
       (now.last_by->kind == operation_kind::acquire && now.last_by->process == by.process));
  const bool token_rises =
      !by.token || by.token > now.last || (may_be_equal && by.token == now.last);
  switch (next.what) {
    case effect::acquire:
      if (may_acquire(now, by) && token_rises) {
        reached.push_back(now);
        reached.back().all.push_back({.acquired = &by});
        reached.back().last = std::max(now.last, by.token);
        reached.back().last_by = by.token ? &by : now.last_by;
      }
      break;
    case effect::release:
      end_each(by.result == outcome::unknown, by.result == outcome::ok, by_process);
      break;
    case effect::renew: {
      const bool held = std::ranges::any_of(now.all, [&](const holding& one) {
        return one.on && one.acquired->process == by.process;
      });
      if (held && (token_rises || next.repeats_token)) {
        reached.push_back(now);
        reached.back().last = std::max(now.last, by.token);
        reached.back().last_by = by.token ? &by : now.last_by;
      }
      break;
    }
    case effect::lose:
      end_each(true, false, by_process);
      if (reached.empty()) {
        reached.push_back(now);
      }
      break;
    case effect::lapse:
      // Either it is held, or it is over already; but it has begun.
      end_each(true, false, same);
      if (reached.empty() && now.last >= by.token) {
        reached.push_back(now);
      }
      break;
    case effect::fade:
      end_each(true, false, same);
      break;
  }
  return reached;
}

bool explains(const lock_now& now, const std::vector<event>& left) {
  if (std::ranges::all_of(left, &event::may_never_be)) {
    return true;
  }
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool too_early = std::ranges::any_of(
        left, [&](const event& other) { return other.latest < left[i].earliest; });
    const bool not_begun =
        left[i].what == effect::lapse && std::ranges::any_of(left, [&](const event& other) {
          return other.what == effect::acquire && other.by == left[i].by;
        });
    if (too_early || not_begun) {
      continue;
    }
    std::vector<event> rest = left;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
    for (const lock_now& then : after(now, left[i])) {
      if (explains(then, rest)) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

bool some_order_explains(const std::vector<operation>& told) {
  std::vector<event> events;
  for (const event& one : events_of(told)) {
    if (one.by->result != outcome::fail) {
      events.push_back(one);
    }
  }
  return explains({}, events);
}

}  // namespace conclave::histories
