// What users do.
#include "sim/users.hpp"

#include <algorithm>
#include <variant>

namespace conclave::sim {

namespace {

// How long anybody holds a lock once the faults are over.
constexpr duration short_hold = std::chrono::milliseconds(1);

// How long who asks once holds, and how often it is told that no token is there yet.
constexpr duration asks_hold = std::chrono::milliseconds(6);
constexpr std::uint32_t refused_tokens_max = 100;

// Who asks once asks again when it is told that too few voters' clocks are right.
constexpr duration ask_again_after = std::chrono::milliseconds(50);

// How long who tries a lock waits for answers at most.
constexpr duration try_patience = std::chrono::milliseconds(250);

// An owner of 0 means nobody.
constexpr std::uint32_t owner_of(std::uint32_t user) {
  return user + 1;
}

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
  one.does.hold = short_hold;
  if (what == role::asks_once) {
    // More than it asked for at once: the voters have to be asked again.
    one.does.span = 2;
    one.does.tokens = 5;
    one.does.hold = at == 0 && lock == 0 && options_.long_holds ? long_hold(options_) : asks_hold;
    one.does.shares = options_.readers > 0 && at % 2 == 1;
    one.does.tokens = one.does.shares ? 0 : one.does.tokens;
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
  asked.span = one.does.span;
  asked.mode = one.does.shares ? core::lock_mode::shared : core::lock_mode::exclusive;
  asked.keep = options_.keep;
  if (one.role != role::everyday) {
    asked.wait = one.role == role::asks_once;
    asked.give_up_at = asked.wait ? core::never : local + try_patience;
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
  one.request = {};
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
  const core::request_id request =
      cluster_->lock(one.machine, one.does.lock, request_of(one, now), owner_of(index), now);
  if (one.phase != phase::thinking) {  // it can have failed at once
    one.request = request;
  }
}

bool users::goes_on_sharing(std::uint32_t index, true_time now) {
  user& one = all_[index];
  if (!one.does.downgrades || one.shares || winding_down_ || one.phase != phase::holding ||
      !cluster_->downgrade(one.machine, one.request, now) || one.phase != phase::holding) {
    return false;
  }
  counted_->add(counter::downgraded);
  one.shares = true;
  read_store(one, now);
  return true;
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

// Writes under the token that it has, or reads again; then takes the next one. False when it has
// all that it wants. It writes whether it still holds or not: the store decides.
bool users::take_token(std::uint32_t index, true_time now) {
  user& one = all_[index];
  write_store(one, now);
  const bool in_a_hurry = winding_down_ && one.role == role::everyday && !one.left_behind;
  if (one.taken == one.does.tokens || one.shares || in_a_hurry) {
    return false;
  }
  const auto token = cluster_->take_token(one.machine, one.request, now);
  if (one.phase != phase::holding) {
    return false;
  }
  if (!token) {
    // Every day that is enough; when all is well they have to come.
    if (!is_healed_for(one)) {
      return false;
    }
    if (++one.refused_tokens > refused_tokens_max) {
      // Unless the hold rests on the vote of a voter that stays broken: it may be one that was
      // granted before, and passed on since.
      if (options_.left_voters == 0) {
        wrong(one, "holds and gets no more tokens");
      }
      return false;
    }
    return true;
  }
  counted_->add(counter::tokens_taken);
  ++one.taken;
  one.refused_tokens = 0;
  one.token = *token;
  read_store(one, now);
  return true;
}

void users::wrong(const user& one, std::string_view what) {
  if (wronged_.empty()) {
    wronged_ = cluster_->at(one.machine).name() + " r" + std::to_string(one.request.value) + " \"" +
               cluster_->locks()[one.does.lock] + "\" " + std::string(what) + " though all is well";
  }
}

holder users::holder_of(const user& one) const {
  return {.machine = one.machine,
          .process = cluster_->at(one.machine).process->self(),
          .request = one.request};
}

void users::read_store(user& one, true_time now) {
  fenced_store& store = cluster_->store();
  one.number_read = one.shares ? store.look(one.does.lock, one.token, holder_of(one), {})
                               : store.read(one.does.lock, one.token, holder_of(one));
  look_at_store(now);
}

void users::write_store(user& one, true_time now) {
  if (!one.number_read) {
    return;
  }
  fenced_store& store = cluster_->store();
  if (one.shares) {
    static_cast<void>(store.look(one.does.lock, one.token, holder_of(one), one.number_read));
  } else {
    const bool accepted = store.write(one.does.lock, one.token, holder_of(one), *one.number_read);
    counted_->add(accepted ? counter::writes_accepted : counter::writes_refused);
  }
  one.number_read.reset();
  look_at_store(now);
}

void users::look_at_store(true_time now) {
  if (const auto& broken = cluster_->store().broken(); broken) {
    cluster_->judge().store_broken(*broken, now);
  }
}

void users::happened(std::uint32_t owner, const core::action& what, true_time now) {
  if (owner == 0) {
    return;
  }
  const std::uint32_t index = owner - 1;
  user& one = all_[index];
  if (const auto* grant = std::get_if<core::granted>(&what)) {
    on_granted(index, *grant, now);
  } else if (const auto* failure = std::get_if<core::failed>(&what)) {
    count_failure(failure->reason);
    if (one.role != role::everyday && failure->reason == errc::clocks_disagree) {
      one.phase = phase::thinking;
      schedule(index, now + ask_again_after);
    } else if (one.role == role::tries_once) {
      one.phase = phase::absent;
      one.refused = true;
    } else {
      think(index, now);
    }
  } else if (const auto* loss = std::get_if<core::lost>(&what)) {
    count_loss(loss->reason);
    const bool by_time =
        loss->reason == loss_reason::expired || loss->reason == loss_reason::no_quorum;
    if (by_time && is_healed_for(one)) {
      wrong(one, "is lost");
    }
    if (one.role == role::everyday) {
      think(index, now);
    } else {
      one.phase = phase::absent;  // it was served
    }
  } else if (std::holds_alternative<core::contended>(what)) {
    counted_->add(counter::contended);
    if (one.phase == phase::holding && one.does.yields) {
      schedule(index, std::min(one.wakes_at, now + options_.hold_max / 4));
    }
  }
}

void users::on_granted(std::uint32_t index, const core::granted& what, true_time now) {
  user& one = all_[index];
  counted_->add(counter::grants);
  if (one.shares) {
    counted_->add(counter::shared);
  }
  one.phase = phase::holding;
  one.request = what.request;
  one.token = what.token;
  one.taken = one.refused_tokens = 0;
  read_store(one, now);
  const bool in_a_hurry = winding_down_ && one.role == role::everyday && !one.left_behind;
  schedule(index, now + (in_a_hurry ? short_hold : one.does.hold / (one.does.tokens + 1)));
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
              std::to_string(one.request.value) + " \"" + cluster_->locks()[one.does.lock] + "\"";
    }
  }
  return text;
}

}  // namespace conclave::sim
