// One state of a small world, and what may happen in it.
#pragma once

#include "sim/explore/catalogue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

enum class cut_kind : std::uint8_t { none, apart, deaf, mute };

// The machine that the network has cut off, if any.
struct cut {
  cut_kind kind = cut_kind::none;
  machine_index machine = 0;

  [[nodiscard]] bool blocks(machine_index from, machine_index to) const {
    const bool sends = from == machine && kind != cut_kind::deaf;
    const bool hears = to == machine && kind != cut_kind::mute;
    return kind != cut_kind::none && (sends || hears);
  }
  friend bool operator==(const cut&, const cut&) = default;
};

// Marks a copy: it may come however late.
inline constexpr frame_ref copy_mark = 1U << 27;

struct world_state {
  std::vector<node_ref> nodes;  // by machine
  ledger_ref book = 0;
  fault_budget left;
  std::uint32_t tokens_left = 0;
  std::uint32_t moment = 0;
  sim::cut cut;
  // Sorted; in worlds `in_order` by the way, and then as they were sent.
  std::vector<frame_ref> under_way;

  // As words, all of it: equal states have equal words.
  void pack(std::vector<std::uint32_t>& words) const;
  void unpack(std::span<const std::uint32_t> words, std::size_t machines);
};

enum class move_kind : std::uint8_t {
  deliver,
  deliver_copy,
  lose,
  tick,
  ask,
  unlock,
  take_token,
  crash,
  cut_off,
  heal,
  pause,
  lapse,
};

struct move {
  move_kind kind = move_kind::deliver;
  std::uint32_t what = 0;  // a frame, a machine, or a cut

  [[nodiscard]] std::uint32_t packed() const {
    return static_cast<std::uint32_t>(kind) << 28 | what;
  }
  [[nodiscard]] static move unpacked(std::uint32_t word) {
    return {static_cast<move_kind>(word >> 28), word & 0xfffffff};
  }
};

[[nodiscard]] constexpr std::uint32_t packed(const cut& one) {
  return static_cast<std::uint32_t>(one.kind) << 4 | one.machine;
}
[[nodiscard]] constexpr cut unpacked_cut(std::uint32_t word) {
  return {.kind = static_cast<cut_kind>(word >> 4), .machine = word & 0xf};
}

// Told of each step of each node, for stories.
class step_listener {
 public:
  virtual ~step_listener() = default;
  virtual void stepped(machine_index at, node_ref before, std::uint32_t moment,
                       const input& what) = 0;
};

// Makes moves in one state of the world.
class mover {
 public:
  explicit mover(catalogue& known) : known_(&known) {}

  // All moves that are possible, in a fixed order.
  void list(const world_state& from, std::vector<move>& moves) const;
  // Changes `state`; gives what was broken by that, if anything.
  const violation* make(world_state& state, const move& what);
  void listen(step_listener* listener) { listener_ = listener; }

  // No frame that could arrive is under way.
  [[nodiscard]] bool is_quiet(const world_state& state) const;

 private:
  const violation* feed(world_state& state, machine_index at, const input& what);
  const violation* check_voters(const world_state& state);
  const violation* check_reservations(const world_state& state);
  void keep(world_state& state, frame_ref frame, bool repeated);
  void put(world_state& state, frame_ref frame) const;
  void list_frames(const world_state& from, std::vector<move>& moves) const;
  // Whether an older frame of the same way is under way.
  [[nodiscard]] bool overtakes(const world_state& state, std::size_t position) const;
  const violation* deliver(world_state& state, const move& what);
  // Half a lease goes by; all serve their timers but one that is late, if any.
  const violation* pass_time(world_state& state, machine_index late);
  [[nodiscard]] const datagram_value& frame(frame_ref ref) const {
    return known_->frame(ref & ~copy_mark);
  }
  void list_faults(const world_state& from, std::vector<move>& moves) const;
  void list_wishes(const world_state& from, machine_index at, std::vector<move>& moves) const;

  catalogue* known_;
  step_listener* listener_ = nullptr;
  std::vector<frame_ref> passing_;
  std::optional<violation> broken_;
};

}  // namespace conclave::sim
