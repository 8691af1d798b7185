// What moves do.
#include "base/check.hpp"
#include "sim/checks/coverage.hpp"
#include "sim/explore/state.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace conclave::sim {

namespace {

constexpr std::size_t passing_max = 10'000;  // frames after one move; more would have no end
constexpr std::uint64_t restarted_boot = 1'000;

}  // namespace

const violation* mover::make(world_state& state, const move& what) {
  switch (what.kind) {
    case move_kind::deliver:
    case move_kind::deliver_copy:
      return deliver(state, what);
    case move_kind::lose:
      --state.left.losses;
      state.under_way.erase(std::ranges::find(state.under_way, what.what));
      return nullptr;
    case move_kind::tick:
      return feed(state, what.what, {input_kind::tick, 0});
    case move_kind::ask:
      return feed(state, what.what, {input_kind::lock, 0});
    case move_kind::take_token:
      --state.tokens_left;
      [[fallthrough]];
    case move_kind::unlock: {
      const std::uint64_t request = known_->book(state.book).find(what.what)->request;
      const input_kind kind =
          what.kind == move_kind::unlock ? input_kind::unlock : input_kind::token;
      return feed(state, what.what, {kind, static_cast<std::uint32_t>(request)});
    }
    case move_kind::crash:
      return feed(
          state, what.what,
          {input_kind::restart, static_cast<std::uint32_t>(restarted_boot - --state.left.crashes)});
    case move_kind::cut_off:
      --state.left.partitions;
      state.cut = unpacked_cut(what.what);
      return nullptr;
    case move_kind::heal:
      state.cut = {};
      return nullptr;
    case move_kind::pause:
      --state.left.pauses;
      return pass_time(state, what.what);
    case move_kind::lapse: {
      --state.left.lapses;
      const violation* broken = pass_time(state, what.what);
      return broken != nullptr ? broken : pass_time(state, what.what);
    }
  }
  return nullptr;
}

const violation* mover::pass_time(world_state& state, machine_index late) {
  ++state.moment;
  for (machine_index at = 0; at < state.nodes.size(); ++at) {
    if (at != late && known_->due(state.nodes[at], state.moment)) {
      if (const violation* broken = feed(state, at, {input_kind::tick, 0})) {
        return broken;
      }
    }
  }
  return nullptr;
}

const violation* mover::deliver(world_state& state, const move& what) {
  const auto found = std::ranges::find(state.under_way, what.what);
  if (overtakes(state, static_cast<std::size_t>(found - state.under_way.begin()))) {
    --state.left.overtakings;
  }
  state.under_way.erase(found);
  if (what.kind == move_kind::deliver_copy) {
    --state.left.duplicates;
    put(state, what.what | copy_mark);
  }
  const frame_ref frame = what.what & ~copy_mark;
  return feed(state, known_->frame(frame).to, {input_kind::deliver, frame});
}

// One step of one node, and of all that get frames without lock messages from it.
const violation* mover::feed(world_state& state, machine_index at, const input& what) {
  passing_.clear();
  machine_index next_at = at;
  input next = what;
  for (std::size_t passed = 0;;) {
    const node_ref before = state.nodes[next_at];
    if (listener_ != nullptr) {
      listener_->stepped(next_at, before, state.moment, next);
    }
    const step_ref taken = known_->step(before, state.moment, next);
    const node_step step = known_->at(taken);
    const entered result = known_->enter(state.book, before, state.moment, taken);
    const bool changed = state.book != result.after || before != step.after;
    state.nodes[next_at] = step.after;
    state.book = result.after;
    if (result.broken != nullptr) {
      return result.broken;
    }
    for (const frame_ref one : known_->frames_of(step)) {
      if (known_->frame(one).lock_messages.empty()) {
        passing_.push_back(one);
      } else {
        keep(state, one, next.kind == input_kind::tick);
      }
    }
    if (changed) {
      if (const violation* broken = check_voters(state)) {
        return broken;
      }
    }
    while (passed < passing_.size() && state.cut.blocks(known_->frame(passing_[passed]).from,
                                                        known_->frame(passing_[passed]).to)) {
      ++passed;
    }
    if (passed == passing_.size()) {
      return nullptr;
    }
    core::check(passed < passing_max, "nodes come to rest");
    next = {input_kind::deliver, passing_[passed]};
    next_at = known_->frame(passing_[passed++]).to;
  }
}

