// What users do with what they hold.
#include "base/check.hpp"
#include "sim/users.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace conclave::sim {

namespace {

// Who asks once asks again when it is told that too few voters' clocks are right.
constexpr duration ask_again_after = std::chrono::milliseconds(50);

// How often who asks once is told that no token is there yet, a millisecond or more apart.
constexpr std::uint32_t refused_tokens_max = 100;
constexpr std::uint32_t refused_tokens_max_far = 1'000;

}  // namespace

bool users::goes_on_sharing(std::uint32_t index, true_time now) {
  user& one = all_[index];
  if (!one.does.downgrades || one.shares || winding_down_ || one.phase != phase::holding ||
      !cluster_->downgrade(one.machine, one.first.request, now) || one.phase != phase::holding) {
    return false;
  }
  counted_->add(counter::downgraded);
  one.shares = true;
  read_store(one, one.first, now);
  return true;
}

// True when it waits from now on for one or two more, and keeps what it has.
bool users::asks_for_inner(std::uint32_t index, true_time now) {
  user& one = all_[index];
  const bool in_a_hurry = winding_down_ && one.role == role::everyday && !one.left_behind;
  if (one.nested || in_a_hurry || one.phase != phase::holding) {
    return false;
  }
  const std::vector<lock_index> locks = inner_of(one.does);
  if (locks.empty()) {
    return false;
  }
  one.nested = true;
  counted_->add(counter::nested);
  core::lock_request asked = request_of(one, now);
  asked.nested = true;
  asked.wait = true;
  for (const lock_index lock : locks) {
    one.inner.push_back({.request = {}, .lock = lock, .token = {}, .number_read = {}});
  }
  for (const lock_index lock : locks) {
    const auto unasked = [&] {
      return std::ranges::count(one.inner, core::request_id{}, &part::request);
    };
    const auto before = unasked();
    const core::request_id request = cluster_->lock(one.machine, lock, asked, owner_of(index), now);
    if (one.phase != phase::holding) {
      return true;
    }
    if (unasked() == before) {  // else it was decided at once
      waits_for(one, request)->request = request;
    }
  }
  return true;
}

// The one of this request; or the next that is to get one.
std::vector<users::part>::iterator users::waits_for(user& one, core::request_id request) {
  const auto known = std::ranges::find(one.inner, request, &part::request);
  return known != one.inner.end()
             ? known
             : std::ranges::find(one.inner, core::request_id{}, &part::request);
}

void users::on_inner_granted(std::uint32_t index, const core::granted& what, true_time now) {
  user& one = all_[index];
  counted_->add(counter::grants);
  const auto which = waits_for(one, what.request);
  core::check(which != one.inner.end(), "what is granted was asked for");
  one.others.push_back({.request = what.request,
                        .lock = which->lock,
                        .slot = what.slot,
                        .token = what.token,
                        .number_read = {}});
  one.inner.erase(which);
  read_store(one, one.others.back(), now);
  if (!one.lost_first) {  // else it lets go already
    schedule(index, now + (winding_down_ && !one.left_behind ? short_hold : one.does.hold));
  }
}

// Of two that it asked for at once it has had the one for long enough, and still waits for the
// other: who waits does not keep all that it has.
bool users::lets_one_go(std::uint32_t index, true_time now) {
  user& one = all_[index];
  const bool in_a_hurry = winding_down_ && !one.left_behind;
  if (one.inner.empty() || one.lost_first || in_a_hurry) {
    return false;
  }
  if (!one.others.empty()) {  // else it was lost meanwhile
    part gone = one.others.back();
    one.others.pop_back();
    write_store(one, gone, now);
    static_cast<void>(cluster_->unlock(one.machine, gone.request, now));
  }
  return true;
}

