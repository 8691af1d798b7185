// Deadlines of many things, the earliest first.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace conclave::core {

// A binary heap with lazy deletion. The owner keeps each key's current deadline; an entry that
// differs from it was replaced and is dropped when it comes up. So moving a deadline to later costs
// nothing, and nothing is ever searched for.
template <class Key>
class timer_queue {
 public:
  void schedule(instant when, Key key) {
    heap_.emplace_back(when, std::move(key));
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  [[nodiscard]] instant next() const { return heap_.empty() ? never : heap_.front().first; }

  // Takes entries from the front while `stale` says of one, by its time and key, that it would wake
  // the owner for nothing. `stale` may schedule what is later than that entry.
  template <class Stale>
  void drop_front_while(Stale stale) {
    while (!heap_.empty() && stale(heap_.front().first, heap_.front().second)) {
      pop();
    }
  }

  // Moves the earliest entry out when it is due. Act on it only if `when` is the deadline that the
  // owner keeps for `key`.
  bool pop_due(instant now, instant& when, Key& key) {
    if (heap_.empty() || next() > now) {
      return false;
    }
    std::tie(when, key) = pop();
    return true;
  }

  [[nodiscard]] std::size_t size() const { return heap_.size(); }

  // In the order in which they come up, not as they lie in the heap.
  void add_to(digest& sum) const {
    std::vector<entry> sorted = heap_;
    std::sort(sorted.begin(), sorted.end());
    sum.add(sorted.size());
    for (const auto& [when, key] : sorted) {
      sum.add_all(when, key);
    }
  }

 private:
  using entry = std::pair<instant, Key>;

  entry pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    entry first = std::move(heap_.back());
    heap_.pop_back();
    return first;
  }

  // Ties by key, so that equal runs pop in equal order.
  static bool later(const entry& a, const entry& b) { return b < a; }

  std::vector<entry> heap_;
};

}  // namespace conclave::core
