// What processes that watch a lock are told of who has it: it never goes back, and when nobody
// wants anything any more it is what the voters lend.
#pragma once

#include "lock/observer.hpp"
#include "sim/machine.hpp"

#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

class sightings {
 public:
  // Once, when all machines are there.
  void watch(const std::vector<machine>& machines) {
    machines_ = &machines;
    last_.resize(machines.size());
  }
  void started(machine_index at) { last_[at].reset(); }
  // Says what is wrong about it; empty: nothing.
  [[nodiscard]] std::string happened(machine_index at, const core::observed& seen);
  // Who watches this lock, is well, and believes something else than well voters lend; else empty.
  [[nodiscard]] std::string not_seen(const core::lock_name& lock,
                                     const std::vector<bool>& well) const;

 private:
  const std::vector<machine>* machines_ = nullptr;
  std::vector<std::optional<core::holder_view>> last_;  // by machine; of the one lock it watches
};

}  // namespace conclave::sim
