// Breadth-first.
#include "sim/explore/explorer.hpp"

#include "sim/explore/calm.hpp"
#include "sim/explore/story.hpp"

#include <algorithm>
#include <chrono>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

constexpr true_time settled_at{1s};
constexpr std::uint32_t ask_every = 4'096;  // states

std::uint32_t sum_of(const fault_budget& of) {
  return of.crashes + of.duplicates + of.losses + of.partitions + of.pauses + of.lapses +
         of.overtakings;
}

}  // namespace

std::string_view to_string(exploration_end which) {
  switch (which) {
    case exploration_end::finished:
      return "finished";
    case exploration_end::states_max:
      return "states_max";
    case exploration_end::memory_max:
      return "memory_max";
    case exploration_end::stopped:
      return "stopped";
    case exploration_end::promise_broken:
      return "promise_broken";
    case exploration_end::no_progress:
      return "no_progress";
    case exploration_end::rule_broken:
      return "rule_broken";
  }
  return "?";
}

explorer::explorer(const small_world& world, const explore_limits& limits)
    : world_(world),
      limits_(limits),
      known_(std::make_unique<catalogue>(world, settled_at)),
      mover_(*known_) {
  const calm settled = calm::settled(known_->machines(), settled_at);
  for (machine_index at = 0; at < world.nodes.size(); ++at) {
    first_.nodes.push_back(known_->intern(settled.states()[at], at));
  }
  ledger nobody;
  nobody.asked.assign(world.nodes.size(), 0);
  first_.book = known_->intern(nobody);
  first_.left = world.faults;
  first_.tokens_left = world.tokens;
}

exploration explorer::run(const std::function<bool(const exploration_counts&)>& go_on) {
  first_.pack(words_);
  store_.insert(words_, state_store::none, 0);
  std::uint32_t depth = 0;
  std::size_t layer_end = 1;
  for (std::uint32_t index = 0; index < store_.size(); ++index) {
    if (index == layer_end) {
      ++depth;
      layer_end = store_.size();
    }
    if (index % ask_every == 0) {
      count(depth);
      if (result_.counts.bytes > limits_.memory_max) {
        result_.end = exploration_end::memory_max;
        break;
      }
      if (!go_on(result_.counts)) {
        result_.end = exploration_end::stopped;
        break;
      }
    }
    if (!expand(index)) {
      break;
    }
    ++result_.counts.expanded;
    if (store_.size() >= limits_.states_max) {
      result_.end = exploration_end::states_max;
      break;
    }
  }
  count(depth);
  return result_;
}

void explorer::count(std::uint32_t depth) {
  result_.counts.states = store_.size();
  result_.counts.depth = depth;
  result_.counts.node_states = known_->nodes();
  result_.counts.node_steps = known_->steps();
  result_.counts.bytes = store_.bytes() + known_->bytes();
}

// False when something broke.
bool explorer::expand(std::uint32_t index) {
  from_.unpack(store_.at(index), world_.nodes.size());
  current_ = index;
  current_move_.reset();
  mover_.list(from_, moves_);
  for (const move& each : moves_) {
    ++result_.counts.moves;
    current_move_ = each;
    next_ = from_;
    if (const violation* broken = mover_.make(next_, each); broken != nullptr) {
      std::vector<move> path = path_to(index);
      path.push_back(each);
      fail(exploration_end::promise_broken, *broken, path, next_.left);
      return false;
    }
    next_.pack(words_);
    store_.insert(words_, index, each.packed());
  }
  current_move_.reset();
  return !mover_.is_quiet(from_) || serve_from(from_, index);
}

// Nothing is under way: whoever waits must be served if nothing goes wrong any more, and nothing
// may be left over.
bool explorer::serve_from(const world_state& state, std::uint32_t index) {
  if (!world_.waits) {
    return true;
  }
  core::digest key;
  for (const node_ref node : state.nodes) {
    key.add(std::uint64_t{node});
  }
  key.add_all(std::uint64_t{state.book}, std::uint64_t{state.moment},
              std::uint64_t{packed(state.cut)});
  if (!served_.insert(key.value()).second) {
    return true;
  }
  ++result_.counts.calm_ends;
  std::vector<machine> machines;
  for (const node_ref node : state.nodes) {
    machines.push_back(known_->node(node));
  }
  calm run(known_->machines(), std::move(machines), known_->time_of(state.moment), state.cut);
  const bool restarted = state.left.crashes < world_.faults.crashes;
  if (const auto broken = run.serve(known_->book(state.book), restarted)) {
    fail(run.starved() ? exploration_end::no_progress : exploration_end::promise_broken, *broken,
         path_to(index), state.left);
    result_.story.emplace_back(
        "then nothing goes wrong any more: frames arrive at once, and who holds lets go");
    return false;
  }
  return true;
}

std::vector<move> explorer::path_to(std::uint32_t index) const {
  std::vector<move> path;
  for (; store_.parent(index) != state_store::none; index = store_.parent(index)) {
    path.push_back(move::unpacked(store_.how(index)));
  }
  std::ranges::reverse(path);
  return path;
}

void explorer::fail(exploration_end end, const violation& broken, const std::vector<move>& path,
                    const fault_budget& left) {
  result_.end = end;
  result_.cause = end == exploration_end::no_progress ? "not_served" : to_string(broken.broken);
  result_.what =
      end == exploration_end::no_progress ? broken.text : result_.cause + ": " + broken.text;
  result_.story = tell_story(*known_, first_, path);
  result_.events = static_cast<std::uint32_t>(path.size());
  result_.faults = sum_of(world_.faults) - sum_of(left);
}

exploration explorer::broken_by(const std::string& last_words) {
  const std::vector<move> path = path_to(current_);
  count(static_cast<std::uint32_t>(path.size()));
  result_.end = exploration_end::rule_broken;
  result_.cause = "rule";
  result_.what = last_words;
  result_.story = tell_story(*known_, first_, path);
  result_.events = static_cast<std::uint32_t>(path.size());
  // A move takes of a budget before it feeds a node.
  result_.faults = sum_of(world_.faults) - sum_of(current_move_ ? next_.left : from_.left);
  if (current_move_) {
    ++result_.events;
    result_.story.push_back(std::to_string(result_.events) + ". " +
                            describe_move(*known_, from_, *current_move_));
  }
  return result_;
}

}  // namespace conclave::sim
