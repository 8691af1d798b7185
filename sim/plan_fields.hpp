// The names of all that a plan is made of. One list serves writing and reading: `visit` is called
// with a name and a reference for each field, and with the kind of thing a number stands for.
#pragma once

#include "sim/plan.hpp"

namespace conclave::sim {

// How a field is written when its type does not tell.
enum class field_kind : std::uint8_t { plain, machine, machines, groups };

template <class Visit>
void visit_fields(options& of, Visit&& visit) {
  visit("seed", of.seed);
  visit("variant", of.variant);
  visit("voters", of.voters);
  visit("others", of.others);
  visit("twins", of.twins);
  visit("new_cluster", of.new_cluster);
  visit("walls_right", of.walls_right);
  visit("clocks", of.clocks);
  visit("strict", of.strict);
  visit("clock_drift_max_ppm", of.clock_drift_max_ppm);
  visit("lease_ttl", of.lease_ttl);
  visit("lease_ttl_max", of.lease_ttl_max);
  visit("session_idle_max", of.session_idle_max);
  visit("tick_late_max", of.tick_late_max);
  visit("socket_buffer", of.socket_buffer);
  visit("storm", of.storm);
  visit("outbox_max", of.outbox_max);
  visit("forget_after", of.forget_after);
  visit("metadata_max", of.metadata_max);
  visit("far", of.far);
  visit("distances_uneven", of.distances_uneven);
  visit("locks", of.locks);
  visit("users", of.users);
  visit("think_max", of.think_max);
  visit("hold_max", of.hold_max);
  visit("keep", of.keep);
  visit("readers", of.readers);
  visit("permits", of.permits);
  visit("together", of.together);
  visit("nested", of.nested);
  visit("deadlock_timeout", of.deadlock_timeout);
  visit("leased", of.leased);
  visit("watched", of.watched);
  visit("faults_last", of.faults_last);
  visit("fault_every", of.fault_every);
  visit("fault_kinds", of.fault_kinds);
  visit("long_holds", of.long_holds);
  visit("rest", of.rest);
  visit("left_voters", of.left_voters);
  visit("left_others", of.left_others);
  visit("left_to", of.left_to);
}

template <class Visit>
void visit_fields(network_conditions& of, Visit&& visit) {
  visit("delay_min", of.delay_min);
  visit("delay_spread", of.delay_spread);
  visit("shape", of.shape);
  visit("late_ppm", of.late_ppm);
  visit("late_max", of.late_max);
  visit("loss_ppm", of.loss_ppm);
  visit("duplicate_ppm", of.duplicate_ppm);
  visit("damage_ppm", of.damage_ppm);
}

template <class Visit>
void visit_fields(fault& of, Visit&& visit) {
  visit("at", of.begins);
  visit("until", of.ends);
  visit("aim", of.aim);
  visit("subject", of.subject, field_kind::machine);
  visit("from", of.from, field_kind::machines);
  visit("to", of.to, field_kind::machines);
  visit("groups", of.groups, field_kind::groups);
  visit("step", of.step);
  visit("value", of.value);
}

template <class Visit>
void visit_fields(operation& of, Visit&& visit) {
  visit("machine", of.machine, field_kind::machine);
  visit("slot", of.slot);
  visit("at", of.at);
  visit("lock", of.lock);
  visit("span", of.span);
  visit("tokens", of.tokens);
  visit("wait", of.wait);
  visit("give_up_after", of.give_up_after);
  visit("cancel_after", of.cancel_after);
  visit("hold", of.hold);
  visit("yields", of.yields);
  visit("hold_limit", of.hold_limit);
  visit("shares", of.shares);
  visit("downgrades", of.downgrades);
  visit("nests", of.nests);
  visit("nests_too", of.nests_too);
  visit("lease", of.lease);
  visit("count", of.count);
}

template <class Visit>
void visit_fields(incident& of, Visit&& visit) {
  visit("from", of.key.from, field_kind::machine);
  visit("to", of.key.to, field_kind::machine);
  visit("number", of.key.number);
  visit("by", of.by);
}

}  // namespace conclave::sim
