// A network of datagrams: it loses, repeats, delays, reorders, damages, and comes apart.
#pragma once

#include "base/address.hpp"
#include "base/random.hpp"
#include "sim/counters.hpp"
#include "sim/event_queue.hpp"
#include "sim/machine.hpp"
#include "sim/options.hpp"
#include "sim/schedule.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace conclave::sim {

struct datagram {
  core::address from;
  core::address to;
  std::vector<std::byte> bytes;
};

class network {
 public:
  network(std::uint32_t machines, core::random_source random, counters& counted);

  // A new address for this machine. What is sent to its earlier ones reaches nobody.
  core::address move(machine_index who);
  [[nodiscard]] std::optional<machine_index> find(const core::address& where) const;

  void set_conditions(const network_conditions& now) { conditions_ = now; }

  // Faults of which several may be on at once: a way is open when none closes it.
  void split(machine_set part) { change_ways(part, ~part, 1), change_ways(~part, part, 1); }
  void join(machine_set part) { change_ways(part, ~part, -1), change_ways(~part, part, -1); }
  void cut(machine_set from, machine_set to) { change_ways(from, to, 1); }
  void mend(machine_set from, machine_set to) { change_ways(from, to, -1); }

  // Schedules what arrives of this datagram: nothing, it, or it and a copy.
  void send(machine_index from, const core::address& source, const core::address& to,
            std::span<const std::byte> bytes, true_time now, event_queue& events);
  // One that has arrived. Done with it, give it back: its memory is used again.
  [[nodiscard]] datagram& arrived(std::uint32_t index) { return datagrams_[index]; }
  void give_back(std::uint32_t index) { free_.push_back(index); }

 private:
  void change_ways(machine_set from, machine_set to, int by);
  void launch(const core::address& source, const core::address& to,
              std::span<const std::byte> bytes, true_time now, event_queue& events);
  void damage(std::vector<std::byte>& bytes);
  bool draw(std::uint32_t chance_ppm) {
    return chance_ppm != 0 && random_.below(1'000'000) < chance_ppm;
  }

  std::uint32_t machines_;
  core::random_source random_;
  counters* counted_;
  network_conditions conditions_;
  std::vector<int> closed_;                   // [from][to]: how many faults close this way
  std::vector<machine_index> owner_of_port_;  // by port - first_port
  std::vector<std::uint32_t> port_of_;        // by machine: the latest
  std::vector<datagram> datagrams_;
  std::vector<std::uint32_t> free_;
};

}  // namespace conclave::sim
