// Running the real core on one machine: an input in, and what it says sorted into frames and
// events. Knows no state of a world and keeps nothing.
#pragma once

#include "node/actions.hpp"
#include "sim/explore/ledger.hpp"
#include "sim/explore/small_world.hpp"
#include "sim/machine.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace conclave::sim {

enum class input_kind : std::uint8_t { deliver, tick, lock, unlock, token, restart };

struct input {
  input_kind kind = input_kind::tick;
  std::uint32_t what = 0;  // deliver: the datagram; unlock, token: the request; restart: the boot
};

// A frame on its way between two machines.
struct datagram_value {
  machine_index from = 0;
  machine_index to = 0;
  std::vector<std::byte> bytes;
  // Of each lock message in it. Without one the frame passes at once.
  std::vector<std::uint64_t> lock_messages;
  // By acknowledgement: the lock messages of the frame that it is for.
  std::vector<std::vector<std::uint64_t>> acknowledged;
};

class machinery {
 public:
  explicit machinery(const small_world& world) : world_(world) {}

  // A machine whose process has not started.
  [[nodiscard]] machine build(machine_index at) const;
  void start(machine& one, machine_index at, std::uint64_t boot, bool new_cluster, true_time now,
             core::actions& out) const;

  // `frame`: what is delivered. The effects are added to `out` and `events`.
  void run(machine& one, machine_index at, const input& what, const datagram_value* frame,
           true_time now, core::actions& out, std::vector<happening>& events) const;

  // The frame as the network carries it, or nothing when nobody lives at that address.
  //
  // A frame with lock messages asks for a reply, so that it is acknowledged at once: no time has to
  // pass for it. And it is numbered by what is in it, not by how many were sent before: else no two
  // ways would ever lead to the same state. Acknowledgements are translated when they arrive.
  [[nodiscard]] std::optional<datagram_value> carry(machine_index from, const core::send& sent,
                                                    const core::actions& out);

  [[nodiscard]] const small_world& world() const { return world_; }
  [[nodiscard]] std::size_t size() const { return world_.nodes.size(); }

 private:
  [[nodiscard]] std::vector<std::byte> arriving(const datagram_value& frame, const core::node& at,
                                                core::instant now) const;

  small_world world_;
  // What frames of that number carry.
  boost::unordered_flat_map<std::uint64_t, std::vector<std::uint64_t>> contents_;
};

}  // namespace conclave::sim
