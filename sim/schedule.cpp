// Drawing faults.
#include "sim/schedule.hpp"

#include "base/random.hpp"

#include <bit>

namespace conclave::sim {

namespace {

duration draw_length(core::random_source& random, const options& drawn, fault_kind kind) {
  switch (kind) {
    case fault_kind::crash:
    case fault_kind::leave:
    case fault_kind::blackout:
      // Some come back at once, within all leases; some after all have lapsed.
      return random.below(3) == 0 ? random.between(duration(0), drawn.lease_ttl / 4)
                                  : random.between(duration(0), 3 * drawn.lease_ttl_max);
    case fault_kind::pause:
      return random.below(2) == 0 ? random.between(duration(0), drawn.lease_ttl)
                                  : random.between(drawn.lease_ttl, 4 * drawn.lease_ttl_max);
    case fault_kind::split:
    case fault_kind::cut:
    case fault_kind::storm:
      return random.between(drawn.lease_ttl / 5, 4 * drawn.lease_ttl_max);
  }
  return {};
}

machine_set all_of(std::uint32_t machines) {
  return static_cast<machine_set>((std::uint64_t{1} << machines) - 1);
}

// Some machines, at least one, not all when there are several.
machine_set draw_set(core::random_source& random, std::uint32_t machines) {
  const machine_set all = all_of(machines);
  if (machines == 1 || random.below(2) == 0) {
    return machine_set{1} << random.below(machines);
  }
  return static_cast<machine_set>(random.between(1, all - 1));
}

std::string names_of(machine_set set) {
  std::string text;
  for (; set != 0; set &= set - 1) {
    text += text.empty() ? "n" : " n";
    text += std::to_string(std::countr_zero(set) + 1);
  }
  return text;
}

}  // namespace

std::vector<fault> draw_schedule(const options& drawn) {
  // Another stream than the options', from the same seed.
  core::random_source random(core::mix(drawn.seed) ^ 0x5eed'fa17U);
  std::vector<fault> all;
  true_time at{};
  while (drawn.fault_kinds != 0) {
    at += random.between(duration(0), 2 * drawn.fault_every);
    if (at.time_since_epoch() >= drawn.faults_last) {
      break;
    }
    fault one;
    do {
      one.kind = static_cast<fault_kind>(random.below(fault_kinds_count));
    } while (!drawn.has(one.kind));
    one.begins = at;
    one.ends = at + draw_length(random, drawn, one.kind);
    one.aim = random.below(3) == 0 ? fault_aim::holder : fault_aim::machine;
    one.subject = static_cast<machine_index>(random.below(drawn.machines()));
    one.from = draw_set(random, drawn.machines());
    one.to = draw_set(random, drawn.machines());
    if (one.kind == fault_kind::blackout && random.below(2) == 0) {
      one.from = all_of(drawn.machines());
    }
    all.push_back(one);
  }
  return all;
}

std::string to_text(const fault& one) {
  std::string text(to_string(one.kind));
  const bool at_holder = one.aim == fault_aim::holder;
  const std::string who = at_holder ? "the holder" : names_of(machine_set{1} << one.subject);
  const std::string part = at_holder ? "the holder" : names_of(one.from);
  switch (one.kind) {
    case fault_kind::crash:
    case fault_kind::leave:
    case fault_kind::pause:
      text += " " + who;
      break;
    case fault_kind::split:
      text += " " + part + " off";
      break;
    case fault_kind::cut:
      text += " " + part + " from reaching " + names_of(one.to);
      break;
    case fault_kind::blackout:
      text += " " + names_of(one.from);
      break;
    case fault_kind::storm:
      break;
  }
  return text + " for " + to_text(one.ends - one.begins);
}

}  // namespace conclave::sim
