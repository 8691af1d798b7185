// Everything that was met in a small world, kept once and known by number: states of nodes, frames,
// ledgers; and what each input did to each state of a node. So the real core runs once for each
// (state, input, time), however many states of the world contain it.
//
// States of nodes are equal when their digests are, 128 bits of two runs of core::digest: among a
// million states the chance that two different ones are taken for one is about 10^-27.
#pragma once

#include "sim/explore/ledger.hpp"
#include "sim/explore/machinery.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace conclave::sim {

using node_ref = std::uint32_t;
using frame_ref = std::uint32_t;
using ledger_ref = std::uint32_t;
using step_ref = std::uint32_t;

inline constexpr std::uint32_t moments_max = 16;  // of time in one world

// What an input did to a node.
struct node_step {
  node_ref after = 0;
  std::uint32_t first_frame = 0;
  std::uint32_t frames = 0;
  std::uint32_t first_event = 0;
  std::uint32_t events = 0;
};

struct entered {
  ledger_ref after = 0;
  const violation* broken = nullptr;  // null: all is well
};

class catalogue {
 public:
  // `began` is the first moment; each further one is half a lease later.
  catalogue(const small_world& world, true_time began) : machinery_(world), began_(began) {}
  catalogue(const catalogue&) = delete;
  catalogue& operator=(const catalogue&) = delete;

  [[nodiscard]] true_time time_of(std::uint32_t moment) const {
    return began_ + half_lease * std::int64_t{moment};
  }

  node_ref intern(const machine& one, machine_index at);
  ledger_ref intern(const ledger& book);
  frame_ref intern(datagram_value value);

  // What that input does to that node at that moment.
  step_ref step(node_ref node, std::uint32_t moment, const input& what);
  // What a step means for the promises.
  entered enter(ledger_ref book, node_ref before, std::uint32_t moment, step_ref taken);
  // Until when this voter keeps its vote for the request that holds.
  true_time reserved(node_ref voter, node_ref holder, std::uint64_t asked_as,
                     core::permit_slot slot);
  // Whether this voter could lend under the last token again.
  bool forgets(node_ref voter, ledger_ref book);
  // Whether its timer is due.
  [[nodiscard]] bool due(node_ref node, std::uint32_t moment) const;

  [[nodiscard]] const node_step& at(step_ref taken) const { return steps_[taken]; }
  [[nodiscard]] std::span<const frame_ref> frames_of(const node_step& taken) const {
    return std::span(step_frames_).subspan(taken.first_frame, taken.frames);
  }
  [[nodiscard]] const machine& node(node_ref ref) const { return *nodes_[ref].state; }
  [[nodiscard]] const datagram_value& frame(frame_ref ref) const { return *frames_[ref]; }
  [[nodiscard]] const ledger& book(ledger_ref ref) const { return *ledgers_[ref]; }
  [[nodiscard]] const sim::machinery& machines() const { return machinery_; }
  [[nodiscard]] sim::machinery& machines() { return machinery_; }

  // About how much memory all this takes.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t nodes() const { return nodes_.size(); }
  [[nodiscard]] std::size_t frames() const { return frames_.size(); }
  [[nodiscard]] std::size_t steps() const { return steps_.size(); }

  // What runs just now, for the last words of a process whose core breaks a rule.
  struct running {
    machine_index at = 0;
    input what;
  };
  [[nodiscard]] const std::optional<running>& now_running() const { return running_; }

 private:
  struct known_node {
    std::unique_ptr<machine> state;  // without settings: those are the world's
    machine_index at = 0;
    core::instant deadline{};
  };
  using wide_digest = std::pair<std::uint64_t, std::uint64_t>;

  step_ref run(node_ref node, std::uint32_t moment, const input& what);

  sim::machinery machinery_;
  true_time began_;

  boost::unordered_flat_map<wide_digest, node_ref> node_refs_;
  std::vector<known_node> nodes_;
  boost::unordered_flat_map<wide_digest, frame_ref> frame_refs_;
  std::vector<std::unique_ptr<datagram_value>> frames_;
  boost::unordered_flat_map<wide_digest, ledger_ref> ledger_refs_;
  std::vector<std::unique_ptr<ledger>> ledgers_;

  boost::unordered_flat_map<std::uint64_t, step_ref> step_refs_;
  std::vector<node_step> steps_;
  std::vector<frame_ref> step_frames_;
  std::vector<happening> step_events_;

  boost::unordered_flat_map<std::uint64_t, entered> entered_;
  std::vector<std::unique_ptr<violation>> violations_;
  boost::unordered_flat_map<std::uint64_t, true_time> reserved_;
  boost::unordered_flat_map<std::uint64_t, bool> forgets_;

  core::actions out_;
  std::vector<happening> events_;
  std::optional<running> running_;
};

}  // namespace conclave::sim
