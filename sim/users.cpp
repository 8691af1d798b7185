// What users do.
#include "sim/users.hpp"

#include <algorithm>
#include <variant>

namespace conclave::sim {

namespace {

// How long anybody holds a lock once the faults are over.
constexpr duration short_hold = std::chrono::milliseconds(1);

// How long who does not want to wait waits for answers at most.
constexpr duration try_patience = std::chrono::milliseconds(250);

// An owner of 0 means nobody.
constexpr std::uint32_t owner_of(std::uint32_t user) {
  return user + 1;
}

}  // namespace

users::users(const options& drawn, core::random_source random, sim::cluster& cluster,
             event_queue& events, counters& counted)
    : options_(drawn), cluster_(&cluster), events_(&events), counted_(&counted) {
  for (machine_index at = 0; at < drawn.machines(); ++at) {
    for (std::uint32_t i = 0; i < drawn.users; ++i) {
      add(at, role::everyday, 0, random.fork());
    }
    for (lock_index lock = 0; lock < drawn.locks; ++lock) {
      add(at, role::asks_once, lock, random.fork());
      add(at, role::tries_once, lock, random.fork());
    }
  }
}

void users::add(machine_index at, role what, lock_index lock, core::random_source random) {
  user one;
  one.machine = at;
  one.random = random;
  one.role = what;
  one.lock = lock;
  all_.push_back(one);
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
  one.request = {};
  ++one.stamp;
  if (!winding_down_ || one.left_behind) {
    schedule(index, now + one.random.between(duration(0), options_.think_max));
  }
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
      take_tokens(index, now);
      let_go(index, now);
      break;
  }
}

void users::wake_again(std::uint32_t index, true_time now) {
  schedule(index, now);
}

core::lock_request users::draw_request(user& one, true_time now) {
  core::lock_request asked;
  one.cancels = false;
  one.span = 1;
  if (one.role != role::everyday) {
    asked.wait = one.role == role::asks_once;
    asked.give_up_at =
        asked.wait ? core::never : cluster_->at(one.machine).local(now) + try_patience;
    return asked;
  }
  one.lock = static_cast<lock_index>(one.random.below(options_.locks));
  asked.span = one.span = one.random.below(4) == 0 ? one.random.between(std::uint64_t{2}, 5) : 1;
  switch (one.random.below(8)) {
    case 0:
      asked.wait = false;
      asked.give_up_at = cluster_->at(one.machine).local(now) + try_patience;
      break;
    case 1:
      one.cancels = true;
      break;
    case 2:
    case 3:
      asked.give_up_at = cluster_->at(one.machine).local(now) +
                         one.random.between(duration(1), 2 * options_.lease_ttl);
      break;
    default:
      break;
  }
  return asked;
}

void users::ask(std::uint32_t index, true_time now) {
  user& one = all_[index];
  const core::lock_request asked = draw_request(one, now);
  counted_->add(counter::locks_asked);
  one.phase = phase::waiting;
  one.request = {};
  if (one.cancels) {
    schedule(index, now + one.random.between(duration(0), 2 * options_.lease_ttl));
  }
  const core::request_id request =
      cluster_->lock(one.machine, one.lock, asked, owner_of(index), now);
  if (one.phase != phase::thinking) {  // it can have failed at once
    one.request = request;
  }
}

void users::let_go(std::uint32_t index, true_time now) {
  user& one = all_[index];
  const bool held = one.phase == phase::holding;
  const bool in_time = cluster_->unlock(one.machine, one.request, now);
  if (held) {
    counted_->add(in_time ? counter::unlocked_in_time : counter::unlocked_too_late);
  }
  if (one.role != role::everyday) {
    one.phase = phase::absent;
  } else {
    think(index, now);
  }
}

void users::take_tokens(std::uint32_t index, true_time now) {
  user& one = all_[index];
  for (std::uint64_t i = 1; i < one.span; ++i) {
    if (cluster_->take_token(one.machine, one.request, now)) {
      counted_->add(counter::tokens_taken);
    }
  }
}

void users::happened(std::uint32_t owner, const core::action& what, true_time now) {
  if (owner == 0) {
    return;
  }
  const std::uint32_t index = owner - 1;
  user& one = all_[index];
  if (std::holds_alternative<core::granted>(what)) {
    on_granted(index, now);
  } else if (const auto* failure = std::get_if<core::failed>(&what)) {
    count_failure(failure->reason);
    if (one.role == role::tries_once) {
      one.phase = phase::absent;
      one.refused = true;
    } else {
      think(index, now);
    }
  } else if (const auto* loss = std::get_if<core::lost>(&what)) {
    count_loss(loss->reason);
    think(index, now);
  } else if (std::holds_alternative<core::contended>(what)) {
    counted_->add(counter::contended);
    if (one.phase == phase::holding && one.random.below(2) == 0) {
      schedule(index, std::min(one.wakes_at, now + options_.hold_max / 4));
    }
  }
}

void users::on_granted(std::uint32_t index, true_time now) {
  user& one = all_[index];
  counted_->add(counter::grants);
  one.phase = phase::holding;
  duration hold = one.random.between(duration(0), options_.hold_max);
  if (one.random.below(16) == 0) {
    hold = one.random.between(duration(0), 3 * options_.lease_ttl);
  }
  schedule(index, now + (winding_down_ && !one.left_behind ? short_hold : hold));
}

void users::count_failure(errc reason) {
  if (reason == errc::timed_out) {
    counted_->add(counter::timed_out);
  } else if (reason == errc::would_block) {
    counted_->add(counter::would_block);
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
    if (may && !tried[one.lock] && cluster_->runs(one.machine)) {
      tried[one.lock] = true;
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
              cluster_->locks()[one.lock] + "\"";
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
              std::to_string(one.request.value) + " \"" + cluster_->locks()[one.lock] + "\"";
    }
  }
  return text;
}

}  // namespace conclave::sim
