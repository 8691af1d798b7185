// The phases of a run: when the faults end, what stays broken for good, and who must be served
// then.
#include "sim/checks/acquaintance.hpp"
#include "sim/simulation.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

// What a healed network is like: nothing gets nearer by that.
network_conditions healed(const options& drawn) {
  if (drawn.far) {
    return {.delay_min = drawn.calm.delay_min, .delay_spread = drawn.calm.delay_spread};
  }
  return {.delay_min = 100us, .delay_spread = 400us};
}

// What each event costs a machine that stays slow: much, but it keeps up with what comes. One that
// does not, and still keeps its sessions alive, holds up all whose tickets are greater than its
// own.
constexpr duration slow_for_good = 500us;

}  // namespace

void simulation::enter(phase next, duration lasts) {
  phase_ = next;
  phase_began_ = now_;
  events_.schedule(now_ + lasts, event_kind::phase, 0, ++phase_stamp_);
}

// The time of this phase is over.
void simulation::end_phase() {
  switch (phase_) {
    case phase::faults:
      trace("--- the faults are over");
      network_.set_conditions(healed(options_));
      enter(phase::settling, patience());
      end_faults();
      leave_behind();
      arm_timers_anew();
      users_.wind_down(now_);
      break;
    case phase::settling:
    case phase::serving:
    case phase::trying_kept:
    case phase::trying:
      // After a restart of all it is membership that has to come first, in its own time.
      if (!meets_ && !majority_is_known(cluster_.all(), who_is_well(), options_.voters)) {
        meets_ = true;
        trace("--- the voters do not know each other yet");
        enter(phase_, cluster_.judge().views().known_within() + patience());
        return;
      }
      fail("not_served", "not served within " + to_text(patience()) + ": " + users_.who_waits());
      break;
    case phase::resting:
      if (keeps_unused() && !std::exchange(tried_kept_, true)) {
        trace("--- everybody has what it wanted; each lock is tried while it may be kept");
        enter(phase::trying_kept, patience());
        users_.try_all(now_);
        break;
      }
      if (!has_come_to_rest()) {
        break;
      }
      trace("--- everybody has what it wanted; each lock is tried once");
      enter(phase::trying, patience());
      users_.try_all(now_);
      break;
    case phase::over:
      break;
  }
}

// What a phase waits for may have come.
void simulation::look_for_end_of_phase() {
  switch (phase_) {
    case phase::faults:
    case phase::resting:
    case phase::over:
      return;
    case phase::settling:
    case phase::serving:
    case phase::trying_kept:
    case phase::trying:
      if (const std::string wrong = users_.wronged(); !wrong.empty()) {
        fail("wronged", wrong);
        return;
      }
      break;
  }
  switch (phase_) {
    case phase::faults:
    case phase::resting:
    case phase::over:
      return;
    case phase::settling:
      if (users_.busy() == 0) {
        trace("--- all is settled; everybody asks for every lock");
        result_.settled_after = now_ - phase_began_;
        enter(phase::serving, patience());
        users_.ask_for_all(now_);
      }
      return;
    case phase::serving:
      if (users_.busy() == 0) {
        trace("--- all are served");
        result_.served_after = now_ - phase_began_;
        // Releases that were backed off come through, and sessions of the dead lapse.
        enter(phase::resting, service_bound() / 2 + options_.rest);
      }
      return;
    case phase::trying_kept:
    case phase::trying:
      if (users_.busy() == 0) {
        const std::string refused = users_.tried_in_vain();
        if (refused.empty() && phase_ == phase::trying_kept) {
          enter(phase::resting, service_bound() / 2 + options_.rest);
          return;
        }
        phase_ = phase::over;
        if (!refused.empty()) {
          fail("not_free",
               "nobody has these and nobody waits for them, but they can't be had: " + refused);
        }
      }
      return;
  }
}

// Messages that beget messages: time would hardly go on.
void simulation::look_for_storm() {
  const std::uint64_t sent = counted_.of(counter::frames_sent);
  if (sent - sent_before_ > options_.storm) {
    fail("storm", "more than " + std::to_string(options_.storm) + " datagrams within a second");
  }
  if (now_ - second_began_ >= 1s) {
    second_began_ = now_;
    sent_before_ = sent;
  }
}

void simulation::fail(std::string_view cause, std::string what) {
  result_.cause = cause;
  result_.outcome = outcome::no_progress;
  result_.what = std::move(what);
  trace("NO PROGRESS " + result_.what);
  phase_ = phase::over;
}

void simulation::end_faults() {
  for (std::uint32_t i = 0; i < schedule_.size(); ++i) {
    end(i);
  }
  // Whatever brought a twin up: two of one name would supersede each other for ever.
  for (machine_index twin = options_.voters + options_.others; twin < cluster_.size(); ++twin) {
    if (runs(twin)) {
      take_down(twin);
    }
  }
  if (options_.any_clocks()) {
    set_clocks_right();
  }
}

