// Drawing faults, and saying them.
#include "sim/schedule.hpp"

#include "base/random.hpp"
#include "wire/message.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>
#include <variant>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

// What reading clocks in whole nanoseconds may add, kept off the promised bound.
constexpr std::int64_t rounding_ppb = 100;

duration draw_length(core::random_source& random, const options& drawn, fault_kind kind) {
  switch (kind) {
    case fault_kind::crash:
    case fault_kind::reboot:
    case fault_kind::leave:
    case fault_kind::blackout:
      // Some come back at once, within all leases; some after all have lapsed.
      return random.below(3) == 0 ? random.between(duration(0), drawn.lease_ttl / 4)
                                  : random.between(duration(0), 3 * drawn.lease_ttl_max);
    case fault_kind::pause:
    case fault_kind::suspend:
      return random.below(2) == 0 ? random.between(duration(0), drawn.lease_ttl)
                                  : random.between(drawn.lease_ttl, 4 * drawn.lease_ttl_max);
    case fault_kind::slow:
    case fault_kind::late:
    case fault_kind::twin:
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
      return random.between(drawn.lease_ttl / 5, 4 * drawn.lease_ttl_max);
  }
  return {};
}

// Some machines, at least one, not all when there are several.
machine_set draw_set(core::random_source& random, std::uint32_t machines) {
  const machine_set all = all_of(machines);
  if (machines == 1 || random.below(2) == 0) {
    return machine_set{1} << random.below(machines);
  }
  return static_cast<machine_set>(random.between(1, all - 1));
}

std::vector<machine_set> draw_order(core::random_source& random, std::uint32_t machines) {
  std::vector<machine_set> order;
  for (std::uint32_t i = 0; i < machines; ++i) {
    order.push_back(machine_set{1} << i);
    std::swap(order.back(), order[random.below(order.size())]);
  }
  return order;
}

std::vector<machine_set> draw_groups(core::random_source& random, std::uint32_t machines,
                                     std::uint64_t groups_max) {
  std::vector<machine_set> groups(random.between(2, std::max<std::uint64_t>(2, groups_max)));
  std::uint64_t at = 0;
  for (const machine_set each : draw_order(random, machines)) {
    groups[at < groups.size() ? at : random.below(groups.size())] |= each;
    ++at;
  }
  return groups;
}

// One of those by which locks are given back as often as any other: without the others a lock is
// not had, which many faults do.
std::int64_t draw_message_kind(core::random_source& random) {
  const std::uint64_t first = core::message(core::recall{}).index();
  const std::uint64_t last = core::message(core::release{}).index();
  return static_cast<std::int64_t>(random.below(2) == 0
                                       ? random.between(first, last)
                                       : random.below(std::variant_size_v<core::message>));
}

