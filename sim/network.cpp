// What becomes of each datagram.
#include "sim/network.hpp"

#include "base/check.hpp"
#include "sim/frames.hpp"
#include "sim/hostile.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace conclave::sim {

namespace {

constexpr std::uint16_t first_port = 1'000;

// A jam holds so many datagrams; more are lost.
constexpr std::size_t held_max = 10'000;

// What is flushed arrives within this time.
constexpr duration flush_spread = std::chrono::microseconds(100);

}  // namespace

std::string_view to_string(incident_kind kind) {
  switch (kind) {
    case incident_kind::lose:
      return "lose";
    case incident_kind::repeat:
      return "repeat";
    case incident_kind::damage:
      return "damage";
    case incident_kind::late:
      return "late";
  }
  return "?";
}

network::network(std::uint32_t machines, core::random_source random, counters& counted)
    : machines_(machines),
      random_(random),
      counted_(&counted),
      conditions_(std::size_t{machines} * machines),
      distance_(std::size_t{machines} * machines, 1),
      closed_(std::size_t{machines} * machines),
      jammed_(std::size_t{machines} * machines),
      sent_(std::size_t{machines} * machines),
      uplinks_(machines),
      port_of_(machines) {
  core::check(machines <= machines_max, "a machine_set has a bit for each machine", machines);
}

