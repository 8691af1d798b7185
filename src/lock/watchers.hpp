// Who wants to hear of a voter when a lock changes hands (docs/protocol.md, "Asking about locks").
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "wire/lock_messages.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <vector>

namespace conclave::core {

// Each says so again and again: whoever stops is forgotten after a while. Bounded: who comes when
// there are too many is not taken in, and hears nothing.
class watchers {
 public:
  static constexpr duration lasts = std::chrono::seconds(10);
  static constexpr std::size_t all_max = 10'000;

  // False when there are too many.
  bool add(const lock_name& lock, const node_boot& who, instant now);
  [[nodiscard]] bool empty() const { return by_lock_.empty(); }

  // Somebody else has this lock now, or nobody. Told at the end of the event, once.
  void note_change(std::string_view lock);
  [[nodiscard]] bool anything_changed() const { return !changed_.empty(); }
  // Calls `tell(lock, who)` for all that watch what changed since the last call.
  template <class Tell>
  void tell_changes(instant now, Tell tell) {
    for (const lock_name& lock : changed_) {
      forget(lock, now);
      if (const auto found = by_lock_.find(lock); found != by_lock_.end()) {
        for (const watcher& one : found->second) {
          tell(lock, one.who);
        }
      }
    }
    changed_.clear();
  }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  struct watcher {
    node_boot who;
    instant until;
  };

  void forget(const lock_name& lock, instant now);
  void forget_all(instant now);

  boost::unordered_flat_map<lock_name, std::vector<watcher>> by_lock_;
  std::vector<lock_name> changed_;
  std::size_t count_ = 0;
};

}  // namespace conclave::core
