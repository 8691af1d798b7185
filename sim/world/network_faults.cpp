// What a test does to the network: the verbs, and what the universe does for them.
#include "sim/world/asked.hpp"
#include "sim/world/universe.hpp"

#include <conclave/sim/world.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

machine_set only(machine_index which) {
  return machine_set{1} << which;
}

std::uint32_t in_ppm(double share) {
  return static_cast<std::uint32_t>(std::lround(share * 1e6));
}

void check_share(const char* what, double share) {
  if (!(share >= 0 && share <= 1)) {
    throw std::logic_error("network: " + std::string(what) + " is between 0 and 1, not " +
                           std::to_string(share));
  }
}

void check(const conditions& asked) {
  check_time("network: delay_min", asked.delay_min);
  check_time("network: delay_max", asked.delay_max);
  if (asked.delay_max < asked.delay_min) {
    throw std::logic_error("network: delay_max, " + std::to_string(asked.delay_max.count()) +
                           " ns, is not less than delay_min, " +
                           std::to_string(asked.delay_min.count()) + " ns");
  }
  check_time("network: late_max", asked.late_max);
  check_time("network: turn_delay_max", asked.turn_delay_max);
  check_share("lost", asked.lost);
  check_share("duplicated", asked.duplicated);
  check_share("damaged", asked.damaged);
  check_share("late", asked.late);
}

network_conditions as_drawn(const conditions& asked) {
  return {.delay_min = asked.delay_min,
          .delay_spread = asked.delay_max - asked.delay_min,
          .shape = asked.shape,
          .late_ppm = in_ppm(asked.late),
          .late_max = asked.late_max,
          .loss_ppm = in_ppm(asked.lost),
          .duplicate_ppm = in_ppm(asked.duplicated),
          .damage_ppm = in_ppm(asked.damaged)};
}

void separate(universe& around, const std::vector<machine_set>& sets) {
  std::string text = "partition";
  for (const machine_set each : sets) {
    text += " " + names_of(around, each);
  }
  around.close(ways_between_groups(sets));
  around.note(text);
}

std::vector<machine_index> in_drawn_order(universe& around, machine_set set) {
  std::vector<machine_index> order;
  for (machine_index each = 0; each < machines_max; ++each) {
    if (contains(set, each)) {
      order.push_back(each);
      std::swap(order.back(), order[around.random().below(order.size())]);
    }
  }
  return order;
}

}  // namespace

void world::partition(const group& one, const group& other, const group& third) {
  std::vector<machine_set> sets;
  for (const group& each : {one, other, third}) {
    const machine_set set = set_of(*universe_, each);
    if (set != 0 && std::ranges::count(sets, set) == 0) {
      sets.push_back(set);
    }
  }
  separate(*universe_, sets);
}

void world::partition(const std::vector<group>& groups) {
  std::vector<machine_set> sets;
  machine_set taken = 0;
  for (const group& each : groups) {
    const machine_set set = set_of(*universe_, each);
    if (set == 0) {
      throw std::logic_error("partition: a group has machines, and one has none");
    }
    if ((taken & set) != 0) {
      throw std::logic_error("partition: a machine is in one group, not in two: " +
                             names_of(*universe_, taken & set));
    }
    taken |= set;
    sets.push_back(set);
  }
  if (sets.size() < 2) {
    throw std::logic_error("partition: there are two groups or more, not " +
                           std::to_string(sets.size()));
  }
  separate(*universe_, sets);
}

void world::ring(const group& order) {
  std::vector<machine_set> machines;
  machine_set all = 0;
  for (const host_index& each : order) {
    const machine_set self = set_of(*universe_, group{each});
    if ((all & self) != 0) {
      throw std::logic_error("ring: a machine has one place, not two: " +
                             names_of(*universe_, self));
    }
    all |= self;
    machines.push_back(self);
  }
  if (machines.size() < 4) {
    throw std::logic_error("ring: there are four machines or more, not " +
                           std::to_string(machines.size()) + ": of fewer all are neighbours");
  }
  universe_->close(ways_of_ring(machines));
  universe_->note("ring " + names_of(*universe_, all));
}

