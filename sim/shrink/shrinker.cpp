// The passes of the shrinker, again and again until none of them finds anything.
#include "sim/shrink/shrinker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

machine_set without_bit(machine_set set, machine_index which) {
  const machine_set below = (machine_set{1} << which) - 1;
  return (set & below) | (set >> 1U & ~below);
}

}  // namespace

std::size_t events_of(const plan& of) {
  return of.faults.size() + (of.operations ? of.operations->size() : 0) +
         (of.incidents ? of.incidents->size() : 0);
}

plan without_machine(plan of, machine_index which) {
  options& world = of.world;
  --(which < world.voters                  ? world.voters
     : which < world.voters + world.others ? world.others
                                           : world.twins);
  const auto move_up = [&](machine_index& at) { at -= at > which ? 1 : 0; };
  std::erase_if(of.faults, [&](const fault& one) { return one.subject == which; });
  for (fault& each : of.faults) {
    move_up(each.subject);
    each.from = without_bit(each.from, which);
    each.to = without_bit(each.to, which);
    for (machine_set& group : each.groups) {
      group = without_bit(group, which);
    }
    if (each.kind == fault_kind::ring || each.kind == fault_kind::swizzle) {
      std::erase(each.groups, machine_set{0});
    }
  }
  if (of.operations) {
    std::erase_if(*of.operations, [&](const operation& one) { return one.machine == which; });
    for (operation& each : *of.operations) {
      move_up(each.machine);
    }
  }
  if (of.incidents) {
    std::erase_if(*of.incidents, [&](const incident& one) {
      return one.key.from == which || one.key.to == which;
    });
    for (incident& each : *of.incidents) {
      move_up(each.key.from);
      move_up(each.key.to);
    }
  }
  return of;
}

bool shrinker::fails(const plan& tried) {
  if (out_of_time_()) {
    return false;
  }
  ++runs_;
  last_ = run_(tried);
  return !last_.cause.empty() && last_.cause == found_.cause;
}

bool shrinker::take(const plan& tried) {
  if (!fails(tried)) {
    return false;
  }
  best_ = tried;
  found_ = last_;
  return true;
}

plan shrinker::shrink(const plan& failing) {
  best_ = failing;
  found_ = run_(failing);
  ++runs_;
  if (found_.cause.empty()) {
    return best_;
  }
  // A world that is plain from the start makes the most of what follows needless.
  bool smaller = make_world_plainer();
  leave_out(&plan::faults);
  list_everything();
  cut_off_the_rest();
  do {
    smaller = leave_out(&plan::faults);
    smaller |= leave_machines_out();
    smaller |= leave_out(&plan::operations);
    smaller |= leave_out(&plan::incidents);
    smaller |= make_world_plainer();
    smaller |= make_operations_plainer();
    smaller |= make_faults_plainer();
    cut_off_the_rest();
  } while (smaller && !out_of_time_());
  return best_;
}

// What was drawn so far becomes a list. It is the same run then, as what is drawn follows from its
// own numbers alone.
void shrinker::list_everything() {
  plan listed = best_;
  if (!listed.incidents) {
    listed.incidents = found_.incidents;
  }
  if (!take(listed)) {
    listed = best_;
  }
  if (!listed.operations) {
    listed.operations = found_.operations;
    take(listed);
  }
}

// What comes after the failure does not matter.
void shrinker::cut_off_the_rest() {
  plan shorter = best_;
  const true_time end(found_.ended);
  std::erase_if(shorter.faults, [&](const fault& one) { return one.begins > end; });
  if (shorter.operations) {
    std::erase_if(*shorter.operations, [&](const operation& one) { return one.at > end; });
  }
  if (shorter.faults.size() + events_of(shorter) < best_.faults.size() + events_of(best_)) {
    take(shorter);
  }
  // Faults and users end when the last of them has begun: what must come then, comes.
  shorter = best_;
  duration last{};
  for (const fault& each : shorter.faults) {
    last = std::max(last, each.ends.time_since_epoch());
  }
  if (shorter.operations) {
    for (const operation& each : *shorter.operations) {
      last = std::max(last, each.at.time_since_epoch() + each.hold);
    }
  }
  for (const duration length : {last, last + 3 * best_.world.lease_ttl_max}) {
    shorter.world.faults_last = std::min(length + 10ms, best_.world.faults_last);
    if (shorter.world.faults_last < best_.world.faults_last && take(shorter)) {
      return;
    }
  }
}

