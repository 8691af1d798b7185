// Breadth-first through all states of a small world. So the first failure that is found is one that
// takes the fewest moves.
#pragma once

#include "sim/explore/catalogue.hpp"
#include "sim/explore/state.hpp"
#include "sim/explore/state_store.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

struct explore_limits {
  std::size_t states_max = 2'000'000;
  std::size_t memory_max = std::size_t{3} << 30;  // bytes, by reckoning
};

struct exploration_counts {
  std::uint64_t states = 0;    // met
  std::uint64_t expanded = 0;  // whose moves have all been made
  std::uint64_t moves = 0;     // made
  std::uint32_t depth = 0;     // moves from the first state to the farthest
  std::uint64_t node_states = 0;
  std::uint64_t node_steps = 0;  // for which the core ran
  std::uint64_t calm_ends = 0;   // states from which the world was let run on
  std::uint64_t bytes = 0;       // of all that is kept, by reckoning
};

enum class exploration_end : std::uint8_t {
  finished,    // all states were met
  states_max,  // as many as the limit says; more are left
  memory_max,  // as much memory as the limit says
  stopped,     // the caller said so
  promise_broken,
  no_progress,
  rule_broken,  // an assertion of the core failed
};
[[nodiscard]] std::string_view to_string(exploration_end which);

struct exploration {
  exploration_end end = exploration_end::finished;
  exploration_counts counts;
  std::string cause;               // in a word: the promise that broke, or what was missed
  std::string what;                // that, in a sentence
  std::vector<std::string> story;  // how it came to that, a line each
  std::uint32_t events = 0;        // moves on that way
  std::uint32_t faults = 0;        // how many of the budgets' faults they took
};

class explorer {
 public:
  explorer(const small_world& world, const explore_limits& limits);

  // `go_on` is asked every few thousand states.
  exploration run(const std::function<bool(const exploration_counts&)>& go_on);

  // With what happens up to the move that runs just now, and that move: for the last words of a
  // process whose core breaks a rule. Does not make that move.
  [[nodiscard]] exploration broken_by(const std::string& last_words);

 private:
  bool expand(std::uint32_t index);
  bool serve_from(const world_state& state, std::uint32_t index);
  [[nodiscard]] std::vector<move> path_to(std::uint32_t index) const;
  void fail(exploration_end end, const violation& broken, const std::vector<move>& path,
            const fault_budget& left);
  void count(std::uint32_t depth);

  small_world world_;
  explore_limits limits_;
  std::unique_ptr<catalogue> known_;
  mover mover_;
  world_state first_;
  state_store store_;
  exploration result_;

  // Reused from state to state.
  world_state from_;
  world_state next_;
  std::vector<move> moves_;
  std::vector<std::uint32_t> words_;
  boost::unordered_flat_set<std::uint64_t> served_;  // never iterated
  std::uint32_t current_ = 0;
  std::optional<move> current_move_;
};

}  // namespace conclave::sim
