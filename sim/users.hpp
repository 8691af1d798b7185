// The users of the simulated service: each locks, holds, unlocks, gives up, tries again.
#pragma once

#include "base/random.hpp"
#include "node/actions.hpp"
#include "sim/cluster.hpp"
#include "sim/event_queue.hpp"
#include "sim/operations.hpp"
#include "sim/options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {

// A user is known by its index.
class users {
 public:
  users(const options& drawn, core::random_source random, cluster& cluster, event_queue& events,
        counters& counted);

  // Exactly these operations, instead of those that would be drawn. Each user's in order.
  // Those of machines or users that are not there are left out.
  void list_operations(const std::vector<operation>& all);
  // Operations, as they are begun.
  void keep_record(std::vector<operation>* record) { record_ = record; }

  // The process there has started, or is gone: its users begin anew, or are gone with it.
  void started(machine_index at, true_time now);
  void stopped(machine_index at);

  // Whether the event with this stamp is not stale.
  [[nodiscard]] bool expects(std::uint32_t index, std::uint32_t stamp) const {
    return all_[index].stamp == stamp;
  }
  // The event for this user came. Only while its process runs.
  void wake(std::uint32_t index, true_time now);
  // Whether it has tried the watched lock, and has it.
  [[nodiscard]] bool is_to_be_seen(std::uint32_t index) const {
    const user& one = all_[index];
    return options_.watched && one.role == role::tries_once && one.phase == phase::holding &&
           one.does.lock == 0;
  }
  // The event came while the process stood still: it comes again now.
  void wake_again(std::uint32_t index, true_time now);
  // Something was said about this user's request. Nothing is done at once, only scheduled.
  void happened(std::uint32_t owner, const core::action& what, true_time now);

  // How long somebody holds a lock where the options want that when all is healed.
  [[nodiscard]] static duration long_hold(const options& drawn) { return 3 * drawn.lease_ttl; }

  // From now on nobody asks for more, holds long, or cancels.
  void wind_down(true_time now);
  // Everybody who runs asks for each lock once more, and waits for it.
  void ask_for_all(true_time now);
  // Somebody tries each lock without waiting.
  void try_all(true_time now);
  // The locks that were not had then.
  [[nodiscard]] std::string tried_in_vain() const;
  // What may not happen to anybody when all is healed, and did; else empty.
  [[nodiscard]] const std::string& wronged() const { return wronged_; }
  // This machine stays broken. Its users go on as before, and nobody cares.
  void leave_behind(machine_index at);
  [[nodiscard]] bool is_busy(machine_index at) const;
  // How many still wait or hold, of those who must be served.
  [[nodiscard]] std::size_t busy() const;
  // Who still waits, for people.
  [[nodiscard]] std::string who_waits() const;

  [[nodiscard]] machine_index machine_of(std::uint32_t index) const { return all_[index].machine; }

 private:
  enum class phase : std::uint8_t { absent, thinking, waiting, holding };
  // What it is there for: the faults' time, or one of the two rounds after them.
  enum class role : std::uint8_t { everyday, asks_once, tries_once };

  // One lock, or one permit, that it waits for or has.
  struct part {
    core::request_id request;
    lock_index lock = 0;
    core::permit_slot slot = core::only_slot;
    fencing_token token;
    std::optional<std::uint64_t> number_read;  // in the store, under that token
  };
  struct user {
    machine_index machine = 0;
    std::uint32_t slot = 0;
    users::phase phase = phase::absent;
    users::role role = users::role::everyday;
    bool left_behind = false;
    bool refused = false;         // what it tried once
    operation does;               // now, or next
    std::uint32_t begun = 0;      // operations, so far
    std::vector<operation> list;  // its operations, where they are listed
    part first;
    std::vector<part> others;          // that it has together with the first
    bool nested = false;               // it has asked for more while it has the first
    std::vector<part> inner;           // for which it waits meanwhile
    bool lost_first = false;           // while it waited for those
    bool shares = false;               // the first: as it asked, or since it downgraded
    std::uint32_t taken = 0;           // more tokens under the first request
    std::uint32_t refused_tokens = 0;  // in a row
    std::uint32_t stamp = 0;           // of the only event that is not stale
    true_time wakes_at = end_of_time;
  };

  void add(machine_index at, std::uint32_t slot, role what, lock_index lock);
  void schedule(std::uint32_t index, true_time at);
  [[nodiscard]] static bool wants(const user& one);
  void think(std::uint32_t index, true_time now);
  [[nodiscard]] std::optional<operation> next_operation(std::uint32_t index, true_time now) const;
  void ask(std::uint32_t index, true_time now);
  void let_go(std::uint32_t index, true_time now);
  [[nodiscard]] bool goes_on_sharing(std::uint32_t index, true_time now);
  void read_store(const user& one, part& held, true_time now);
  void write_store(const user& one, part& held, true_time now);
  bool take_token(std::uint32_t index, true_time now);
  // How long anybody holds a lock once the faults are over.
  static constexpr duration short_hold = std::chrono::milliseconds(1);
  static constexpr std::uint32_t outbox_plenty = 10'000;
  void wrong(const user& one, std::string_view what);
  void look_at_places(const user& one);
  [[nodiscard]] bool is_healed_for(const user& one) const {
    // With a small outbox, links rest for a while after it was full: a voter is lost then. So is
    // one whose clock is not trusted yet.
    return options_.clocks != clock_spread::beyond && one.role != role::everyday &&
           !one.left_behind && options_.outbox_max >= outbox_plenty &&
           options_.left_to != aftermath::slow;
  }
  [[nodiscard]] bool may_hear_of_old_runs(true_time now) const;
  [[nodiscard]] bool may_rest_on_what_is_gone(true_time now) const;
  void on_granted(std::uint32_t index, const core::granted& what, true_time now);
  void on_granted_too(std::uint32_t index, const core::granted& what, true_time now);
  void on_failed(std::uint32_t index, const core::failed& what, true_time now);
  void on_lost(std::uint32_t index, const core::lost& what, true_time now);
  [[nodiscard]] bool asks_for_inner(std::uint32_t index, true_time now);
  [[nodiscard]] static std::vector<part>::iterator waits_for(user& one, core::request_id request);
  [[nodiscard]] bool lets_one_go(std::uint32_t index, true_time now);
  void on_inner_granted(std::uint32_t index, const core::granted& what, true_time now);
  // An owner of 0 means nobody.
  [[nodiscard]] static constexpr std::uint32_t owner_of(std::uint32_t user) { return user + 1; }
  [[nodiscard]] std::uint32_t index_of(const user& one) const {
    return static_cast<std::uint32_t>(&one - all_.data());
  }
  [[nodiscard]] std::vector<lock_index> inner_of(const operation& does) const;
  [[nodiscard]] std::vector<lock_index> locks_of(const operation& does) const;
  void count_failure(errc reason);
  void count_loss(loss_reason reason);
  [[nodiscard]] core::lock_request request_of(const user& one, true_time now) const;
  void look_at_store(true_time now);
  [[nodiscard]] holder holder_of(const user& one, const part& held) const;

  options options_;
  core::random_source random_;
  bool listed_ = false;
  std::vector<operation>* record_ = nullptr;
  sim::cluster* cluster_;
  event_queue* events_;
  counters* counted_;
  std::vector<user> all_;
  bool winding_down_ = false;
  std::string wronged_;
};

}  // namespace conclave::sim