bool shrinker::make_world_plainer() {
  using change = void (*)(plan&);
  constexpr change changes[] = {
      [](plan& of) { of.incidents.emplace(); },
      [](plan& of) {
        of.incidents.emplace();
        of.world.calm = {.delay_min = 500us};
        of.world.stormy = of.world.calm;
        of.world.far = of.world.distances_uneven = false;
        of.world.tick_late_max = {};
        of.world.left_voters = of.world.left_others = 0;
        of.world.walls_right = true;
      },
      [](plan& of) { of.world.calm.delay_spread = {}; },
      [](plan& of) { of.world.calm.shape = delay_shape::uniform; },
      [](plan& of) { of.world.calm.delay_min = 500us; },
      [](plan& of) { of.world.calm.loss_ppm = of.world.calm.late_ppm = 0; },
      [](plan& of) { of.world.calm.duplicate_ppm = of.world.calm.damage_ppm = 0; },
      [](plan& of) { of.world.stormy = of.world.calm; },
      [](plan& of) { of.world.far = false; },
      [](plan& of) { of.world.distances_uneven = false; },
      [](plan& of) { of.world.tick_late_max = {}; },
      [](plan& of) { of.world.walls_right = true; },
      [](plan& of) { of.world.clocks = clock_spread::equal; },
      [](plan& of) { of.world.new_cluster = true; },
      [](plan& of) { of.world.left_voters = 0; },
      [](plan& of) { of.world.left_others = 0; },
      [](plan& of) { of.world.left_to = aftermath::dead; },
      [](plan& of) { of.world.locks = 1; },
      [](plan& of) { of.world.users = 1; },
      [](plan& of) { of.world.session_idle_max = 60s; },
      [](plan& of) { of.world.deadlock_timeout = 250ms; },
      [](plan& of) { of.world.socket_buffer = 256; },
      [](plan& of) { of.world.lease_ttl_max = of.world.lease_ttl; },
  };
  bool any = false;
  for (const change each : changes) {
    plan plainer = best_;
    each(plainer);
    any |= to_text(plainer) != to_text(best_) && take(plainer);
  }
  return any;
}

bool shrinker::leave_machines_out() {
  bool any = false;
  for (machine_index at = best_.world.machines(); at-- > 0;) {
    if (best_.world.voters > 1 || at >= best_.world.voters) {
      // A twin goes before the node that it is the twin of.
      const bool is_last_other =
          best_.world.twins > 0 && best_.world.others == 1 && at == best_.world.voters;
      any |= !is_last_other && take(without_machine(best_, at));
    }
  }
  return any;
}

template <class Thing>
bool shrinker::leave_out(std::vector<Thing> plan::*which) {
  return leave_out_some(
      best_.*which, [&](plan& into, std::vector<Thing> fewer) { into.*which = std::move(fewer); });
}

template <class Thing>
bool shrinker::leave_out(std::optional<std::vector<Thing>> plan::*which) {
  if (!(best_.*which)) {
    return false;
  }
  return leave_out_some(*(best_.*which), [&](plan& into, std::vector<Thing> fewer) {
    into.*which = std::move(fewer);
  });
}

// Large parts first, then smaller ones, down to single things.
template <class Thing, class Put>
bool shrinker::leave_out_some(std::vector<Thing> all, Put put) {
  bool any = false;
  for (std::size_t part = all.size(); part > 0; part /= 2) {
    for (std::size_t at = 0; at < all.size();) {
      std::vector<Thing> fewer = all;
      const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(at);
      fewer.erase(first, first + static_cast<std::ptrdiff_t>(std::min(part, fewer.size() - at)));
      plan tried = best_;
      put(tried, fewer);
      if (take(tried)) {
        all = std::move(fewer);
        any = true;
      } else {
        at += part;
      }
    }
  }
  return any;
}

bool shrinker::make_operations_plainer() {
  bool any = false;
  for (std::size_t i = 0; best_.operations && i < best_.operations->size(); ++i) {
    using change = void (*)(operation&);
    constexpr change changes[] = {
        [](operation& one) { one.cancel_after = never_after; },
        [](operation& one) { one.give_up_after = never_after; },
        [](operation& one) { one.span = 1; },
        [](operation& one) { one.wait = true; },
        [](operation& one) { one.yields = false; },
        [](operation& one) { one.hold_limit = never_after; },
        [](operation& one) { one.downgrades = false; },
        [](operation& one) { one.nests_too = 0; },
        [](operation& one) { one.nests = 0; },
        [](operation& one) { one.lease = {}; },
        [](operation& one) { one.shares = false; },
        [](operation& one) { one.slot = 0; },
    };
    for (const change each : changes) {
      plan tried = best_;
      each((*tried.operations)[i]);
      any |= (*tried.operations)[i] != (*best_.operations)[i] && take(tried);
    }
  }
  return any;
}

bool shrinker::make_faults_plainer() {
  bool any = false;
  for (std::size_t i = 0; i < best_.faults.size(); ++i) {
    if (best_.faults[i].aim != fault_aim::anybody) {
      plan tried = best_;
      tried.faults[i].aim = fault_aim::anybody;
      any |= take(tried);
    }
  }
  return any;
}

}  // namespace conclave::sim
