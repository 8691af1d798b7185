// The loop of a run: events in the order of true time, and the phases.
#include "sim/simulation.hpp"

#include "sim/world_setup.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

std::string who_is_due(const core::node& process, core::instant now) {
  if (process.links().next_deadline() <= now) {
    return "link";
  }
  if (process.asks().next_deadline() <= now) {
    return "candidate";
  }
  if (process.members().next_deadline() <= now) {
    return "membership";
  }
  const core::voter* voter = process.lends();
  return voter != nullptr && voter->next_deadline() <= now ? "voter" : "node";
}

// A node that still wants its tick at one instant after so many is stuck.
constexpr std::uint32_t spins_max = 100;

}  // namespace

std::string_view to_string(outcome which) {
  switch (which) {
    case outcome::kept:
      return "kept";
    case outcome::promise_broken:
      return "promise_broken";
    case outcome::no_progress:
      return "no_progress";
  }
  return "?";
}

simulation::simulation(const options& drawn, std::vector<fault> schedule, trace_sink trace)
    : simulation(plan{.world = drawn, .faults = std::move(schedule)}, std::move(trace)) {}

simulation::simulation(const plan& what, trace_sink trace)
    : options_(what.world),
      schedule_(what.faults),
      trace_(std::move(trace)),
      names_(machine_names(options_.machines())),
      random_(core::mix(options_.seed) ^ 0x5eed'0f'a11U),
      network_(options_.machines(), source_of(options_.seed, options_.variant, draw::datagrams),
               counted_),
      cluster_(build_machines(options_, random_, network_), lock_names(options_.locks), *this),
      users_(options_, source_of(options_.seed, options_.variant, draw::users), cluster_, events_,
             counted_),
      conditions_(options_.machines()),
      faults_(schedule_.size()) {
  cluster_.judge().expect_any_clocks(options_.any_clocks());
  cluster_.watch_first_lock(options_.watched);
  network_.set_conditions(options_.calm);
  network_.set_distances(options_.distances_uneven);
  if (what.operations) {
    users_.list_operations(*what.operations);
  }
  if (what.incidents) {
    network_.set_incidents(*what.incidents);
  }
  for (std::uint32_t i = 0; i < schedule_.size(); ++i) {
    events_.schedule(schedule_[i].begins, event_kind::fault_begins, i);
  }
  events_.schedule(true_time(options_.faults_last), event_kind::phase, 0, phase_stamp_);
}

void simulation::watch(observer& who) {
  watch_ = &who;
  network_.watch(who);
  cluster_.watch(who);
}

run_result simulation::run() {
  for (machine_index at = 0; at < options_.voters + options_.others; ++at) {
    // Others than voters may join much later.
    const duration wait = at < options_.voters ? duration(20ms) : options_.faults_last / 4;
    events_.schedule(true_time(random_for(at).between(duration(0), wait)), event_kind::start, at);
  }
  while (phase_ != phase::over && !cluster_.judge().broken()) {
    const event next = events_.pop();
    now_ = next.at;
    counted_.add(counter::events);
    handle(next);
    look_for_end_of_phase();
    look_for_storm();
  }
  if (const auto& broken = cluster_.judge().broken(); broken) {
    result_.outcome = outcome::promise_broken;
    result_.cause = to_string(broken->broken);
    result_.what = std::string(result_.cause) + ": " + broken->text;
    trace("BROKEN " + result_.what);
  }
  result_.ended = now_;
  result_.digest = cluster_.digest();
  result_.least_slack = cluster_.judge().least_slack();
  result_.served_within = patience();
  result_.counted = counted_;
  result_.counted.add(cluster_.process_counters());
  return result_;
}

void simulation::handle(const event& next) {
  switch (next.kind) {
    case event_kind::arrival:
      arrive(next.subject);
      break;
    case event_kind::tick:
      tick(next);
      break;
    case event_kind::user:
      wake(next);
      break;
    case event_kind::fault_begins:
      begin(next.subject);
      break;
    case event_kind::fault_turns:
      turn(next.subject);
      break;
    case event_kind::fault_ends:
      end(next.subject);
      break;
    case event_kind::start:
      start(next.subject, true);
      break;
    case event_kind::departure:
      if (conditions_[next.subject].leaving) {
        take_down(next.subject);
      }
      break;
    case event_kind::restart:
      replace(next.subject);
      break;
    case event_kind::ready:
      ready(next.subject);
      break;
    case event_kind::phase:
      if (next.stamp == phase_stamp_) {
        end_phase();
      }
      break;
  }
}

void simulation::arrive(std::uint32_t index) {
  datagram& came = network_.arrived(index);
  const std::optional<machine_index> at = network_.find(came.to);
  if (!at || conditions_[*at].down) {
    counted_.add(counter::frames_to_nobody);
    if (watch_ != nullptr) {
      watch_->dropped(index, at, loss::nobody, now_);
    }
    network_.give_back(index);
    return;
  }
  condition& is = conditions_[*at];
  if (is.suspends > 0) {
    counted_.add(counter::frames_lost);
    if (watch_ != nullptr) {
      watch_->dropped(index, at, loss::asleep, now_);
    }
    network_.give_back(index);
    return;
  }
  if (!stands(*at)) {
    take_in(*at, index);
    return;
  }
  if (is.inbox.size() < options_.socket_buffer) {
    is.inbox.push_back(index);
  } else {
    counted_.add(counter::frames_over_buffer);
    if (watch_ != nullptr) {
      watch_->dropped(index, at, loss::no_buffer, now_);
    }
    network_.give_back(index);
  }
}

