// The search for an order: depth first, with a memory of what was reached before.
#include "base/random.hpp"
#include "sim/history/order.hpp"

#include <algorithm>
#include <unordered_set>

namespace conclave::histories {

namespace {

// The steps placed, whatever their order, and the state that they left. 128 bits of hash: that two
// differ and are taken for one is out of the question.
struct memory_key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const memory_key&, const memory_key&) = default;
};
struct memory_hash {
  std::size_t operator()(const memory_key& key) const { return key.high; }
};

// Steps of which none is certainly before all others.
class segment_search {
 public:
  segment_search(std::vector<step> steps, std::uint64_t states_max, search_result& out);

  // Leaves in `out` how it went.
  void run();

 private:
  struct frame {
    order_state state;
    memory_key placed;
    std::size_t last = 0;  // the step that led here
    std::vector<std::size_t> candidates;
    std::size_t tried = 0;
  };

  void unlink(std::size_t at);
  void link(std::size_t at);
  bool enter(frame&& reached);
  void note_failure(const std::vector<std::size_t>& unplaced);
  [[nodiscard]] std::size_t head() const { return next_[steps_.size()]; }

  std::vector<step> steps_;  // by the earliest moment
  std::vector<std::size_t> by_token_;
  std::size_t tokens_placed_ = 0;
  // The steps that are not placed, as a ring; the last element is its beginning and its end.
  std::vector<std::size_t> next_;
  std::vector<std::size_t> previous_;
  std::vector<frame> stack_;
  std::unordered_set<memory_key, memory_hash> seen_;
  std::size_t deepest_ = 0;
  std::uint64_t states_max_;
  search_result* out_;
};

segment_search::segment_search(std::vector<step> steps, std::uint64_t states_max,
                               search_result& out)
    : steps_(std::move(steps)), states_max_(states_max), out_(&out) {
  const std::size_t ring = steps_.size() + 1;
  for (std::size_t i = 0; i < ring; ++i) {
    next_.push_back((i + 1) % ring);
    previous_.push_back((i + ring - 1) % ring);
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].token()) {
      by_token_.push_back(i);
    }
  }
  std::ranges::stable_sort(by_token_, {}, [&](std::size_t i) { return steps_[i].token(); });
}

void segment_search::unlink(std::size_t at) {
  next_[previous_[at]] = next_[at];
  previous_[next_[at]] = previous_[at];
  tokens_placed_ += steps_[at].token() ? 1 : 0;
}

void segment_search::link(std::size_t at) {
  next_[previous_[at]] = at;
  previous_[next_[at]] = at;
  tokens_placed_ -= steps_[at].token() ? 1 : 0;
}

// Lists what may come next; false when nothing may, or when all this was tried before.
bool segment_search::enter(frame&& reached) {
  if (head() != steps_.size()) {
    reached.state.forget_before(steps_[head()].when().earliest);
  }
  moment least_latest = never;
  std::vector<std::size_t> unplaced;
  for (std::size_t i = head(); i != steps_.size(); i = next_[i]) {
    if (steps_[i].when().earliest > least_latest) {
      break;
    }
    ++out_->states;
    least_latest = std::min(least_latest, steps_[i].when().latest);
    unplaced.push_back(i);
    if (!steps_[i].token() || by_token_[tokens_placed_] == i) {
      reached.candidates.push_back(i);
    }
  }
  if (least_latest < reached.state.now()) {
    note_failure(unplaced);
    return false;
  }
  const std::uint64_t print = reached.state.fingerprint();
  const memory_key key{.high = reached.placed.high ^ print,
                       .low = reached.placed.low ^ core::mix(print)};
  if (!seen_.insert(key).second) {
    return false;
  }
  std::ranges::stable_sort(reached.candidates, {},
                           [&](std::size_t i) { return steps_[i].when().latest; });
  stack_.push_back(std::move(reached));
  return true;
}

void segment_search::note_failure(const std::vector<std::size_t>& unplaced) {
  constexpr std::size_t kept_max = 32;
  if (stack_.size() <= deepest_) {
    return;
  }
  deepest_ = stack_.size();
  out_->around_failure.clear();
  const std::size_t first = stack_.size() > kept_max ? stack_.size() - kept_max : 1;
  for (std::size_t i = first; i < stack_.size(); ++i) {
    out_->around_failure.push_back(steps_[stack_[i].last]);
  }
  // The one that was placed just now stands before its frame.
  const std::size_t now = stack_.back().candidates[stack_.back().tried - 1];
  out_->around_failure.push_back(steps_[now]);
  for (std::size_t i = 0; i < unplaced.size() && i < kept_max; ++i) {
    out_->around_failure.push_back(steps_[unplaced[i]]);
  }
}

void segment_search::run() {
  enter({});
  while (!stack_.empty() && head() != steps_.size()) {
    if (out_->states > states_max_) {
      out_->found = fit::undecided;
      return;
    }
    frame& top = stack_.back();
    if (top.tried == top.candidates.size()) {
      const std::size_t last = top.last;
      stack_.pop_back();
      if (!stack_.empty()) {
        link(last);
      }
      continue;
    }
    const std::size_t chosen = top.candidates[top.tried++];
    frame reached{.state = top.state, .placed = top.placed, .last = chosen, .candidates = {}};
    if (reached.state.place(steps_[chosen]) == never) {
      std::vector<std::size_t> unplaced(top.candidates);
      note_failure(unplaced);
      continue;
    }
    const std::uint64_t mark = core::mix(chosen + 1);
    reached.placed.high ^= mark;
    reached.placed.low ^= core::mix(mark);
    unlink(chosen);
    if (!enter(std::move(reached))) {
      link(chosen);
    }
  }
  out_->found = stack_.empty() ? fit::no : fit::yes;
}

// From here on nothing before matters: neither its beginning nor its end can come so late.
moment over_by(const step& one) {
  const moment begun = one.when().latest;
  return std::max(begun, one.what->ends.earliest);
}

}  // namespace

search_result search_order(std::vector<step> steps, std::uint64_t states_max) {
  count_further_tokens(steps);
  std::ranges::stable_sort(steps, {}, [](const step& one) { return one.when().earliest; });
  search_result out;
  for (std::size_t from = 0; from < steps.size() && out.found == fit::yes;) {
    moment over = before_all;
    std::size_t until = from;
    while (until < steps.size() && (until == from || steps[until].when().earliest <= over)) {
      over = std::max(over, over_by(steps[until]));
      ++until;
    }
    const auto begin = steps.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = steps.begin() + static_cast<std::ptrdiff_t>(until);
    if (until - from > 1) {
      segment_search(std::vector<step>(begin, end), states_max, out).run();
    }
    if (out.found == fit::no) {
      out.without_order.assign(begin, end);
    }
    from = until;
  }
  return out;
}

}  // namespace conclave::histories
