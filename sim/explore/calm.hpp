// What becomes of a small world when nothing goes wrong any more: every frame arrives at once,
// every timer is served in time, and users let go of what they get.
#pragma once

#include "sim/explore/ledger.hpp"
#include "sim/explore/machinery.hpp"
#include "sim/explore/state.hpp"

#include <deque>
#include <optional>
#include <vector>

namespace conclave::sim {

class calm {
 public:
  // `cut` stays as it is for ever.
  calm(machinery& machines, std::vector<machine> states, true_time now, const cut& cut)
      : machinery_(&machines), states_(std::move(states)), now_(now), cut_(cut) {}

  // All machines of a new cluster, started and left alone for a while.
  static calm settled(machinery& machines, true_time until);

  // Everybody that is not cut off lets go, and must be served: what is broken, if anything. A
  // machine that is cut off is not served, and holds what it holds.
  // Nor may anything be left then that nobody wants: votes, places, messages. `restarted`: a voter
  // may still abstain.
  std::optional<violation> serve(ledger book, bool restarted);

  // What serve() found is that somebody waits for ever, or that something is left for ever.
  [[nodiscard]] bool starved() const { return starved_; }
  [[nodiscard]] const std::vector<machine>& states() const { return states_; }
  [[nodiscard]] true_time now() const { return now_; }

 private:
  void run_until(true_time end);
  void step(machine_index at, const input& what, const datagram_value* frame);
  void pass_all();
  void let_go();
  [[nodiscard]] bool all_served() const;
  [[nodiscard]] bool is_cut_off(machine_index at) const;
  void starve(std::string what);

  machinery* machinery_;
  std::vector<machine> states_;
  true_time now_;
  sim::cut cut_;
  std::deque<datagram_value> passing_;
  std::size_t steps_left_ = 100'000;  // a world that needs more never comes to rest
  ledger book_;
  std::optional<violation> broken_;
  bool letting_go_ = false;
  bool until_served_ = false;
  bool starved_ = false;
};

}  // namespace conclave::sim