void world::swizzle(const group& which, std::chrono::nanoseconds step) {
  const machine_set set = set_of(*universe_, which);
  if (set == 0) {
    throw std::logic_error("swizzle: there are machines, not none");
  }
  check_length("swizzle: the step", step);
  const std::vector<machine_index> out = in_drawn_order(*universe_, set);
  const std::vector<machine_index> in = in_drawn_order(*universe_, set);
  const auto closed = std::make_shared<std::map<machine_index, std::uint64_t>>();
  const auto cut_off = [&around = *universe_, closed](machine_index each) {
    around.note("swizzle: " + around.hosts()[each]->name + " is cut off");
    closed->emplace(each, around.close(ways_between(only(each), ~only(each))));
  };
  const auto let_in = [&around = *universe_, closed](machine_index each) {
    around.note("swizzle: " + around.hosts()[each]->name + " is let in");
    around.open(closed->at(each));
  };
  cut_off(out.front());
  true_time at = universe_->now();
  for (std::size_t i = 1; i < out.size(); ++i) {
    universe_->plan_action(at += step, [=, who = out[i]] { cut_off(who); });
  }
  for (const machine_index each : in) {
    universe_->plan_action(at += step, [=] { let_in(each); });
  }
}

void world::cut(const group& from, const group& to) {
  const machine_set source = set_of(*universe_, from);
  const machine_set target = set_of(*universe_, to);
  universe_->close(ways_towards(source, target));
  universe_->note("cut " + names_of(*universe_, source) + " to " + names_of(*universe_, target));
}

void world::isolate(const host& which) {
  const machine_set alone = set_of(*universe_, which);
  universe_->close(ways_between(alone, ~alone));
  universe_->note("isolate " + which.name());
}

void world::heal() {
  universe_->refuse_foreign_thread();
  universe_->heal();
  universe_->note("heal");
}

void world::jam(const host& which, std::chrono::nanoseconds length) {
  const machine_set met = set_of(*universe_, which);
  check_length("jam: the length", length);
  universe_->jam(ways_between(met, ~met), length);
  universe_->note("jam " + which.name());
}

void world::jam(const group& from, const group& to, std::chrono::nanoseconds length) {
  const machine_set source = set_of(*universe_, from);
  const machine_set target = set_of(*universe_, to);
  check_length("jam: the length", length);
  universe_->jam(ways_towards(source, target), length);
  universe_->note("jam " + names_of(*universe_, source) + " to " + names_of(*universe_, target));
}

void world::bandwidth(const host& of, std::uint64_t bytes_per_second,
                      std::chrono::nanoseconds queue_max) {
  static_cast<void>(set_of(*universe_, of));
  check_time("bandwidth: queue_max", queue_max);
  universe_->set_bandwidth(of.state(), bytes_per_second, queue_max);
  universe_->note("bandwidth of " + of.name() + ": " + std::to_string(bytes_per_second) +
                  " bytes a second");
}

void world::network(const conditions& from_now_on) {
  universe_->refuse_foreign_thread();
  check(from_now_on);
  universe_->set_conditions(from_now_on);
}

void world::network(const group& from, const group& to, const conditions& from_now_on) {
  const machine_set source = set_of(*universe_, from);
  const machine_set target = set_of(*universe_, to);
  check(from_now_on);
  universe_->set_conditions(ways_towards(source, target), from_now_on);
}

void universe::send(const host_state& from, const core::address& to,
                    std::span<const std::byte> bytes) {
  network_.send(from.index, from.where, to, bytes, now_, arrivals_);
}

void universe::set_conditions(const conditions& now) {
  turn_delay_max_ = now.turn_delay_max;
  network_.set_conditions(as_drawn(now));
}

void universe::set_conditions(const ways& which, const conditions& now) {
  network_.set_conditions(which, as_drawn(now));
}

void universe::set_bandwidth(const host_state& of, std::uint64_t bytes_per_second,
                             core::duration queue_max) {
  network_.set_bandwidth(of.index, bytes_per_second, queue_max);
}

std::uint64_t universe::close(const ways& which) {
  network_.close(which);
  closed_.emplace(++last_closing_, which);
  return last_closing_;
}

void universe::open(std::uint64_t closing) {
  if (const auto found = closed_.extract(closing); found) {
    network_.open(found.mapped());
  }
}

void universe::jam(const ways& which, core::duration length) {
  network_.jam(which);
  jammed_.emplace(++last_closing_, which);
  plan_action(now_ + length, [this, jam = last_closing_] { flush(jam); });
}

void universe::flush(std::uint64_t jam) {
  if (const auto found = jammed_.extract(jam); found) {
    network_.flush(found.mapped(), now_, arrivals_);
  }
}

void universe::heal() {
  while (!closed_.empty()) {
    open(closed_.begin()->first);
  }
  while (!jammed_.empty()) {
    flush(jammed_.begin()->first);
  }
}

}  // namespace conclave::sim
