// A network of datagrams: it loses, repeats, delays, reorders, damages, jams, and comes apart.
//
// What becomes of a datagram follows from the seed, its way and its number on that way alone: one
// datagram more or less on another way changes nothing here.
#pragma once

#include "base/address.hpp"
#include "base/random.hpp"
#include "sim/counters.hpp"
#include "sim/event_queue.hpp"
#include "sim/incidents.hpp"
#include "sim/machine.hpp"
#include "sim/observer.hpp"
#include "sim/options.hpp"

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

  void watch(observer& who) { watch_ = &who; }

  // A new address for this machine. What is sent to its earlier ones reaches nobody.
  core::address move(machine_index who);
  [[nodiscard]] std::optional<machine_index> find(const core::address& where) const;

  void set_conditions(const network_conditions& now);  // on all ways
  void set_conditions(const ways& which, const network_conditions& now);
  // How much longer than others each way is, drawn from the seed; else all are alike.
  void set_distances(bool uneven);
  // Exactly these datagrams are lost, repeated, damaged or late, whatever the conditions say.
  void set_incidents(std::vector<incident> all);

  // Faults of which several may be on at once: a way is open when none closes it.
  void close(const ways& which) { change(which, closed_, 1); }
  void open(const ways& which) { change(which, closed_, -1); }
  void split(machine_set part) { close(ways_between(part, ~part)); }
  void join(machine_set part) { open(ways_between(part, ~part)); }
  void cut(machine_set from, machine_set to) { close(ways_towards(from, to)); }
  void mend(machine_set from, machine_set to) { open(ways_towards(from, to)); }
  // What is sent while a way is jammed waits, and arrives at once when the last jam there ends.
  void jam(const ways& which) { change(which, jammed_, 1); }
  void flush(const ways& which, true_time now, event_queue& events);
  // What carries a message of this kind is lost, until the same sieve ends.
  void sieve(const ways& which, std::size_t kind) { sieves_.push_back({which, kind}); }
  void end_sieve(const ways& which, std::size_t kind);
  // How many bytes a second this machine can send; 0: as many as it likes. What would wait for
  // longer than `queue_max` is lost.
  void set_bandwidth(machine_index who, std::uint64_t bytes_per_second, duration queue_max);

  // Schedules what arrives of this datagram: nothing, it, or it and a copy.
  void send(machine_index from, const core::address& source, const core::address& to,
            std::span<const std::byte> bytes, true_time now, event_queue& events);
  // One that has arrived. Done with it, give it back: its memory is used again.
  [[nodiscard]] datagram& arrived(std::uint32_t index) { return datagrams_[index]; }
  void give_back(std::uint32_t index) { free_.push_back(index); }

  // What became of datagrams beyond their plain delay, in the order of sending.
  void keep_record(std::vector<incident>* record) { record_ = record; }

 private:
  struct uplink {
    std::uint64_t bytes_per_second = 0;
    duration queue_max{};
    true_time free_at{};
  };
  struct sieved {
    ways which;
    std::size_t kind = 0;
    friend bool operator==(const sieved&, const sieved&) = default;
  };
  struct held {
    std::size_t way = 0;
    std::uint32_t datagram = 0;
  };

  [[nodiscard]] std::size_t way_of(machine_index from, machine_index to) const {
    return std::size_t{from} * machines_ + to;
  }
  template <class Action>
  void each_of(const ways& which, Action action) const;
  void change(const ways& which, std::vector<int>& counts, int by) const;
  [[nodiscard]] fate draw_fate(const network_conditions& here, core::random_source random) const;
  [[nodiscard]] static duration draw_delay(const network_conditions& here,
                                           core::random_source& random);
  void apply_incidents(const message_key& key, fate& one);
  void note(const message_key& key, const fate& one);
  [[nodiscard]] std::optional<true_time> leaves_at(machine_index from, std::size_t bytes,
                                                   true_time now);
  std::uint32_t keep(const core::address& source, const core::address& to,
                     std::span<const std::byte> bytes);
  [[nodiscard]] bool is_sieved(machine_index from, machine_index to,
                               std::span<const std::byte> bytes);
  void lose(loss why);
  static void damage(std::vector<std::byte>& bytes, core::random_source random);

  std::uint32_t machines_;
  core::random_source random_;
  counters* counted_;
  observer* watch_ = nullptr;
  std::vector<network_conditions> conditions_;  // by way
  std::vector<std::uint32_t> distance_;         // by way: by how much delays are multiplied
  std::vector<int> closed_;                     // by way: how many faults close it
  std::vector<int> jammed_;
  std::vector<std::uint32_t> sent_;  // by way
  std::vector<uplink> uplinks_;      // by machine
  std::vector<sieved> sieves_;
  std::vector<std::byte> read_;  // by a sieve
  std::vector<held> held_;
  std::vector<machine_index> owner_of_port_;  // by port - first_port
  std::vector<std::uint32_t> port_of_;        // by machine: the latest
  std::vector<datagram> datagrams_;
  std::vector<std::uint32_t> free_;
  bool only_incidents_ = false;
  std::vector<incident> incidents_;  // by key
  std::vector<incident>* record_ = nullptr;
};

}  // namespace conclave::sim
