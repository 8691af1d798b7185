// What faults do to a run, and how they end.
#include "sim/simulation.hpp"
#include "sim/world_setup.hpp"

#include <algorithm>

namespace conclave::sim {

bool simulation::runs(machine_index at) const {
  return !conditions_[at].down;
}

machine_index simulation::aim(const fault& one) {
  if (one.aim == fault_aim::holder) {
    if (const auto who = cluster_.judge().holder_of(0, now_); who) {
      return who->machine;
    }
  }
  return one.subject;
}

void simulation::begin(std::uint32_t index) {
  fault& one = schedule_[index];
  if (phase_ != phase::faults) {
    return;
  }
  const machine_index at = fault_met_[index] = aim(one);
  const bool at_holder = one.aim == fault_aim::holder;
  trace("*** " + to_text(one) + (at_holder ? ", " + cluster_.at(at).name() : ""));
  condition& is = conditions_[at];
  switch (one.kind) {
    case fault_kind::crash:
    case fault_kind::leave:
      if (is.down || (one.kind == fault_kind::leave && (is.pauses > 0 || is.leaving))) {
        return;
      }
      is.down_by = index + 1;
      if (one.kind == fault_kind::crash) {
        counted_.add(counter::crashes);
        take_down(at);
      } else {
        counted_.add(counter::leaves);
        is.leaving = true;
        cluster_.leave(at, now_);
        set_timer(at);
      }
      break;
    case fault_kind::blackout:
      counted_.add(counter::blackouts);
      for (machine_index each = 0; each < cluster_.size(); ++each) {
        if ((one.from >> each & 1U) != 0 && runs(each)) {
          conditions_[each].down_by = index + 1;
          take_down(each);
        }
      }
      break;
    case fault_kind::pause:
      if (is.down) {
        return;
      }
      counted_.add(counter::pauses);
      ++is.pauses;
      break;
    case fault_kind::split:
      counted_.add(counter::splits);
      one.from = at_holder ? machine_set{1} << at : one.from;
      network_.split(one.from);
      break;
    case fault_kind::cut:
      counted_.add(counter::cuts);
      one.from = at_holder ? machine_set{1} << at : one.from;
      network_.cut(one.from, one.to);
      break;
    case fault_kind::storm:
      counted_.add(counter::storms);
      ++storms_;
      apply_weather();
      break;
  }
  fault_is_on_[index] = true;
  events_.schedule(one.ends, event_kind::fault_ends, index);
}

void simulation::end(std::uint32_t index) {
  if (!fault_is_on_[index]) {
    return;
  }
  fault_is_on_[index] = false;
  const fault& one = schedule_[index];
  const machine_index at = fault_met_[index];
  trace("*** over: " + to_text(one));
  switch (one.kind) {
    case fault_kind::crash:
    case fault_kind::leave:
      bring_up(at, index + 1);
      break;
    case fault_kind::blackout:
      for (machine_index each = 0; each < cluster_.size(); ++each) {
        bring_up(each, index + 1);
      }
      break;
    case fault_kind::pause:
      resume(at);
      break;
    case fault_kind::split:
      network_.join(one.from);
      break;
    case fault_kind::cut:
      network_.mend(one.from, one.to);
      break;
    case fault_kind::storm:
      --storms_;
      apply_weather();
      break;
  }
}

void simulation::apply_weather() {
  if (phase_ == phase::faults) {
    network_.set_conditions(storms_ > 0 ? options_.stormy : options_.calm);
  }
}

void simulation::start(machine_index at) {
  const bool first = !cluster_.at(at).boot;
  const std::uint64_t wall = wall_at_zero +
                             static_cast<std::uint64_t>(now_.time_since_epoch().count()) +
                             static_cast<std::uint64_t>(cluster_.at(at).wall_ahead.count());
  condition& is = conditions_[at];
  is.down = false;
  is.down_by = 0;
  counted_.add(first ? counter::starts : counter::restarts);
  if (at < options_.voters && (!first || !options_.new_cluster)) {
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
                 {.boot = core::boot_id{std::max(wall, cluster_.at(at).boot.value + 1)},
                  .wall_ns = wall,
                  .random_seed = random_.next(),
                  .new_cluster = first && options_.new_cluster},
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
  const std::uint32_t by = is.down_by;
  const std::uint32_t stamp = is.tick_stamp + 1;
  is = {};
  is.down_by = by;
  is.tick_stamp = stamp;
}

void simulation::bring_up(machine_index at, std::uint32_t by) {
  condition& is = conditions_[at];
  if (is.down_by != by) {
    return;
  }
  if (!is.down) {
    take_down(at);  // it is still saying goodbye
  }
  if (random_.below(4) == 0) {
    cluster_.edit(at).where = network_.move(at);
  }
  start(at);
}

// First all that came meanwhile, then timers: so does a real process.
void simulation::resume(machine_index at) {
  condition& is = conditions_[at];
  if (is.down || is.pauses == 0 || --is.pauses > 0) {
    return;
  }
  std::vector<std::uint32_t> inbox = std::exchange(is.inbox, {});
  for (const std::uint32_t index : inbox) {
    arrive(index);
  }
  for (const std::uint32_t user : std::exchange(is.delayed, {})) {
    users_.wake_again(user, now_);
  }
  set_timer(at);
}

}  // namespace conclave::sim
