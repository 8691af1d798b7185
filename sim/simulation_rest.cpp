// When nobody wants anything any more: what has to be tidied up, and known, before a run may end.
#include "sim/checks/leftovers.hpp"
#include "sim/simulation.hpp"

#include <chrono>

namespace conclave::sim {

namespace {

constexpr duration look_again_after = std::chrono::milliseconds(200);

constexpr std::int64_t rounds_watched = 4;

}  // namespace

std::vector<bool> simulation::who_is_well() const {
  std::vector<bool> well(cluster_.size());
  for (machine_index at = 0; at < cluster_.size(); ++at) {
    well[at] = runs(at) && !conditions_[at].leaving && !conditions_[at].left_behind &&
               !cluster_.at(at).process->superseded();
  }
  return well;
}

// Those that the end of the faults left so.
std::vector<bool> simulation::who_is_deaf() const {
  const bool any = options_.left_to == aftermath::deaf || options_.left_to == aftermath::split;
  std::vector<bool> deaf(cluster_.size());
  for (machine_index at = 0; at < cluster_.size() && any; ++at) {
    deaf[at] = runs(at) && conditions_[at].left_behind && !cluster_.at(at).process->superseded();
  }
  return deaf;
}

// True when nothing is left of what is over, and all who are well know each other. Until then it is
// looked at again, for so long as that may take.
bool simulation::has_come_to_rest() {
  if (calm_since_) {
    return is_calm();
  }
  const std::vector<bool> well = who_is_well();
  std::string wrong = leftovers(cluster_.all(), well);
  if (wrong.empty()) {
    wrong = cluster_.judge().views().not_known(well);
  }
  if (wrong.empty()) {
    wrong = cluster_.judge().views().believed_by_the_deaf(who_is_deaf());
  }
  if (wrong.empty()) {
    wrong = not_seen();
  }
  if (wrong.empty()) {
    return is_calm();
  }
  // From the first look on, so that there is more than one: who is deaf for good tells each of the
  // others once, in its own time, that they are dead.
  const duration kept = core::lengthened_by_drift(options_.keep, options_.clock_drift_max_ppm);
  const duration within =
      options_.rest + kept + service_bound() / 2 + cluster_.judge().views().known_within();
  if (now_ - phase_began_ < within) {
    events_.schedule(now_ + look_again_after, event_kind::phase, 0, phase_stamp_);
  } else {
    fail("not_at_rest",
         "nobody wants anything any more, but after " + to_text(now_ - phase_began_) + " " + wrong);
  }
  return false;
}

// Whether who kept a lock that nobody uses gives it back fast enough for who does not wait: nothing
// stays broken, no timer is late, and it is no further away than the voters.
bool simulation::keeps_unused() const {
  return options_.keep > duration(0) && options_.left_voters == 0 && options_.left_others == 0 &&
         options_.clocks != clock_spread::beyond && options_.tick_late_max == duration(0) &&
         !options_.distances_uneven && !options_.far && options_.outbox_max >= options{}.outbox_max;
}

// Who has the watched lock and is not seen by all who watch it.
std::string simulation::not_seen() const {
  // Who does not reach each of the voters may not hear a majority that is alike.
  if (!options_.watched || options_.left_to == aftermath::apart) {
    return "";
  }
  return cluster_.judge().sightings().not_seen(cluster_.locks().front(), who_is_well());
}

// Somebody has had it for long enough.
void simulation::look_at_sightings() {
  if (const std::string wrong = not_seen(); !wrong.empty()) {
    fail("not_seen", wrong + " when it was had for some time");
  }
}

// For some rounds of probes no more may be sent than probes and the keep-alives of sessions need.
// From then on nobody who is well may be accused.
bool simulation::is_calm() {
  const auto& settings = cluster_.at(0).settings.membership;
  const duration watched = rounds_watched * settings.probe_interval;
  if (!calm_since_) {
    calm_since_ = now_;
    sent_before_calm_ = counted_.of(counter::frames_sent);
    const bool any_left = options_.left_voters + options_.left_others > 0;
    const bool suspicious =
        (any_left && options_.left_to == aftermath::deaf) || options_.far_for_probes();
    if (now_ >= true_time(options_.late_until())) {
      cluster_.judge().expect_trust(who_is_well(), suspicious);
    }
    events_.schedule(now_ + watched, event_kind::phase, 0, phase_stamp_);
    return false;
  }
  const std::uint64_t sent = counted_.of(counter::frames_sent) - sent_before_calm_;
  const std::uint64_t expected = base(watched) * 3 / 2;  // some are late, and come in one heap
  if (sent > expected) {
    fail("not_calm", "nobody wants anything any more, but " + std::to_string(sent) +
                         " datagrams were sent within " + to_text(watched) + ", and not at most " +
                         std::to_string(expected));
    return false;
  }
  return true;
}

// How many datagrams a cluster sends in so long a time in which nobody wants anything.
std::uint64_t simulation::base(duration length) const {
  const bool all_answer =
      options_.left_voters == 0 && options_.left_others == 0 && !options_.far_for_probes();
  std::uint64_t sum = 0;
  for (const machine& one : cluster_.all()) {
    const config& settings = one.settings;
    const auto rounds = [&](duration each) {
      return static_cast<std::uint64_t>(
          core::lengthened_by_drift(length, settings.clock_drift_max_ppm) / each + 1);
    };
    // A probe and its answer; three of them when there is none soon, and each helper is asked,
    // probes, hears, and tells, twice. Tables are compared with one, and one that is gone is tried.
    const std::uint64_t probe =
        all_answer ? 2 : 3 * 2 + 2 * 4 * std::uint64_t{settings.membership.indirect_probes};
    const std::uint64_t compare = 4;
    // A frame and its answer for each voter, as often as sessions need it or as one out of reach is
    // tried.
    const duration contact =
        core::shortened_by_drift(settings.lease_ttl, settings.clock_drift_max_ppm) / 3;
    // Who watches asks each voter, and is answered; both are acknowledged.
    const std::uint64_t watching = options_.watched ? 4 * rounds(std::chrono::seconds(3)) : 0;
    sum += probe * rounds(settings.membership.probe_interval) +
           compare * rounds(settings.membership.rejoin_interval) +
           options_.voters * (2 * rounds(contact) + watching);
  }
  return sum;
}

}  // namespace conclave::sim
