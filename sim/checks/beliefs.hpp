// Who believes to hold which lock, and for how long in true time: two beliefs in one lock must
// never overlap, unless both share it.
#pragma once

#include "sim/machine.hpp"

#include <optional>
#include <vector>

namespace conclave::sim {

// One request of one process.
struct holder {
  machine_index machine = 0;
  core::node_boot process;
  core::request_id request;

  friend bool operator==(const holder&, const holder&) = default;
};

// The interval [since, until) in which the holder's own clock lets it believe. Nothing but an
// unlock, a loss or a crash ends it earlier: a process that stands still believes all the same.
struct belief {
  holder who;
  core::request_id asked_as;  // by which the voters know it
  lock_index lock = 0;
  true_time since;
  true_time until;
  true_time shared_from = end_of_time;
  core::permit_slot slot = core::only_slot;  // one permit does not exclude another

  [[nodiscard]] bool excludes(const belief& other, true_time at) const {
    return slot == other.slot && (shared_from > at || other.shared_from > at);
  }
};

// Each permit of a semaphore has a place of its own, behind those of all locks.
[[nodiscard]] constexpr std::size_t row_of(lock_index lock, core::permit_slot slot,
                                           std::size_t locks) {
  return lock + (std::size_t{slot} - core::only_slot) * locks;
}

class beliefs {
 public:
  // Returns another holder of that lock whose belief has not ended at its beginning and who
  // excludes it, if there is one.
  std::optional<belief> begin(belief fresh);
  // The same, from `at` on to the new end.
  std::optional<belief> extend(const holder& who, true_time at, true_time until);
  // It ends sooner than it was to.
  void shorten(const holder& who, true_time until);
  // It shares with others from now on.
  void share(const holder& who, true_time at);
  void end(const holder& who);
  void end_all(machine_index machine);

  // Those that have not ended, in the order of their beginning.
  [[nodiscard]] std::vector<belief>& open(true_time now);
  // The same, and those whose end nobody has noticed yet.
  [[nodiscard]] const std::vector<belief>& known() const { return open_; }
  [[nodiscard]] belief* find(const holder& who);

 private:
  [[nodiscard]] std::optional<belief> other(const belief& mine, true_time at) const;

  std::vector<belief> open_;
};

}  // namespace conclave::sim
