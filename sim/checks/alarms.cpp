// Alarms compared with the true rates of clocks.
#include "sim/checks/alarms.hpp"

#include <algorithm>
#include <cstdlib>

namespace conclave::sim {

namespace {

// What a node concludes from goes back about two windows of its own clock, and up to one more when
// frames come seldom. Twice that is enough for clocks of any rate.
constexpr std::int64_t windows_back = 6;
// Two who have nothing to say to each other do so when one of them probes the other: early in one
// round through all members, and late in the next. Three such frames can be what is compared.
constexpr std::int64_t rounds_back = 3 * 2;

duration looked_back(const machine& where, std::size_t machines) {
  const auto others = static_cast<std::int64_t>(machines - 1);
  const duration compared = windows_back * 2 * where.settings.lease_ttl_max;
  const duration met = rounds_back * others * where.settings.membership.probe_interval;
  return core::lengthened_by_drift(compared + met, where.settings.clock_drift_max_ppm);
}

}  // namespace

void alarms::watch(const std::vector<machine>& machines) {
  machines_ = &machines;
  seen_.resize(machines.size());
  for (machine_index at = 0; at < machines.size(); ++at) {
    look(at, {});
  }
}

void alarms::clock_changed(machine_index at, true_time now) {
  look(at, now);
}

void alarms::look(machine_index at, true_time now) {
  const machine& where = (*machines_)[at];
  const std::int64_t ahead_ppb = std::abs(where.clock.ahead_ppb());
  const std::int64_t bound_ppb = std::int64_t{where.settings.clock_drift_max_ppm} * 1'000;
  for (const part each : {part::half, part::whole}) {
    strayed& one = seen_[at][static_cast<std::size_t>(each)];
    if (one.now) {
      one.last = now;
    }
    one.now = ahead_ppb > (each == part::half ? bound_ppb / 2 : bound_ppb);
  }
}

bool alarms::kept(machine_index at, part of, true_time since) const {
  const strayed& one = seen_[at][static_cast<std::size_t>(of)];
  return !one.now && (!one.last || *one.last < since);
}

std::string alarms::false_alarm(machine_index at, const core::report& said, true_time now) const {
  const bool broken = said.kind == core::report_kind::clock_broken;
  if (!broken && said.kind != core::report_kind::clock_drifting) {
    return {};
  }
  const part of = broken ? part::whole : part::half;
  const true_time since = now - looked_back((*machines_)[at], machines_->size());
  bool all_kept = kept(at, of, since);
  for (machine_index other = 0; other < machines_->size(); ++other) {
    const bool is_peer = core::node_id_of((*machines_)[other].name()) == said.peer;
    all_kept = all_kept && (!is_peer || kept(other, of, since));
  }
  return all_kept ? (*machines_)[at].name() + ": " + to_text(said, {}) +
                        "; but both clocks kept the bound"
                  : "";
}

}  // namespace conclave::sim
