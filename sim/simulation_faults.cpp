// What faults do to a run, and how they end.
#include "sim/simulation.hpp"
#include "sim/touched_machines.hpp"

#include <algorithm>
#include <bit>
#include <chrono>

namespace conclave::sim {

namespace {

// What would wait for longer than this for its turn to be sent is lost.
constexpr duration queue_max = std::chrono::milliseconds(200);

}  // namespace

void simulation::begin(std::uint32_t index) {
  fault& one = schedule_[index];
  if (phase_ != phase::faults) {
    return;
  }
  const bool at_holder = one.aim == fault_aim::holder && aim_at_holder(one);
  fault_state& state = faults_[index];
  state.met = one.subject;
  if (!begin_in_its_place(index)) {
    return;
  }
  trace("*** " + to_text(one));
  if (watch_ != nullptr) {
    watch_->fault_begins(index, to_text(one), touched_machines(one, state.met, options_.machines()),
                         now_);
  }
  counted_.add(one.kind);
  counted_.add(counter::faults_at_holder, at_holder ? 1 : 0);
  counted_.add(counter::faults_at_voters, one.aim == fault_aim::voters ? 1 : 0);
  state.on = true;
  events_.schedule(one.ends, event_kind::fault_ends, index);
  if (const std::uint32_t turns = turns_of(one); turns > 0) {
    events_.schedule(one.begins + (one.ends - one.begins) / (turns + 1), event_kind::fault_turns,
                     index);
  }
}

// False when it does nothing as things are: then it does not count.
bool simulation::begin_in_its_place(std::uint32_t index) {
  switch (place_of(schedule_[index].kind)) {
    case fault_place::process:
      return begin_at_process(index);
    case fault_place::network:
      return begin_in_network(index);
    case fault_place::clock:
      return begin_at_clock(index);
  }
  return false;
}

// It meets whoever believes to hold the first lock now. Nobody: it stays as it was drawn.
bool simulation::aim_at_holder(fault& one) {
  const std::optional<holder> who = cluster_.judge().holder_of(0, now_);
  if (!who) {
    return false;
  }
  const machine_set self = machine_set{1} << who->machine;
  one.subject = who->machine;
  one.from = self;
  if (one.kind == fault_kind::split || one.kind == fault_kind::flap) {
    const auto all = static_cast<machine_set>((std::uint64_t{1} << options_.machines()) - 1);
    one.groups = {self, all & ~self};
  } else if (one.kind == fault_kind::swizzle) {
    std::rotate(one.groups.begin(), std::ranges::find(one.groups, self), one.groups.end());
  }
  return true;
}

// Somebody starts the service twice on one machine, so both see one wall clock.
bool simulation::begin_twin(std::uint32_t index) {
  const machine_index twin = options_.voters + options_.others;
  faults_[index].met = twin;
  if (options_.twins == 0 || runs(twin)) {
    return false;
  }
  cluster_.edit(twin).wall_ahead = cluster_.at(options_.voters).wall_ahead;
  cluster_.edit(twin).wall_set = cluster_.at(options_.voters).wall_set;
  start(twin, true);
  return true;
}

bool simulation::begin_blackout(std::uint32_t index) {
  bool met = false;
  for (machine_index each = 0; each < cluster_.size(); ++each) {
    if (contains(schedule_[index].from, each) && runs(each)) {
      conditions_[each].down_by = index + 1;
      take_down(each);
      met = true;
    }
  }
  return met;
}

bool simulation::begin_at_process(std::uint32_t index) {
  const fault& one = schedule_[index];
  condition& is = conditions_[one.subject];
  switch (one.kind) {
    case fault_kind::crash:
    case fault_kind::reboot:
      if (is.down) {
        return false;
      }
      is.down_by = index + 1;
      take_down(one.subject);
      return true;
    case fault_kind::leave:
      if (is.down || is.pauses > 0 || is.suspends > 0 || is.leaving) {
        return false;
      }
      is.down_by = index + 1;
      is.leaving = true;
      cluster_.leave(one.subject, now_);
      set_timer(one.subject);
      return true;
    case fault_kind::blackout:
      return begin_blackout(index);
    case fault_kind::pause:
    case fault_kind::suspend:
      if (is.down) {
        return false;
      }
      ++(one.kind == fault_kind::suspend ? is.suspends : is.pauses);
      faults_[index].boot = cluster_.at(one.subject).boot;
      tell_if_still(one.subject);
      return true;
    case fault_kind::slow:
      is.cost = one.step;
      return true;
    case fault_kind::late:
      is.late_max = one.step;
      return true;
    case fault_kind::twin:
      return begin_twin(index);
    case fault_kind::split:
    case fault_kind::isolate:
    case fault_kind::cut:
    case fault_kind::bridge:
    case fault_kind::ring:
    case fault_kind::flap:
    case fault_kind::swizzle:
    case fault_kind::jam:
    case fault_kind::squeeze:
    case fault_kind::sieve:
    case fault_kind::storm:
    case fault_kind::drift:
    case fault_kind::wall_step:
    case fault_kind::strobe:
      break;
  }
  return false;
}

bool simulation::begin_in_network(std::uint32_t index) {
  const fault& one = schedule_[index];
  fault_state& state = faults_[index];
  if (!meets_network(one, options_.machines())) {
    return false;
  }
  state.closed = ways_closed_by(one, options_.machines());
  if (one.kind == fault_kind::jam) {
    network_.jam(state.closed);
  } else if (one.kind == fault_kind::squeeze) {
    for (machine_index each = 0; each < cluster_.size(); ++each) {
      if (contains(one.from, each)) {
        network_.set_bandwidth(each, static_cast<std::uint64_t>(one.value), queue_max);
      }
    }
  } else if (one.kind == fault_kind::sieve) {
    network_.sieve(state.closed, static_cast<std::size_t>(one.value));
  } else if (one.kind == fault_kind::storm) {
    ++storms_;
    apply_weather();
  } else {
    network_.close(state.closed);
  }
  return true;
}

bool simulation::begin_at_clock(std::uint32_t index) {
  const fault& one = schedule_[index];
  fault_state& state = faults_[index];
  if (one.kind == fault_kind::drift) {
    state.before_ppb = cluster_.at(one.subject).clock.ahead_ppb();
    if (state.before_ppb == one.value) {
      return false;
    }
    set_rate(one.subject, one.value);
  } else if (one.kind == fault_kind::wall_step) {
    cluster_.edit(one.subject).wall_set = duration(one.value);
  } else {
    state.flipped = true;
    cluster_.edit(one.subject).wall_jump = duration(one.value);
  }
  return true;
}

void simulation::turn(std::uint32_t index) {
  fault_state& state = faults_[index];
  const fault& one = schedule_[index];
  if (!state.on) {
    return;
  }
  const std::uint32_t turns = turns_of(one);
  ++state.turns;
  if (one.kind == fault_kind::swizzle) {
    swizzle(index);
  } else if (one.kind == fault_kind::flap) {
    network_.open(state.closed);
    state.closed = state.flipped ? ways_closed_by(one, options_.machines()) : ways{};
    network_.close(state.closed);
    state.flipped = !state.flipped;
  } else if (one.kind == fault_kind::strobe) {
    state.flipped = !state.flipped;
    cluster_.edit(state.met).wall_jump = duration(state.flipped ? one.value : 0);
  }
  if (state.turns < turns) {
    const auto next = static_cast<std::int64_t>(state.turns) + 1;
    events_.schedule(one.begins + (one.ends - one.begins) * next / (turns + 1),
                     event_kind::fault_turns, index);
  }
}

// In the first half of its turns one machine more is cut off with each, in order; in the second
// half one less, every other one first.
void simulation::swizzle(std::uint32_t index) {
  fault_state& state = faults_[index];
  const std::vector<machine_set>& order = schedule_[index].groups;
  const std::size_t size = order.size();
  machine_set off = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t back =
        i % 2 == 0 ? i / 2 : (size + 1) / 2 + i / 2;  // its place in coming back
    const bool is_off = state.turns > i && state.turns <= size + back;
    off |= is_off ? order[i] : 0;
  }
  network_.open(state.closed);
  state.closed = {};
  for (machine_index each = 0; each < cluster_.size(); ++each) {
    const machine_set self = machine_set{1} << each;
    state.closed[each] = contains(off, each) ? ~self : off & ~self;
  }
  network_.close(state.closed);
}