// Who has had a permit for that long is known to each voter: it is lent it there, or waits for it.
// Else it would be lost with the next voter that crashes.
void users::look_at_places(const user& one) {
  const network_conditions& calm = options_.calm;
  const bool all_arrives = calm.loss_ppm + calm.damage_ppm + calm.late_ppm == 0;
  if (!options_.is_semaphore(one.does.lock) || one.does.hold < long_hold(options_) ||
      !is_healed_for(one) || !all_arrives || options_.left_voters + options_.left_others > 0) {
    return;
  }
  const core::node_boot who = holder_of(one, one.first).process;
  for (const machine& each : std::span(cluster_->all()).first(options_.voters)) {
    const core::voter* lends = each.process ? each.process->lends() : nullptr;
    if (lends == nullptr || lends->abstains() || lends->find_session(who) == nullptr) {
      continue;
    }
    const core::lock_state* lock = lends->find_lock(cluster_->locks()[one.does.lock]);
    const bool is_free = lock == nullptr || lock->find_slot(one.first.slot) == nullptr;
    const bool is_known =
        lock != nullptr && (lock->find_lent(who, one.first.request) != nullptr ||
                            lock->find_waiting(who, one.first.request) != nullptr);
    if (is_free && !is_known) {
      wrong(one, "has no place at " + each.name() + ", where its permit is free,");
    }
  }
}

void users::let_go(std::uint32_t index, true_time now) {
  user& one = all_[index];
  const bool held = std::exchange(one.phase, phase::thinking) == phase::holding;
  for (part& each : one.others) {
    write_store(one, each, now);
  }
  // First what it still waits for: else that could get what it gives back itself.
  for (const part& each : std::exchange(one.inner, {})) {
    static_cast<void>(cluster_->unlock(one.machine, each.request, now));
  }
  const std::vector<part> others = std::exchange(one.others, {});
  if (held) {
    look_at_places(one);
  }
  const bool in_time = cluster_->unlock(one.machine, one.first.request, now);
  for (const part& each : others) {
    static_cast<void>(cluster_->unlock(one.machine, each.request, now));
  }
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
  write_store(one, one.first, now);
  const bool in_a_hurry = winding_down_ && one.role == role::everyday && !one.left_behind;
  if (one.taken == one.does.tokens || one.shares || in_a_hurry) {
    return false;
  }
  const auto token = cluster_->take_token(one.machine, one.first.request, now);
  if (one.phase != phase::holding) {
    return false;
  }
  if (!token) {
    // Every day that is enough; when all is well they have to come.
    if (!is_healed_for(one)) {
      return false;
    }
    if (++one.refused_tokens > (options_.far ? refused_tokens_max_far : refused_tokens_max)) {
      if (!may_rest_on_what_is_gone(now)) {
        wrong(one, "holds and gets no more tokens");
      }
      return false;
    }
    return true;
  }
  counted_->add(counter::tokens_taken);
  ++one.taken;
  one.refused_tokens = 0;
  one.first.token = *token;
  read_store(one, one.first, now);
  return true;
}

void users::wrong(const user& one, std::string_view what) {
  if (wronged_.empty()) {
    wronged_ = cluster_->at(one.machine).name() + " r" + std::to_string(one.first.request.value) +
               " \"" + cluster_->locks()[one.does.lock] + "\" " + std::string(what) +
               " though all is well";
  }
}

holder users::holder_of(const user& one, const part& held) const {
  return {.machine = one.machine,
          .process = cluster_->at(one.machine).process->self(),
          .request = held.request};
}

void users::read_store(const user& one, part& held, true_time now) {
  fenced_store& store = cluster_->store();
  const std::size_t row = row_of(held.lock, held.slot, options_.locks);
  const holder who = holder_of(one, held);
  held.number_read =
      one.shares ? store.look(row, held.token, who, {}) : store.read(row, held.token, who);
  look_at_store(now);
}

void users::write_store(const user& one, part& held, true_time now) {
  if (!held.number_read) {
    return;
  }
  fenced_store& store = cluster_->store();
  const std::size_t row = row_of(held.lock, held.slot, options_.locks);
  const holder who = holder_of(one, held);
  if (one.shares) {
    static_cast<void>(store.look(row, held.token, who, held.number_read));
  } else {
    const bool accepted = store.write(row, held.token, who, *held.number_read);
    counted_->add(accepted ? counter::writes_accepted : counter::writes_refused);
  }
  held.number_read.reset();
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
    if (one.phase == phase::holding && one.nested) {
      on_inner_granted(index, *grant, now);
    } else if (one.phase == phase::holding) {
      on_granted_too(index, *grant, now);
    } else {
      on_granted(index, *grant, now);
    }
  } else if (const auto* failure = std::get_if<core::failed>(&what)) {
    on_failed(index, *failure, now);
  } else if (const auto* loss = std::get_if<core::lost>(&what)) {
    on_lost(index, *loss, now);
  } else if (std::holds_alternative<core::contended>(what)) {
    counted_->add(counter::contended);
    if (one.phase == phase::holding && one.does.yields) {
      schedule(index, std::min(one.wakes_at, now + options_.hold_max / 4));
    }
  }
}

