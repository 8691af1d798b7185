// One deadline for each of some members: when a suspect is declared dead, when a grave is cleared.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/timer_queue.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>

namespace conclave::core {

class deadlines {
 public:
  void set(node_id id, instant when);
  void clear(node_id id) { current_.erase(id); }

  // May be too early, when the earliest deadline was moved or cleared. Never too late.
  [[nodiscard]] instant next() const { return queue_.next(); }
  // Takes out one member whose deadline has come.
  bool pop_due(instant now, node_id& id);

  [[nodiscard]] bool has(node_id id) const { return current_.contains(id); }
  [[nodiscard]] std::size_t size() const { return current_.size(); }
  // With those that were moved or cleared.
  [[nodiscard]] std::size_t queued() const { return queue_.size(); }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  // Its order decides nothing: a queue gives them by time, and then by their names.
  boost::unordered_flat_map<node_id, instant> current_;
  timer_queue<node_id> queue_;
};

}  // namespace conclave::core