// Somebody mends the clocks that broke the bound: everybody has to be trusted again after a while.
void simulation::set_clocks_right() {
  const std::int64_t right_ppb = std::int64_t{options_.clock_drift_max_ppm} * 1'000 / 2;
  for (machine_index at = 0; at < cluster_.size(); ++at) {
    const std::int64_t ahead_ppb = cluster_.at(at).clock.ahead_ppb();
    if (std::abs(ahead_ppb) > right_ppb) {
      set_rate(at, std::clamp(ahead_ppb, -right_ppb, right_ppb));
    }
  }
}

// A timer that was to come late comes in time now.
void simulation::arm_timers_anew() {
  for (machine_index at = 0; at < cluster_.size(); ++at) {
    conditions_[at].tick_due = end_of_time;
    set_timer(at);
  }
}

// A minority of the voters and some others stay broken for good. The rest must be served all the
// same. Who holds or waits just now comes first: that is who can be in the way of others.
void simulation::leave_behind() {
  std::vector<machine_index> order(cluster_.size());
  for (machine_index at = 0; at < order.size(); ++at) {
    order[at] = at;
    std::swap(order[at], order[random_for(at).below(at + 1)]);
  }
  // Clang 14 does not understand the library's ranges::stable_partition.
  std::stable_partition(order.begin(), order.end(),
                        [&](machine_index at) { return users_.is_busy(at); });
  std::uint32_t voters = options_.left_voters;
  std::uint32_t others = options_.left_others;
  for (const machine_index at : order) {
    std::uint32_t& quota = at < options_.voters ? voters : others;
    if (quota > 0 && runs(at)) {
      --quota;
      trace("*** " + cluster_.at(at).name() + " stays " + std::string(to_string(options_.left_to)));
      if (!must_be_served(options_.left_to)) {
        conditions_[at].left_behind = true;
        users_.leave_behind(at);  // who is slow must be served like all others
      }
      meet(options_.left_to, at);
      if (options_.left_to == aftermath::apart) {
        break;  // of two, one might reach too few
      }
    }
  }
}

void simulation::meet(aftermath what, machine_index at) {
  const machine_set self = machine_set{1} << at;
  if (watch_ != nullptr) {
    const auto number = static_cast<std::uint32_t>(schedule_.size()) + at;
    watch_->fault_begins(number, cluster_.at(at).name() + " stays " + std::string(to_string(what)),
                         self, now_);
  }
  switch (what) {
    case aftermath::dead:
      take_down(at);
      break;
    case aftermath::paused:
      ++conditions_[at].pauses;
      tell_if_still(at);
      break;
    case aftermath::suspended:
      ++conditions_[at].suspends;
      tell_if_still(at);
      break;
    case aftermath::slow:
      conditions_[at].cost = slow_for_good;
      break;
    case aftermath::split:
      network_.split(self);
      break;
    case aftermath::deaf:
      network_.cut(~self, self);
      break;
    case aftermath::mute:
      network_.cut(self, ~self);
      break;
    case aftermath::apart:
      network_.close(ways_between(self, machine_set{1} << (at + 1) % options_.machines()));
      break;
    case aftermath::gone:
      if (!conditions_[at].leaving) {
        conditions_[at].leaving = true;
        cluster_.leave(at, now_);
        set_timer(at);
      }
      break;
  }
}

// How long a healed majority may take to serve everybody: two leases, in which what a restarted
// voter abstains for and what dead borrowers keep votes for is over; what was backed off; a second
// for each of two deadlocks, found one after the other; then a few round trips for each who waits,
// and what a wall clock is behind. All by the slowest clock.
duration simulation::service_bound() const {
  const duration lease = core::lengthened_by_drift(
      core::lengthened_by_drift(options_.lease_ttl_max, options_.clock_drift_max_ppm),
      options_.clock_drift_max_ppm);
  const duration backed_off = core::retransmit_max;
  // A step to one side, and a jump to the other on top of it.
  const duration catching_up =
      options_.has(fault_kind::wall_step) || options_.has(fault_kind::strobe) ? 4 * wall_step_max
                                                                              : duration(0);
  const std::uint32_t waiters = options_.machines() * (options_.users + options_.locks);
  const duration holding = options_.long_holds ? users::long_hold(options_) : duration(0);
  const duration deadlocks = options_.nested > 0 ? 2s : 0s;
  const duration trips =
      std::max<duration>(50ms, 6 * (options_.calm.delay_min + options_.calm.delay_spread));
  return catching_up + 2 * lease + backed_off + holding + deadlocks + waiters * trips;
}

// Where clocks were beyond the bound, those that were found out must count again first. That takes
// eight windows without a find, and there may be another find on the way.
duration simulation::patience() const {
  constexpr std::int64_t windows = 20;
  const duration window = core::lengthened_by_drift(
      core::lengthened_by_drift(2 * options_.lease_ttl_max, options_.clock_drift_max_ppm),
      options_.clock_drift_max_ppm);
  const bool found_out = options_.clocks == clock_spread::beyond;
  return service_bound() + (found_out ? windows * window : duration(0));
}

}  // namespace conclave::sim