// Those that were asked for together fail together: the first says it for all.
void users::on_failed(std::uint32_t index, const core::failed& what, true_time now) {
  user& one = all_[index];
  if (one.phase == phase::holding && one.nested) {  // without that one, then
    count_failure(what.reason);
    if (const auto which = waits_for(one, what.request); which != one.inner.end()) {
      one.inner.erase(which);
    }
    if (one.inner.empty()) {
      schedule(index, now);
    }
    return;
  }
  if (one.phase != phase::waiting) {
    return;
  }
  count_failure(what.reason);
  if (one.role != role::everyday && what.reason == errc::clocks_disagree) {
    one.phase = phase::thinking;
    schedule(index, now + ask_again_after);
  } else if (one.role == role::tries_once) {
    one.phase = phase::absent;
    one.refused = true;
  } else {
    think(index, now);
  }
}

// A wall clock that was set back gives the next run of a node a smaller boot number. What a run
// before it had sent in the storm, and comes late, is taken for the word of a newer one: a lease
// later a hold is lost.
bool users::may_hear_of_old_runs(true_time now) const {
  return counted_->of(fault_kind::wall_step) + counted_->of(fault_kind::strobe) > 0 &&
         now < true_time(options_.late_until()) + options_.lease_ttl_max;
}

// A hold that was granted before the end of the faults, and passed on since, may rest on the vote
// of a voter that stays broken; or on what an earlier run of one has lent, for as long as that may
// last: so long the next run abstains.
bool users::may_rest_on_what_is_gone(true_time now) const {
  const auto voters = std::span(cluster_->all()).first(options_.voters);
  return options_.left_voters > 0 || std::ranges::any_of(voters, [&](const machine& each) {
           return each.process && each.local(now) < each.abstains_until;
         });
}

void users::on_lost(std::uint32_t index, const core::lost& what, true_time now) {
  user& one = all_[index];
  count_loss(what.reason);
  const bool by_time = what.reason == loss_reason::expired || what.reason == loss_reason::no_quorum;
  if (by_time && is_healed_for(one) && !may_rest_on_what_is_gone(now) &&
      !may_hear_of_old_runs(now)) {
    wrong(one, "is lost");
  }
  if (what.request == one.first.request && !one.inner.empty()) {
    one.lost_first = true;
    schedule(index, now);  // what it waits for it does not want alone
  } else if (what.request != one.first.request) {
    std::erase_if(one.others, [&](const part& each) { return each.request == what.request; });
  } else if (!one.others.empty()) {  // it goes on with what it has
    one.first = one.others.front();
    one.others.erase(one.others.begin());
    one.taken = one.does.tokens;
  } else if (one.role == role::everyday) {
    think(index, now);
  } else {
    one.phase = phase::absent;  // it was served
  }
}

void users::on_granted(std::uint32_t index, const core::granted& what, true_time now) {
  user& one = all_[index];
  counted_->add(counter::grants);
  if (one.shares) {
    counted_->add(counter::shared);
  }
  if (options_.is_semaphore(one.first.lock)) {
    counted_->add(counter::permits_had);
  }
  one.phase = phase::holding;
  one.first.request = what.request;
  one.first.token = what.token;
  one.first.slot = what.slot;
  one.taken = one.refused_tokens = 0;
  one.nested = one.lost_first = false;
  read_store(one, one.first, now);
  const bool in_a_hurry = winding_down_ && one.role == role::everyday && !one.left_behind;
  schedule(index, now + (in_a_hurry ? short_hold : one.does.hold / (one.does.tokens + 1)));
}

// One that it asked for together with the first.
void users::on_granted_too(std::uint32_t index, const core::granted& what, true_time now) {
  user& one = all_[index];
  counted_->add(counter::together);
  const std::vector<lock_index> locks = locks_of(one.does);
  one.others.push_back({.request = what.request,
                        .lock = locks[one.others.size() + 1],
                        .slot = what.slot,
                        .token = what.token,
                        .number_read = {}});
  read_store(one, one.others.back(), now);
}

}  // namespace conclave::sim
