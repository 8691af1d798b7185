// What becomes of each datagram.
#include "sim/network.hpp"

#include "base/check.hpp"

namespace conclave::sim {

namespace {

constexpr std::uint16_t first_port = 1'000;

}  // namespace

network::network(std::uint32_t machines, core::random_source random, counters& counted)
    : machines_(machines),
      random_(random),
      counted_(&counted),
      closed_(std::size_t{machines} * machines),
      port_of_(machines) {
  core::check(machines <= 32, "a machine_set has a bit for each machine", machines);
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

void network::change_ways(machine_set from, machine_set to, int by) {
  for (machine_index a = 0; a < machines_; ++a) {
    for (machine_index b = 0; b < machines_; ++b) {
      if (a != b && (from >> a & 1U) != 0 && (to >> b & 1U) != 0) {
        closed_[std::size_t{a} * machines_ + b] += by;
      }
    }
  }
}

void network::send(machine_index from, const core::address& source, const core::address& to,
                   std::span<const std::byte> bytes, true_time now, event_queue& events) {
  counted_->add(counter::frames_sent);
  const std::optional<machine_index> target = find(to);
  if (!target) {
    counted_->add(counter::frames_to_nobody);
    return;
  }
  if (closed_[std::size_t{from} * machines_ + *target] > 0) {
    counted_->add(counter::frames_blocked);
    return;
  }
  if (draw(conditions_.loss_ppm)) {
    counted_->add(counter::frames_lost);
    return;
  }
  launch(source, to, bytes, now, events);
  if (draw(conditions_.duplicate_ppm)) {
    counted_->add(counter::frames_duplicated);
    launch(source, to, bytes, now, events);
  }
}

void network::launch(const core::address& source, const core::address& to,
                     std::span<const std::byte> bytes, true_time now, event_queue& events) {
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
  if (draw(conditions_.damage_ppm)) {
    counted_->add(counter::frames_damaged);
    damage(one.bytes);
  }
  duration delay = conditions_.delay_min + random_.between(duration(0), conditions_.delay_spread);
  if (draw(conditions_.late_ppm)) {
    delay += random_.between(duration(0), conditions_.late_max);
  }
  events.schedule(now + delay, event_kind::arrival, index);
}

void network::damage(std::vector<std::byte>& bytes) {
  if (random_.below(3) == 0) {
    bytes.resize(random_.below(bytes.size()));
    return;
  }
  for (std::uint64_t flips = random_.between(std::uint64_t{1}, 8); flips > 0; --flips) {
    const std::uint64_t bit = random_.below(bytes.size() * 8);
    bytes[bit / 8] ^= std::byte{1} << (bit % 8);
  }
}

}  // namespace conclave::sim