// What only some kinds want.
void draw_details(core::random_source& random, const options& drawn, fault& one) {
  const std::uint32_t machines = drawn.machines();
  switch (one.kind) {
    case fault_kind::blackout:
      one.from = random.below(2) == 0 ? all_of(machines) : one.from;
      break;
    case fault_kind::split:
      one.groups = draw_groups(random, machines, random.below(2) == 0 ? 2 : machines);
      break;
    case fault_kind::flap:
      one.groups = draw_groups(random, machines, 2);
      one.step = random.between(drawn.lease_ttl / 20, drawn.lease_ttl);
      break;
    case fault_kind::bridge:
      one.groups = draw_groups(random, machines, 2);
      break;
    case fault_kind::ring:
    case fault_kind::swizzle:
      one.groups = draw_order(random, machines);
      break;
    case fault_kind::slow:
      one.step = random.between(duration(10us), drawn.lease_ttl / 20);
      break;
    case fault_kind::late:
      one.step = random.between(duration(1ms), drawn.lease_ttl);
      break;
    case fault_kind::squeeze:
      one.value = static_cast<std::int64_t>(random.between(std::uint64_t{1'000}, 100'000));
      break;
    case fault_kind::sieve:
      one.value = draw_message_kind(random);
      break;
    case fault_kind::drift:
      one.value = draw_rate(random, drawn);
      break;
    case fault_kind::wall_step:
    case fault_kind::strobe:
      one.value = random.between(-wall_step_max, wall_step_max).count();
      one.step = random.between(duration(1ms), drawn.lease_ttl);
      break;
    case fault_kind::jam:
      one.ends = one.begins + random.between(duration(1ms), 4 * drawn.lease_ttl_max);
      break;
    case fault_kind::crash:
    case fault_kind::reboot:
    case fault_kind::leave:
    case fault_kind::pause:
    case fault_kind::suspend:
    case fault_kind::twin:
    case fault_kind::isolate:
    case fault_kind::cut:
    case fault_kind::storm:
      break;
  }
}

// What falls apart among the voters only, from numbers of its own: it moves nothing that is drawn
// later.
void draw_among_voters(core::random_source random, const options& drawn, fault& one) {
  const std::uint32_t voters = drawn.voters;
  if (voters == drawn.machines()) {
    return;  // they are all that there is
  }
  if (one.kind == fault_kind::split) {
    one.groups = draw_groups(random, voters, random.below(2) == 0 ? 2 : voters);
  } else if (one.kind == fault_kind::flap || one.kind == fault_kind::bridge) {
    one.groups = draw_groups(random, voters, 2);
  } else if (one.kind == fault_kind::ring || one.kind == fault_kind::swizzle) {
    one.groups = draw_order(random, voters);
  }
}

// False for what would do nothing, whoever holds: a network of one machine does not come apart, and
// on a ring of three each sees all.
bool may_do_something(const fault& one, const options& drawn) {
  switch (place_of(one.kind)) {
    case fault_place::process:
      return true;
    case fault_place::network: {
      const bool may_meet_holder = one.aim == fault_aim::holder && one.kind != fault_kind::ring;
      return meets_network(one, drawn.machines()) || (may_meet_holder && drawn.machines() > 1);
    }
    case fault_place::clock:
      return one.kind != fault_kind::drift || drawn.clocks != clock_spread::equal;
  }
  return true;
}

std::string names_of(machine_set set) {
  std::string text;
  for (; set != 0; set &= set - 1) {
    text += text.empty() ? "n" : " n";
    text += std::to_string(std::countr_zero(set) + 1);
  }
  return text;
}

std::string names_of(const std::vector<machine_set>& groups) {
  std::string text;
  for (const machine_set each : groups) {
    text += (text.empty() ? "" : " | ") + names_of(each);
  }
  return text;
}

// Whom or what it meets.
std::string object_of(const fault& one) {
  switch (one.kind) {
    case fault_kind::storm:
      return "";
    case fault_kind::blackout:
    case fault_kind::jam:
    case fault_kind::squeeze:
      return names_of(one.from);
    case fault_kind::sieve:
      return std::string(core::kind_name(static_cast<std::size_t>(one.value))) + " of " +
             names_of(one.from);
    case fault_kind::cut:
      return names_of(one.from) + " from reaching " + names_of(one.to);
    case fault_kind::split:
    case fault_kind::flap:
    case fault_kind::ring:
    case fault_kind::swizzle:
      return names_of(one.groups);
    case fault_kind::bridge:
      return names_of(one.groups) + " over " + names_of(machine_set{1} << one.subject);
    case fault_kind::crash:
    case fault_kind::reboot:
    case fault_kind::leave:
    case fault_kind::pause:
    case fault_kind::suspend:
    case fault_kind::slow:
    case fault_kind::late:
    case fault_kind::twin:
    case fault_kind::isolate:
    case fault_kind::drift:
    case fault_kind::wall_step:
    case fault_kind::strobe:
      return names_of(machine_set{1} << one.subject);
  }
  return "";
}

}  // namespace

std::string_view to_string(fault_aim aim) {
  switch (aim) {
    case fault_aim::anybody:
      return "anybody";
    case fault_aim::voters:
      return "voters";
    case fault_aim::holder:
      return "holder";
  }
  return "?";
}

fault_place place_of(fault_kind kind) {
  switch (kind) {
    case fault_kind::crash:
    case fault_kind::reboot:
    case fault_kind::leave:
    case fault_kind::blackout:
    case fault_kind::pause:
    case fault_kind::suspend:
    case fault_kind::slow:
    case fault_kind::late:
    case fault_kind::twin:
      return fault_place::process;
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
      return fault_place::network;
    case fault_kind::drift:
    case fault_kind::wall_step:
    case fault_kind::strobe:
      return fault_place::clock;
  }
  return fault_place::process;
}

std::int64_t draw_rate(core::random_source& random, const options& drawn) {
  const std::int64_t bound = std::int64_t{drawn.clock_drift_max_ppm} * 1'000 - rounding_ppb;
  const auto within = [&](std::int64_t limit) {
    return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(2 * limit + 1))) -
           limit;
  };
  switch (drawn.clocks) {
    case clock_spread::equal:
      return 0;
    case clock_spread::random:
      return within(bound);
    case clock_spread::extreme:
      return random.below(2) == 0 ? bound : -bound;
    case clock_spread::beyond:
      return within(std::min(4 * bound, clock_ahead_max_ppb));
  }
  return 0;
}

std::vector<fault> draw_schedule(const options& drawn) {
  core::random_source random = source_of(drawn.seed, drawn.variant, draw::schedule);
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
    one.aim = static_cast<fault_aim>(random.below(fault_aims_count));
    const std::uint32_t among =
        one.aim == fault_aim::voters ? drawn.voters : drawn.voters + drawn.others;
    one.subject = static_cast<machine_index>(random.below(among));
    one.from = draw_set(random, among);
    one.to = draw_set(random, drawn.machines());
    draw_details(random, drawn, one);
    if (one.aim == fault_aim::voters) {
      draw_among_voters(core::random_source(core::mix(random.state())), drawn, one);
    }
    if (may_do_something(one, drawn)) {
      all.push_back(std::move(one));
    }
  }
  return all;
}

std::string to_text(const fault& one) {
  std::string text(to_string(one.kind));
  const std::string object = object_of(one);
  text += object.empty() ? "" : " " + object;
  text += one.aim == fault_aim::holder ? ", or the holder," : "";
  return text + " for " + to_text(one.ends - one.begins);
}

}  // namespace conclave::sim