core::address network::move(machine_index who) {
  port_of_[who] = static_cast<std::uint32_t>(owner_of_port_.size());
  owner_of_port_.push_back(who);
  core::check(owner_of_port_.size() < 60'000, "there are ports enough");
  return core::ipv4_address({10, 0, 0, 1}, static_cast<std::uint16_t>(first_port + port_of_[who]));
}

std::optional<machine_index> network::find(const core::address& where) const {
  const std::size_t port = where.port - std::size_t{first_port};
  if (where.port < first_port || port >= owner_of_port_.size()) {
    return std::nullopt;
  }
  const machine_index owner = owner_of_port_[port];
  return port_of_[owner] == port ? std::optional(owner) : std::nullopt;
}

void network::set_distances(bool uneven) {
  constexpr std::array<std::uint32_t, 6> choices = {1, 1, 1, 2, 5, 20};
  for (machine_index from = 0; from < machines_; ++from) {
    for (machine_index to = 0; to < machines_; ++to) {
      core::random_source random(
          core::mix(random_.state() + std::uint64_t{from} * machines_max + to));
      distance_[way_of(from, to)] = uneven ? choices[random.below(choices.size())] : 1;
    }
  }
}

void network::set_incidents(std::vector<incident> all) {
  incidents_ = std::move(all);
  std::ranges::sort(incidents_);
  only_incidents_ = true;
}

template <class Action>
void network::each_of(const ways& which, Action action) const {
  for (machine_index from = 0; from < machines_; ++from) {
    for (machine_set left = which[from]; left != 0; left &= left - 1) {
      const auto to = static_cast<machine_index>(std::countr_zero(left));
      if (to < machines_) {
        action(way_of(from, to));
      }
    }
  }
}

void network::change(const ways& which, std::vector<int>& counts, int by) const {
  each_of(which, [&](std::size_t way) { counts[way] += by; });
}

void network::set_conditions(const network_conditions& now) {
  std::ranges::fill(conditions_, now);
}

void network::set_conditions(const ways& which, const network_conditions& now) {
  each_of(which, [&](std::size_t way) { conditions_[way] = now; });
}

void network::flush(const ways& which, true_time now, event_queue& events) {
  change(which, jammed_, -1);
  core::random_source random(
      core::mix(random_.state() ^ static_cast<std::uint64_t>(now.time_since_epoch().count())));
  std::erase_if(held_, [&](const held& one) {
    if (jammed_[one.way] > 0) {
      return false;
    }
    events.schedule(now + random.between(duration(0), flush_spread), event_kind::arrival,
                    one.datagram);
    return true;
  });
}

void network::end_sieve(const ways& which, std::size_t kind) {
  const auto found = std::ranges::find(sieves_, sieved{which, kind});
  core::check(found != sieves_.end(), "a sieve that ends was there");
  sieves_.erase(found);
}

void network::set_bandwidth(machine_index who, std::uint64_t bytes_per_second, duration queue_max) {
  uplinks_[who].bytes_per_second = bytes_per_second;
  uplinks_[who].queue_max = queue_max;
}

void network::send(machine_index from, const core::address& source, const core::address& to,
                   std::span<const std::byte> bytes, true_time now, event_queue& events) {
  counted_->add(counter::frames_sent);
  const std::optional<machine_index> target = find(to);
  if (!target) {
    counted_->add(counter::frames_to_nobody);
    lose(loss::nobody);
    return;
  }
  const std::size_t way = way_of(from, *target);
  const message_key key{.from = from, .to = *target, .number = ++sent_[way]};
  if (closed_[way] > 0) {
    counted_->add(counter::frames_blocked);
    lose(loss::blocked);
    return;
  }
  if (is_sieved(from, *target, bytes)) {
    counted_->add(counter::frames_sieved);
    lose(loss::blocked);
    return;
  }
  fate one = draw_fate(
      conditions_[way],
      core::random_source(core::mix(random_.state() ^ std::uint64_t{from} << 56U ^
                                    std::uint64_t{*target} << 48U ^ std::uint64_t{key.number})));
  apply_incidents(key, one);
  if (record_ != nullptr) {
    note(key, one);
  }
  const std::optional<true_time> leaves = leaves_at(from, bytes.size(), now);
  if (one.lost || !leaves) {
    counted_->add(one.lost ? counter::frames_lost : counter::frames_over_queue);
    lose(one.lost ? loss::lost : loss::queue_full);
    return;
  }
  const std::uint32_t index = keep(source, to, bytes);
  if (one.damaged) {
    counted_->add(counter::frames_damaged);
    damage(datagrams_[index].bytes, core::random_source(one.damage_seed));
  }
  if (jammed_[way] > 0) {
    counted_->add(held_.size() < held_max ? counter::frames_jammed : counter::frames_lost);
    if (held_.size() < held_max) {
      held_.push_back({.way = way, .datagram = index});
    } else {
      give_back(index);
      lose(loss::lost);
    }
    return;
  }
  events.schedule(*leaves + one.delay * distance_[way] + one.late, event_kind::arrival, index);
  if (one.repeated) {
    counted_->add(counter::frames_duplicated);
    const std::uint32_t copy = keep(source, to, bytes);
    events.schedule(*leaves + one.copy_delay * distance_[way], event_kind::arrival, copy);
  }
}

bool network::is_sieved(machine_index from, machine_index to, std::span<const std::byte> bytes) {
  return std::ranges::any_of(sieves_, [&](const sieved& each) {
    if (!contains(each.which[from], to)) {
      return false;
    }
    read_.assign(bytes.begin(), bytes.end());
    return carries(read_, each.kind);
  });
}

// Every draw is made for every datagram, so that leaving one incident out moves no other.
fate network::draw_fate(const network_conditions& here, core::random_source random) const {
  const auto draw = [&](std::uint32_t chance_ppm) {
    return random.below(1'000'000) < chance_ppm && !only_incidents_;
  };
  fate one;
  one.lost = draw(here.loss_ppm);
  one.repeated = draw(here.duplicate_ppm);
  one.damaged = draw(here.damage_ppm);
  const bool late = draw(here.late_ppm);
  const duration lateness = random.between(duration(0), here.late_max);
  one.late = late ? lateness : duration(0);
  one.damage_seed = random.next();
  one.delay = draw_delay(here, random);
  one.copy_delay = draw_delay(here, random);
  return one;
}

duration network::draw_delay(const network_conditions& here, core::random_source& random) {
  const duration spread = here.delay_spread;
  const duration uniform = random.between(duration(0), spread);
  switch (here.shape) {
    case delay_shape::uniform:
      return here.delay_min + uniform;
    case delay_shape::long_tailed: {
      // Half are within the spread, a quarter within twice that, and so on: integers only.
      const auto tail = static_cast<std::int64_t>(std::countr_zero(random.next() | 1U << 6U));
      return here.delay_min + uniform + tail * spread;
    }
    case delay_shape::two_peaked:
      return here.delay_min + uniform / 8 + (random.below(4) == 0 ? spread : duration(0));
  }
  return here.delay_min;
}

void network::apply_incidents(const message_key& key, fate& one) {
  if (!only_incidents_) {
    return;
  }
  // Clang 14 does not understand the library's ranges::equal_range.
  auto each =
      std::lower_bound(incidents_.begin(), incidents_.end(), key,
                       [](const incident& left, const message_key& of) { return left.key < of; });
  for (; each != incidents_.end() && each->key == key; ++each) {
    switch (each->kind) {
      case incident_kind::lose:
        one.lost = true;
        break;
      case incident_kind::repeat:
        one.repeated = true;
        break;
      case incident_kind::damage:
        one.damaged = true;
        break;
      case incident_kind::late:
        one.late = each->by;
        break;
    }
  }
}

void network::note(const message_key& key, const fate& one) {
  if (one.lost) {
    record_->push_back({.key = key, .kind = incident_kind::lose});
    return;
  }
  if (one.repeated) {
    record_->push_back({.key = key, .kind = incident_kind::repeat});
  }
  if (one.damaged) {
    record_->push_back({.key = key, .kind = incident_kind::damage});
  }
  if (one.late > duration(0)) {
    record_->push_back({.key = key, .kind = incident_kind::late, .by = one.late});
  }
}

// When its last byte is out; nothing when the queue is full.
std::optional<true_time> network::leaves_at(machine_index from, std::size_t bytes, true_time now) {
  uplink& out = uplinks_[from];
  if (out.bytes_per_second == 0) {
    return now;
  }
  const true_time begins = std::max(now, out.free_at);
  if (begins - now > out.queue_max) {
    return std::nullopt;
  }
  out.free_at = begins + duration(static_cast<std::int64_t>(std::uint64_t{bytes} * 1'000'000'000U /
                                                            out.bytes_per_second));
  return out.free_at;
}

std::uint32_t network::keep(const core::address& source, const core::address& to,
                            std::span<const std::byte> bytes) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(datagrams_.size()));
    datagrams_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  datagram& one = datagrams_[index];
  one.from = source;
  one.to = to;
  one.bytes.assign(bytes.begin(), bytes.end());
  if (watch_ != nullptr) {
    watch_->launched(index);
  }
  return index;
}

void network::lose(loss why) {
  if (watch_ != nullptr) {
    watch_->lost(why);
  }
}

void network::damage(std::vector<std::byte>& bytes, core::random_source random) {
  if (random.below(3) == 0) {
    bytes.resize(random.below(bytes.size()));
    return;
  }
  if (random.below(3) == 0 && make_hostile(bytes, random)) {
    return;
  }
  // An odd number, so that they never undo each other.
  for (std::uint64_t flips = 1 + 2 * random.below(4); flips > 0; --flips) {
    const std::uint64_t bit = random.below(bytes.size() * 8);
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

}  // namespace conclave::sim
