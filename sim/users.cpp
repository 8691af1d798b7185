// What users do.
#include "sim/users.hpp"

#include <algorithm>
#include <variant>

namespace conclave::sim {

namespace {

// How long who asks once holds.
constexpr duration asks_hold = std::chrono::milliseconds(6);

// How long who tries the watched lock holds it: so soon all who watch see it.
constexpr duration seen_hold = std::chrono::milliseconds(200);

}  // namespace

users::users(const options& drawn, core::random_source random, sim::cluster& cluster,
             event_queue& events, counters& counted)
    : options_(drawn), random_(random), cluster_(&cluster), events_(&events), counted_(&counted) {
  for (machine_index at = 0; at < drawn.machines(); ++at) {
    for (std::uint32_t i = 0; i < drawn.users; ++i) {
      add(at, i, role::everyday, 0);
    }
    for (lock_index lock = 0; lock < drawn.locks; ++lock) {
      add(at, lock, role::asks_once, lock);
      add(at, lock, role::tries_once, lock);
    }
  }
}

void users::add(machine_index at, std::uint32_t slot, role what, lock_index lock) {
  user one;
  one.slot = slot;
  one.machine = at;
  one.role = what;
  one.does.lock = lock;
  one.does.hold = options_.watched && lock == 0 ? seen_hold : short_hold;
  if (what == role::asks_once) {
    // More than it asked for at once: the voters have to be asked again.
    one.does.span = 2;
    one.does.tokens = 5;
    one.does.hold = at == 0 && lock == 0 && options_.long_holds ? long_hold(options_) : asks_hold;
    one.does.shares = options_.readers > 0 && at % 2 == 1;
    const std::uint32_t most = options_.most_together(lock);
    if (options_.is_semaphore(lock)) {
      one.does.shares = false;
      one.does.count = at % 2 == 1 ? most : 1;
      // All but one are had for long: the others have to do with that one. (Who wants several at
      // once would let those that have one for long come one after the other.)
      if (options_.long_holds && options_.permits > 1) {
        one.does.count = 1;
        one.does.hold = at + 1 < options_.permits ? long_hold(options_) : asks_hold;
      }
    } else if (options_.together > 0 && at % 3 == 2) {
      one.does.shares = false;
      one.does.count = most;
    }
    one.does.tokens = one.does.shares || options_.is_semaphore(lock) ? 0 : one.does.tokens;
    // Two want what the other has: of two machines, or of one.
    const bool within_one = options_.nested % 2 == 1;
    if (options_.nested > 0 && lock < 2 && at == (within_one ? 0 : lock) &&
        !options_.is_semaphore(lock)) {
      one.does.count = 1;
      one.does.nests = lock == 0 ? 1 : most - 1;
      one.does.hold = asks_hold;
      one.does.tokens = 0;
    }
  }
  all_.push_back(one);
}

void users::list_operations(const std::vector<operation>& all) {
  listed_ = true;
  for (const operation& each : all) {
    const auto whose = std::ranges::find_if(all_, [&](const user& one) {
      return one.role == role::everyday && one.machine == each.machine && one.slot == each.slot;
    });
    if (whose != all_.end() && each.lock < options_.locks) {
      whose->list.push_back(each);
    }
  }
}

void users::started(machine_index at, true_time now) {
  for (std::uint32_t i = 0; i < all_.size(); ++i) {
    if (all_[i].machine == at && all_[i].role == role::everyday) {
      think(i, now);
    }
  }
}

void users::stopped(machine_index at) {
  for (user& one : all_) {
    if (one.machine == at) {
      one.phase = phase::absent;
      one.wakes_at = end_of_time;
      ++one.stamp;
      one.others.clear();
      one.inner.clear();
    }
  }
}

void users::schedule(std::uint32_t index, true_time at) {
  user& one = all_[index];
  one.wakes_at = at;
  events_->schedule(at, event_kind::user, index, ++one.stamp);
}

void users::think(std::uint32_t index, true_time now) {
  user& one = all_[index];
  one.phase = phase::thinking;
  one.first.request = {};
  one.others.clear();
  one.inner.clear();
  ++one.stamp;
  if (winding_down_ && !one.left_behind) {
    return;
  }
  if (const std::optional<operation> next = next_operation(index, now); next) {
    one.does = *next;
    schedule(index, std::max(now, next->at));
  }
}

// One that was never begun, because the process ended first, comes again.
std::optional<operation> users::next_operation(std::uint32_t index, true_time now) const {
  const user& one = all_[index];
  if (!listed_) {
    return draw_operation(options_, random_, one.machine, one.slot, one.begun, now);
  }
  return one.begun < one.list.size() ? std::optional(one.list[one.begun]) : std::nullopt;
}

void users::wake(std::uint32_t index, true_time now) {
  user& one = all_[index];
  one.wakes_at = end_of_time;
  switch (one.phase) {
    case phase::absent:
      break;
    case phase::thinking:
      ask(index, now);
      break;
    case phase::waiting:
      counted_->add(counter::cancelled);
      let_go(index, now);
      break;
    case phase::holding:
      if (asks_for_inner(index, now) || lets_one_go(index, now)) {
        break;
      }
      if (take_token(index, now)) {
        schedule(index, now + one.does.hold / (one.does.tokens + 1));
      } else if (goes_on_sharing(index, now)) {
        schedule(index, now + one.does.hold);
      } else {
        let_go(index, now);
      }
      break;
  }
}

void users::wake_again(std::uint32_t index, true_time now) {
  schedule(index, now);
}

core::lock_request users::request_of(const user& one, true_time now) const {
  const core::instant local = cluster_->at(one.machine).local(now);
  core::lock_request asked;
  asked.owner = core::owner_id{owner_of(index_of(one))};
  asked.span = one.does.span;
  asked.mode = one.does.shares ? core::lock_mode::shared : core::lock_mode::exclusive;
  if (options_.is_semaphore(one.does.lock)) {
    asked.mode = core::lock_mode::permit;
    asked.permits = options_.permits;
  }
  asked.keep = options_.keep;
  asked.lease = one.does.lease;
  if (one.role != role::everyday) {
    asked.wait = one.role == role::asks_once;
    asked.give_up_at = asked.wait ? core::never : local + (options_.far ? 4 : 1) * try_patience;
    return asked;
  }
  asked.wait = one.does.wait;
  asked.hold_max = one.does.hold_limit;
  if (one.does.give_up_after != never_after) {
    asked.give_up_at = local + one.does.give_up_after;
  }
  return asked;
}

void users::ask(std::uint32_t index, true_time now) {
  user& one = all_[index];
  counted_->add(counter::locks_asked);
  one.phase = phase::waiting;
  one.first.request = {};
  one.shares = one.does.shares;
  if (one.role == role::everyday) {
    ++one.begun;
    if (record_ != nullptr) {
      record_->push_back(one.does);
    }
    if (one.does.cancel_after != never_after) {
      schedule(index, now + one.does.cancel_after);
    }
  }
  one.others.clear();
  one.first.lock = one.does.lock;
  const core::request_id request = cluster_->lock_all(one.machine, locks_of(one.does),
                                                      request_of(one, now), owner_of(index), now);
  if (one.phase != phase::thinking) {  // it can have failed at once
    one.first.request = request;
  }
}

std::vector<lock_index> users::locks_of(const operation& does) const {
  const std::uint32_t most = options_.most_together(does.lock);
  std::vector<lock_index> all;
  for (std::uint32_t i = 0; i < std::clamp(does.count, 1U, most); ++i) {
    all.push_back(options_.is_semaphore(does.lock) ? does.lock : (does.lock + i) % most);
  }
  return all;
}

std::vector<lock_index> users::inner_of(const operation& does) const {
  std::vector<lock_index> all;
  for (const std::uint32_t further : {does.nests, does.nests_too}) {
    if (further > 0) {
      all.push_back((does.lock + further) % options_.most_together(does.lock));
    }
  }
  return all;
}

void users::count_failure(errc reason) {
  if (reason == errc::timed_out) {
    counted_->add(counter::timed_out);
  } else if (reason == errc::would_block) {
    counted_->add(counter::would_block);
  } else if (reason == errc::deadlock) {
    counted_->add(counter::deadlocked);
  } else {
    counted_->add(counter::failed_otherwise);
  }
}

void users::count_loss(loss_reason reason) {
  switch (reason) {
    case loss_reason::expired:
      counted_->add(counter::lost_expired);
      break;
    case loss_reason::no_quorum:
      counted_->add(counter::lost_no_quorum);
      break;
    case loss_reason::held_too_long:
      counted_->add(counter::lost_held_too_long);
      break;
    case loss_reason::clocks_disagree:
      counted_->add(counter::lost_clocks_disagree);
      break;
    case loss_reason::none:
    case loss_reason::superseded:
    case loss_reason::shut_down:
      counted_->add(counter::lost_otherwise);
      break;
  }
}

void users::wind_down(true_time now) {
  winding_down_ = true;
  for (std::uint32_t i = 0; i < all_.size(); ++i) {
    user& one = all_[i];
    if (one.left_behind) {
      continue;
    }
    if (one.phase == phase::thinking || one.phase == phase::waiting) {
      ++one.stamp;
    } else if (one.phase == phase::holding) {
      schedule(i, std::min(one.wakes_at, now + short_hold));
    }
  }
}

void users::ask_for_all(true_time now) {
  for (std::uint32_t i = 0; i < all_.size(); ++i) {
    user& one = all_[i];
    if (one.role == role::asks_once && !one.left_behind && cluster_->runs(one.machine)) {
      one.phase = phase::thinking;
      schedule(i, now);
    }
  }
}

void users::try_all(true_time now) {
  std::vector<bool> tried(options_.locks);
  for (std::uint32_t i = 0; i < all_.size(); ++i) {
    user& one = all_[i];
    const bool may = one.role == role::tries_once && !one.left_behind;
    if (may && !tried[one.does.lock] && cluster_->runs(one.machine)) {
      tried[one.does.lock] = true;
      one.phase = phase::thinking;
      schedule(i, now);
    }
  }
}

std::string users::tried_in_vain() const {
  std::string text;
  for (const user& one : all_) {
    if (one.refused) {
      text += (text.empty() ? "" : ", ") + cluster_->at(one.machine).name() + " \"" +
              cluster_->locks()[one.does.lock] + "\"";
    }
  }
  return text;
}

void users::leave_behind(machine_index at) {
  for (user& one : all_) {
    one.left_behind = one.left_behind || one.machine == at;
  }
}

// Waits, holds, or is about to ask for the last time.
bool users::wants(const user& one) {
  return one.phase == phase::waiting || one.phase == phase::holding ||
         (one.role != role::everyday && one.phase == phase::thinking);
}

bool users::is_busy(machine_index at) const {
  return std::ranges::any_of(all_,
                             [&](const user& one) { return one.machine == at && wants(one); });
}

std::size_t users::busy() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(all_, [](const user& one) { return !one.left_behind && wants(one); }));
}

std::string users::who_waits() const {
  std::string text;
  for (const user& one : all_) {
    if (one.phase == phase::waiting && !one.left_behind) {
      text += (text.empty() ? "" : ", ") + cluster_->at(one.machine).name() + " r" +
              std::to_string(one.first.request.value) + " \"" + cluster_->locks()[one.does.lock] +
              "\"";
    }
  }
  return text;
}

}  // namespace conclave::sim
