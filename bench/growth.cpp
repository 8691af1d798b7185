// Messages, keep-alives and turns of nodes in virtual time.
#include "growth.hpp"

#include "virtual_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <variant>
#include <vector>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;

bool is_about_locks(const core::message& content) {
  return std::visit(
      [](const auto& one) {
        return requires {
          one.lock;
        };
      },
      content);
}

// All candidates want one lock all the time: whoever has it holds it for a moment, gives it back,
// and asks again at once.
class contest {
 public:
  explicit contest(virtual_nodes& among) : nodes_(&among), turns_(among.end()) {
    nodes_->on_granted = [this](virtual_nodes::index who, const core::granted& what) {
      ++turns_[who];
      nodes_->after(hold, [this, who, request = what.request] {
        nodes_->unlock(who, request);
        nodes_->lock(who, "one");
      });
    };
    for (virtual_nodes::index who = nodes_->first_candidate(); who < nodes_->end(); ++who) {
      nodes_->lock(who, "one");
    }
  }

  // So far, by candidate.
  [[nodiscard]] std::vector<std::uint64_t> turns() const {
    return {turns_.begin() + nodes_->first_candidate(), turns_.end()};
  }
  [[nodiscard]] std::uint64_t all_turns() const {
    return std::accumulate(turns_.begin(), turns_.end(), std::uint64_t{0});
  }

 private:
  static constexpr core::duration hold = 500us;

  virtual_nodes* nodes_;
  std::vector<std::uint64_t> turns_;
};

double messages_per_hand_over(std::size_t waiters) {
  virtual_nodes nodes(waiters + 1);  // and one that holds
  contest all(nodes);
  nodes.run_for(5s);  // until everybody waits
  const std::uint64_t before = all.all_turns();
  std::uint64_t messages = 0;
  nodes.on_arrived = [&](virtual_nodes::index, const std::vector<core::message>& in) {
    messages += static_cast<std::uint64_t>(std::ranges::count_if(in, is_about_locks));
  };
  nodes.run_for(10s);
  return static_cast<double>(messages) / static_cast<double>(all.all_turns() - before);
}

// In so many seconds, by a node that holds so many locks and does nothing with them.
double keep_alives(std::uint64_t locks) {
  constexpr std::uint64_t at_once = 1'000;
  virtual_nodes nodes(1);
  const virtual_nodes::index holder = nodes.first_candidate();
  std::uint64_t held = 0;
  nodes.on_granted = [&](virtual_nodes::index, const core::granted&) { ++held; };
  for (std::uint64_t i = 0; i < locks; ++i) {
    nodes.lock(holder, fmt::format("orders/{:09}", i));
    if (i % at_once == at_once - 1) {
      nodes.run_for(50ms);
    }
  }
  nodes.run_for(5s);
  std::uint64_t empty = 0;
  nodes.on_sent = [&](virtual_nodes::index who, const std::vector<core::message>& in) {
    empty += who == holder && in.empty() ? 1 : 0;
  };
  nodes.run_for(100s);
  if (held != locks) {
    throw std::runtime_error(fmt::format("{} of {} locks are held", held, locks));
  }
  return static_cast<double>(empty) / 100;
}

void measure_fairness(summary& to) {
  constexpr std::size_t near = 12;
  constexpr virtual_nodes::index far = 4;
  virtual_nodes nodes(near + far);
  for (virtual_nodes::index i = nodes.end() - far; i < nodes.end(); ++i) {
    nodes.set_distance(i, 20);
  }
  contest all(nodes);
  nodes.run_for(10s);
  const std::vector<std::uint64_t> turns = all.turns();
  const auto first_far = turns.begin() + near;
  const auto [fewest, most] = std::minmax_element(turns.begin(), first_far);
  const auto mean = [](auto from, auto until) {
    return static_cast<double>(std::accumulate(from, until, std::uint64_t{0})) /
           static_cast<double>(until - from);
  };
  to.add("fairness_most_over_fewest", static_cast<double>(*most) / static_cast<double>(*fewest),
         "ratio");
  to.add("fairness_far_share", mean(first_far, turns.end()) / mean(turns.begin(), first_far),
         "ratio");
}

}  // namespace

void measure_growth(summary& to) {
  to.add("keep_alive_frames_1", keep_alives(1), "1/s");
  to.add("keep_alive_frames_100000", keep_alives(100'000), "1/s");
  to.add_ratio("keep_alive_frames_100000_over_1", "keep_alive_frames_100000",
               "keep_alive_frames_1");
  to.add("hand_over_messages_10", messages_per_hand_over(10), "messages");
  to.add("hand_over_messages_500", messages_per_hand_over(500), "messages");
  to.add_ratio("hand_over_messages_500_over_10", "hand_over_messages_500", "hand_over_messages_10");
  measure_fairness(to);
}

}  // namespace conclave::bench
