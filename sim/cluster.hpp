// Machines with real nodes on them, each step under the eyes of the judge. What is missing is
// time and the network: a driver supplies both, a random world or a scenario by hand.
#pragma once

#include "base/digest.hpp"
#include "node/actions.hpp"
#include "sim/checks/judge.hpp"
#include "sim/checks/store.hpp"
#include "sim/counters.hpp"
#include "sim/machine.hpp"
#include "sim/observer.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace conclave::sim {

// What the nodes want of the world around them. Called while a node is being driven: whoever
// implements it must not call back into the cluster.
class cluster_driver {
 public:
  virtual ~cluster_driver() = default;
  virtual void send(machine_index from, const core::address& to,
                    std::span<const std::byte> frame) = 0;
  // Every other action. `owner` asked for the request that it is about; 0 when about none.
  virtual void happened(machine_index at, const core::action& what, std::uint32_t owner) = 0;
};

struct process_start {
  core::boot_id boot;
  std::uint64_t wall_ns = 0;
  std::uint64_t random_seed = 0;
  bool new_cluster = false;
};

class cluster {
 public:
  cluster(std::vector<machine> machines, std::vector<std::string> locks, cluster_driver& driver);
  // The judge and the driver know it by address.
  cluster(const cluster&) = delete;
  cluster& operator=(const cluster&) = delete;

  // Before the first step; it outlives the cluster.
  void watch(observer& who) { watch_ = &who, who.begins(*this); }

  void start(machine_index at, const process_start& how, true_time now);
  // The process is gone, with all that it knew.
  void stop(machine_index at, true_time now);
  void leave(machine_index at, true_time now);
  void deliver(machine_index at, std::span<std::byte> datagram, const core::address& from,
               true_time now);
  void tick(machine_index at, true_time now);
  // From now on its clock runs at this rate.
  void set_rate(machine_index at, std::int64_t ahead_ppb, true_time now);

  core::request_id lock(machine_index at, lock_index lock, const core::lock_request& options,
                        std::uint32_t owner, true_time now);
  // As many requests, in a row from the one returned.
  core::request_id lock_all(machine_index at, std::span<const lock_index> locks,
                            const core::lock_request& options, std::uint32_t owner, true_time now);
  bool unlock(machine_index at, core::request_id request, true_time now);
  bool downgrade(machine_index at, core::request_id request, true_time now);
  std::optional<fencing_token> take_token(machine_index at, core::request_id request,
                                          true_time now);

  // That process watches a lock, and says what it sees.
  void observe(machine_index at, lock_index lock, true_time now);
  // Each process that starts from now on watches the first lock.
  void watch_first_lock(bool watched) { watched_ = watched; }

  // When the process there wants its tick.
  [[nodiscard]] true_time tick_due(machine_index at) const;
  [[nodiscard]] bool runs(machine_index at) const { return machines_[at].process.has_value(); }

  [[nodiscard]] const machine& at(machine_index index) const { return machines_[index]; }
  // To move it to another address, or give its next process other settings.
  [[nodiscard]] machine& edit(machine_index index) { return machines_[index]; }
  [[nodiscard]] const std::vector<machine>& all() const { return machines_; }
  [[nodiscard]] std::size_t size() const { return machines_.size(); }
  [[nodiscard]] const std::vector<std::string>& locks() const { return locks_; }
  [[nodiscard]] sim::judge& judge() { return judge_; }
  [[nodiscard]] const sim::judge& judge() const { return judge_; }
  // What the locks protect.
  [[nodiscard]] fenced_store& store() { return store_; }

  // Equal for equal runs: over every step and all that came of it, in order.
  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
  void add_to_digest(std::uint64_t value) { digest_.add(value); }
  // Of processes that have ended and of those that run.
  [[nodiscard]] counters process_counters() const;

 private:
  enum class step_kind : std::uint8_t {
    start,
    stop,
    leave,
    frame,
    tick,
    lock,
    unlock,
    token,
    rate,
    downgrade,
    observe
  };

  void note(step_kind kind, machine_index at, true_time now);
  void finish(machine_index at, true_time now);
  void digest_action(const core::action& what);
  [[nodiscard]] std::uint32_t owner_of(machine_index at, const core::action& what) const;

  std::vector<machine> machines_;
  std::vector<std::string> locks_;
  sim::judge judge_;
  fenced_store store_;
  cluster_driver* driver_;
  observer* watch_ = nullptr;
  bool watched_ = false;
  core::actions out_;
  core::digest digest_;
  counters ended_;
};

}  // namespace conclave::sim