// A repetition of what is still under way, or of what is acknowledged by a frame under way, counts
// as lost: it would be one more copy, and those have a budget.
void mover::keep(world_state& state, frame_ref fresh, bool repeated) {
  const datagram_value& value = known_->frame(fresh);
  const auto has = [](const std::vector<std::uint64_t>& messages, std::uint64_t one) {
    return std::ranges::find(messages, one) != messages.end();
  };
  const auto known = [&](std::uint64_t message) {
    return std::ranges::any_of(state.under_way, [&](frame_ref each) {
      const datagram_value& other = frame(each);
      const bool same_way = other.from == value.from && other.to == value.to;
      const bool way_back = other.from == value.to && other.to == value.from;
      return (same_way && has(other.lock_messages, message)) ||
             (way_back && std::ranges::any_of(other.acknowledged, [&](const auto& messages) {
                return has(messages, message);
              }));
    });
  };
  if (!repeated || !std::ranges::all_of(value.lock_messages, known)) {
    put(state, fresh);
  }
}

void mover::put(world_state& state, frame_ref fresh) const {
  const bool in_order = known_->machines().world().in_order;
  const auto place = [&](frame_ref one) {
    const bool copy = (one & copy_mark) != 0;
    const std::uint32_t way = in_order ? frame(one).from << 8 | frame(one).to : 0;
    return std::pair(std::uint64_t{copy} << 32 | way, in_order && !copy ? 0 : one);
  };
  state.under_way.insert(std::ranges::upper_bound(state.under_way, place(fresh), {}, place), fresh);
}

// What the voters remember and keep must bear what candidates believe.
const violation* mover::check_voters(const world_state& state) {
  if (known_->book(state.book).anybody_believes(known_->time_of(state.moment))) {
    if (const violation* broken = check_reservations(state)) {
      return broken;
    }
  }
  const small_world& world = known_->machines().world();
  std::size_t voters = 0;
  std::size_t forgetful = 0;
  for (machine_index at = 0; at < state.nodes.size(); ++at) {
    voters += world.nodes[at].votes ? 1 : 0;
    forgetful += world.nodes[at].votes && known_->forgets(state.nodes[at], state.book) ? 1 : 0;
  }
  if (forgetful <= voters / 2) {
    return nullptr;
  }
  broken_ = {.broken = promise::fencing,
             .at = known_->time_of(state.moment),
             .text = std::to_string(forgetful) +
                     " voters, a quorum, would lend under the last token " +
                     std::to_string(known_->book(state.book).greatest_token())};
  return &*broken_;
}

// The same rule as sim/checks/judge.cpp has: each belief rests on what a majority of the voters
// keeps reserved for it.
const violation* mover::check_reservations(const world_state& state) {
  const true_time now = known_->time_of(state.moment);
  const small_world& world = known_->machines().world();
  std::array<true_time, core::voters_max> reserved{};
  for (const open_request& one : known_->book(state.book).open) {
    if (!one.holds || one.until <= now) {
      continue;
    }
    std::size_t voters = 0;
    for (machine_index at = 0; at < state.nodes.size(); ++at) {
      if (world.nodes[at].votes) {
        reserved[voters++] =
            known_->reserved(state.nodes[at], state.nodes[one.machine], one.asked_as, one.slot);
      }
    }
    const true_time covered = majority_until(std::span(reserved).first(voters));
    if (covered < one.until) {
      broken_ = {.broken = promise::reservation,
                 .at = now,
                 .text = world.nodes[one.machine].name + " r" + std::to_string(one.request) +
                         ": it believes for " + std::to_string((one.until - covered).count()) +
                         " ns longer than a quorum keeps its votes for it"};
      return &*broken_;
    }
  }
  return nullptr;
}

}  // namespace conclave::sim
