// Who waits for whom: a request may fail for a deadlock only if it was in a ring, and the youngest
// of all that wait in it.
#pragma once

#include "sim/checks/requests.hpp"

#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace conclave::sim {

class rings {
 public:
  // By machine. Both outlive this.
  void watch(const std::vector<requests>& all, const std::vector<machine>& machines) {
    all_ = &all;
    machines_ = &machines;
  }

  // That was asked for. Then, or when anything was granted, a ring can have closed.
  void asked(machine_index at, core::request_id id);
  void look();
  void stopped(machine_index at);
  [[nodiscard]] bool was_youngest(machine_index at, core::request_id id) const {
    return seen_.contains({at, id});
  }

 private:
  using place = std::pair<machine_index, core::request_id>;

  [[nodiscard]] tracked_request find(const place& one) const;
  // Of one that waits; none: it is over in this very step.
  [[nodiscard]] std::optional<core::ticket> ticket_of(const place& wait) const;
  [[nodiscard]] bool is_next(const place& at, const place& wait) const;
  [[nodiscard]] bool waits_for_itself(const place& wait) const;

  const std::vector<requests>* all_ = nullptr;
  const std::vector<machine>* machines_ = nullptr;
  std::vector<place> open_;  // that wait or hold, as of the last look
  std::set<place> seen_;
};

}  // namespace conclave::sim
