// How processes come and go, stand still, and fall behind.
#include "sim/simulation.hpp"
#include "sim/world_setup.hpp"

#include <algorithm>
#include <utility>

namespace conclave::sim {

// A boot number is the wall clock of the start, unless the machine knows a greater one. Without
// that, a wall clock that was set back makes the process look older than its former self. No two
// processes of a run have the same.
core::boot_id simulation::next_boot(machine_index at, std::uint64_t wall, bool keeps_stored) {
  std::uint64_t boot = wall;
  if (keeps_stored) {
    boot = std::max(boot, cluster_.at(at).boot.value + 1);
  }
  while (std::ranges::find(boots_, boot) != boots_.end()) {
    ++boot;
  }
  boots_.push_back(boot);
  return core::boot_id{boot};
}

void simulation::start(machine_index at, bool keeps_stored) {
  const bool first = !cluster_.at(at).boot;
  const bool new_cluster = first && options_.new_cluster;
  const machine& where = cluster_.at(at);
  const duration since_zero =
      now_.time_since_epoch() + where.wall_ahead + where.wall_set + where.wall_jump;
  const std::uint64_t wall = wall_at_zero + static_cast<std::uint64_t>(since_zero.count());
  condition& is = conditions_[at];
  is.down = false;
  is.down_by = 0;
  counted_.add(first ? counter::starts : counter::restarts);
  if (at < options_.voters && !new_cluster) {
    counted_.add(counter::abstentions);
  }
  trace("*** start " + cluster_.at(at).name());
  // As a name service would tell them now.
  cluster_.edit(at).seeds.clear();
  for (machine_index other = 0; other < cluster_.size(); ++other) {
    if (other != at) {
      cluster_.edit(at).seeds.push_back(cluster_.at(other).where);
    }
  }
  cluster_.start(at,
                 {.boot = next_boot(at, wall, keeps_stored),
                  .wall_ns = wall,
                  .random_seed = random_for(at).next(),
                  .new_cluster = new_cluster},
                 now_);
  users_.started(at, now_);
  set_timer(at);
}

// The process there ends; the fault that ended it may start another one.
void simulation::take_down(machine_index at) {
  condition& is = conditions_[at];
  cluster_.stop(at, now_);
  users_.stopped(at);
  for (const std::uint32_t datagram : is.inbox) {
    network_.give_back(datagram);
  }
  condition next;
  next.down_by = is.down_by;
  next.tick_stamp = is.tick_stamp + 1;
  // What is wrong with the machine stays wrong.
  next.suspends = is.suspends;
  next.cost = is.cost;
  next.late_max = is.late_max;
  next.left_behind = is.left_behind;
  next.draws = is.draws;
  is = std::move(next);
}

void simulation::bring_up(machine_index at, std::uint32_t by, bool keeps_stored) {
  condition& is = conditions_[at];
  if (is.down_by != by) {
    return;
  }
  is.suspends = 0;  // it has been switched off and on
  if (!is.down) {
    take_down(at);  // it is still saying goodbye
  }
  if (random_for(at).below(4) == 0) {
    cluster_.edit(at).where = network_.move(at);
  }
  start(at, keeps_stored);
}

// A process that is superseded does nothing any more: whoever looks after the machine ends it and
// starts another, which is the newest then.
void simulation::replace(machine_index at) {
  if (!runs(at) || conditions_[at].leaving || conditions_[at].left_behind ||
      !cluster_.at(at).process->superseded()) {
    return;
  }
  if (conditions_[at].suspends > 0) {
    events_.schedule(now_ + replaced_after, event_kind::restart, at);
    return;
  }
  take_down(at);
  start(at, true);
}

// Takes up what waits, if nothing stops it any more: first all that came meanwhile, then timers, as
// a real process does. One datagram after the other as long as it is not busy with them.
void simulation::ready(machine_index at) {
  condition& is = conditions_[at];
  if (is.down || stands(at)) {
    return;
  }
  std::size_t taken = 0;
  while (taken < is.inbox.size() && !stands(at) && !is.down) {
    take_in(at, is.inbox[taken++]);
  }
  is.inbox.erase(is.inbox.begin(), is.inbox.begin() + static_cast<std::ptrdiff_t>(taken));
  if (stands(at)) {
    return;
  }
  for (const std::uint32_t user : std::exchange(is.delayed, {})) {
    users_.wake_again(user, now_);
  }
  set_timer(at);
}

// A slow machine can't do anything else for a while.
void simulation::work_took(machine_index at) {
  condition& is = conditions_[at];
  if (is.cost > duration(0) && !is.down) {
    is.busy_until = now_ + is.cost;
    events_.schedule(is.busy_until, event_kind::ready, at);
  }
}

void simulation::tell_if_still(machine_index at) {
  if (watch_ != nullptr) {
    const condition& is = conditions_[at];
    watch_->stands_still(at, is.pauses > 0 || is.suspends > 0, now_);
  }
}

void simulation::set_rate(machine_index at, std::int64_t ahead_ppb) {
  cluster_.set_rate(at, ahead_ppb, now_);
  set_timer(at);
}

}  // namespace conclave::sim