void simulation::take_in(machine_index at, std::uint32_t index) {
  datagram& came = network_.arrived(index);
  counted_.add(counter::frames_delivered);
  if (watch_ != nullptr) {
    watch_->arrived(index, at, now_);
  }
  if (trace_) {
    const frame_text text = describe_frame(came.bytes, cluster_.at(at).settings, names_);
    for (const std::string& message : text.messages) {
      trace_at(at, "<- " + message + " " + text.session);
    }
  }
  cluster_.deliver(at, came.bytes, came.from, now_);
  network_.give_back(index);
  work_took(at);
  set_timer(at);
}

void simulation::tick(const event& due) {
  const machine_index at = due.subject;
  condition& is = conditions_[at];
  if (is.down || due.stamp != is.tick_stamp) {
    return;
  }
  is.tick_due = end_of_time;
  if (stands(at)) {
    return;  // who goes on sets the timer again
  }
  // The deadline may have moved on since the timer was set.
  if (cluster_.tick_due(at) <= now_) {
    cluster_.tick(at, now_);
    work_took(at);
    is.spins = cluster_.tick_due(at) <= now_ ? is.spins + 1 : 0;
    if (is.spins > spins_max) {
      fail("stuck", cluster_.at(at).name() +
                        " wants its tick again and again at one instant, for its " +
                        who_is_due(*cluster_.at(at).process, cluster_.at(at).local(now_)));
      return;
    }
  }
  set_timer(at);
}

void simulation::set_timer(machine_index at) {
  condition& is = conditions_[at];
  if (is.down || stands(at)) {
    return;
  }
  true_time due = std::max(cluster_.tick_due(at), now_);
  if (due >= is.tick_due) {
    return;
  }
  is.tick_due = due;
  if (const duration late = options_.tick_late_max + is.late_max;
      late > duration(0) && phase_ == phase::faults && due != end_of_time) {
    due += random_for(at).between(duration(0), late);
  }
  events_.schedule(due, event_kind::tick, at, ++is.tick_stamp);
}

void simulation::wake(const event& due) {
  const machine_index at = users_.machine_of(due.subject);
  condition& is = conditions_[at];
  if (is.down || !users_.expects(due.subject, due.stamp)) {
    return;
  }
  if (stands(at)) {
    is.delayed.push_back(due.subject);
    return;
  }
  if (is.late_max > duration(0)) {
    // Drawn for this wake alone, so that one which leads to no operation changes nothing else.
    core::random_source random(
        core::mix(random_.state() ^ std::uint64_t{due.subject + 1} << 48U ^
                  static_cast<std::uint64_t>(now_.time_since_epoch().count())));
    if (random.below(2) == 0) {
      users_.wake_again(due.subject, now_ + random.between(duration(1), is.late_max));
      return;
    }
  }
  if (phase_ == phase::trying && users_.is_to_be_seen(due.subject)) {
    look_at_sightings();
  }
  users_.wake(due.subject, now_);
  work_took(at);
  set_timer(at);
}

void simulation::send(machine_index from, const core::address& to,
                      std::span<const std::byte> frame) {
  if (trace_) {
    const frame_text text = describe_frame(frame, cluster_.at(from).settings, names_);
    const std::optional<machine_index> target = network_.find(to);
    const std::string who = target ? cluster_.at(*target).name() : core::to_string(to);
    for (const std::string& message : text.messages) {
      std::string line = "-> ";
      trace_at(from, line.append(who).append(" ").append(message));
    }
  }
  if (watch_ != nullptr) {
    watch_->sent(from, network_.find(to), frame, now_);
  }
  network_.send(from, cluster_.at(from).where, to, frame, now_, events_);
}

void simulation::happened(machine_index at, const core::action& what, std::uint32_t owner) {
  if (trace_) {
    trace_at(at, describe(what, cluster_.at(at).local(now_), names_));
  }
  users_.happened(owner, what, now_);
  counted_.add(counter::sightings, std::holds_alternative<core::observed>(what) ? 1 : 0);
  if (std::holds_alternative<core::departed>(what)) {
    // The process ends; the event that it was driven by is done with it first.
    events_.schedule(now_, event_kind::departure, at);
  } else if (const auto* said = std::get_if<core::report>(&what); said != nullptr) {
    if (said->kind == core::report_kind::superseded) {
      counted_.add(counter::superseded);
      events_.schedule(now_ + replaced_after, event_kind::restart, at);
    } else if (said->kind == core::report_kind::floors_on_wall_clock) {
      counted_.add(counter::floors_on_wall_clock);
      if (!options_.walls_stay_right()) {
        cluster_.judge().void_tokens();
      }
    } else if (said->kind == core::report_kind::clock_drifting) {
      counted_.add(counter::clock_warned);
    } else if (said->kind == core::report_kind::clock_broken) {
      counted_.add(counter::clock_distrusted);
    } else if (said->kind == core::report_kind::clock_trusted) {
      counted_.add(counter::clock_trusted);
    }
  }
}

core::random_source simulation::random_for(machine_index at) {
  return core::random_source(
      core::mix(random_.state() ^ std::uint64_t{at} << 48U ^ ++conditions_[at].draws));
}

void simulation::trace(std::string_view line) {
  if (watch_ != nullptr) {
    watch_->noted(line, now_);
  }
  if (trace_) {
    trace_(now_, line);
  }
}

void simulation::trace_at(machine_index at, std::string_view line) {
  trace_(now_, cluster_.at(at).name() + " " + std::string(line));
}

run_result run_seed(std::uint64_t seed, const variation& variant, trace_sink trace) {
  return simulation(draw_plan(seed, variant), std::move(trace)).run();
}

}  // namespace conclave::sim