void simulation::end(std::uint32_t index) {
  fault_state& state = faults_[index];
  if (!state.on) {
    return;
  }
  state.on = false;
  if (watch_ != nullptr) {
    watch_->fault_ends(index, now_);
  }
  const fault& one = schedule_[index];
  trace("*** over: " + to_text(one));
  switch (place_of(one.kind)) {
    case fault_place::process:
      end_at_process(index);
      break;
    case fault_place::network:
      end_in_network(index);
      break;
    case fault_place::clock:
      if (one.kind == fault_kind::drift) {
        set_rate(state.met, state.before_ppb);
      } else if (one.kind == fault_kind::strobe) {
        cluster_.edit(state.met).wall_jump = {};
      }
      break;
  }
}

void simulation::end_at_process(std::uint32_t index) {
  const fault& one = schedule_[index];
  const machine_index at = faults_[index].met;
  if (one.kind == fault_kind::blackout) {
    for (machine_index each = 0; each < cluster_.size(); ++each) {
      bring_up(each, index + 1, false);
    }
  } else if (one.kind == fault_kind::pause || one.kind == fault_kind::suspend) {
    condition& is = conditions_[at];
    if (one.kind == fault_kind::suspend && is.suspends > 0) {
      --is.suspends;
    } else if (one.kind == fault_kind::pause && cluster_.at(at).boot == faults_[index].boot &&
               is.pauses > 0) {
      --is.pauses;
    }
    tell_if_still(at);
    ready(at);
  } else if (one.kind == fault_kind::slow) {
    conditions_[at].cost = {};
  } else if (one.kind == fault_kind::late) {
    conditions_[at].late_max = {};
    conditions_[at].tick_due = end_of_time;  // the timer that was set is late still
    if (runs(at)) {
      set_timer(at);
    }
  } else if (one.kind == fault_kind::twin) {
    if (runs(at)) {
      take_down(at);
    }
  } else {
    bring_up(at, index + 1, one.kind == fault_kind::reboot);
  }
}

void simulation::end_in_network(std::uint32_t index) {
  const fault& one = schedule_[index];
  if (one.kind == fault_kind::jam) {
    network_.flush(faults_[index].closed, now_, events_);
  } else if (one.kind == fault_kind::squeeze) {
    for (machine_index each = 0; each < cluster_.size(); ++each) {
      if (contains(one.from, each)) {
        network_.set_bandwidth(each, 0, {});
      }
    }
  } else if (one.kind == fault_kind::sieve) {
    network_.end_sieve(faults_[index].closed, static_cast<std::size_t>(one.value));
  } else if (one.kind == fault_kind::storm) {
    --storms_;
    apply_weather();
  } else {
    network_.open(faults_[index].closed);
  }
}

void simulation::apply_weather() {
  if (phase_ == phase::faults) {
    network_.set_conditions(storms_ > 0 ? options_.stormy : options_.calm);
  }
}

}  // namespace conclave::sim
