// Watches a whole cluster in true time and says when a promise of the protocol is broken
// (docs/protocol.md, "Promises").
#pragma once

#include "node/actions.hpp"
#include "sim/checks/alarms.hpp"
#include "sim/checks/beliefs.hpp"
#include "sim/checks/coverage.hpp"
#include "sim/checks/floors.hpp"
#include "sim/checks/requests.hpp"
#include "sim/checks/rings.hpp"
#include "sim/checks/sightings.hpp"
#include "sim/checks/views.hpp"
#include "sim/machine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::sim {

enum class promise : std::uint8_t {
  exclusion,    // two requests hold one lock at one instant
  reservation,  // a holder believes longer than a quorum keeps its votes for it
  fencing,      // a token is not greater than all before it
  fail_closed,  // a holder is told something else than its own clock and deadline say
  one_ending,   // a request ends twice, too late, or without having been asked for
  store,        // a resource that checks tokens is wrong all the same
  membership,   // a belief about a member goes back, or was never true
  sighting,     // who watches a lock is told what is no more
  deadlock,     // a request fails for a deadlock that there is not
  alarm,        // a clock is found out that kept the bound
};
[[nodiscard]] std::string_view to_string(promise which);

struct violation {
  promise broken = promise::exclusion;
  true_time at;
  std::string text;
};

class judge {
 public:
  // `machines` and `locks` (their names) outlive the judge.
  judge(const std::vector<machine>& machines, const std::vector<std::string>& locks)
      : machines_(&machines), locks_(&locks) {}

  // Once, when all machines are there. These run the voters.
  void watch(std::vector<machine_index> voters);

  // What the driver of the cluster did, in the order in which it happened. `asked` before the
  // actions of that very call, `stepped` after them.
  void started(machine_index at);
  void asked(machine_index at, core::request_id id, lock_index lock, std::uint32_t owner,
             true_time now, const core::lock_request& how = {},
             const core::companions& together = {});
  void happened(machine_index at, const core::action& what, true_time now);
  void unlocked(machine_index at, core::request_id id, bool held, true_time now);
  void downgraded(machine_index at, core::request_id id, bool held, true_time now);
  void token_taken(machine_index at, core::request_id id, fencing_token token, true_time now);
  void stops(machine_index at);  // while its process is still there
  void stopped(machine_index at);
  // Something was handled there: its state may be compared with what others believe.
  void stepped(machine_index at, true_time now);
  // That was its tick: nothing may be overdue.
  void ticked(machine_index at, true_time now);
  // A clock runs at another rate from now on: called before it does, and after.
  void clock_changes(true_time now) { static_cast<void>(beliefs_.open(now)); }
  void clock_changed(machine_index at, true_time now);
  void store_broken(const std::string& how, true_time now);

  // Clocks may differ by more than the protocol allows for: only what is promised even then is
  // checked.
  void expect_any_clocks(bool any) {
    any_clocks_ = any;
    views_.expect_any_clocks(any);
  }
  void expect_trust(const std::vector<bool>& well, bool suspicious) {
    views_.expect_trust(well, suspicious);
  }

  [[nodiscard]] const std::optional<violation>& broken() const { return broken_; }
  // The least time by which a quorum's reservations outlasted the belief that rested on them.
  [[nodiscard]] duration least_slack() const { return least_slack_; }
  [[nodiscard]] tracked_request find(machine_index at, core::request_id id) const {
    return requests_[at].find(id);
  }
  [[nodiscard]] std::size_t waiting(machine_index at) const { return requests_[at].waiting(); }
  // All beliefs that have not been seen to end, in the order of their beginning.
  [[nodiscard]] const std::vector<belief>& known_beliefs() const { return beliefs_.known(); }
  // Who believes to hold the lock now, if anybody.
  [[nodiscard]] std::optional<holder> holder_of(lock_index lock, true_time now);
  [[nodiscard]] const sim::views& views() const { return views_; }
  [[nodiscard]] const sim::sightings& sightings() const { return sightings_; }
  // Tokens are promised no longer: too much was forgotten while wall clocks are wrong.
  void void_tokens() { tokens_void_ = true; }

 private:
  void on_granted(machine_index at, const core::granted& what, true_time now);
  void on_extended(machine_index at, const core::extended& what, true_time now);
  void on_shortened(machine_index at, const core::shortened& what, true_time now);
  void on_lost(machine_index at, const core::lost& what, true_time now);
  void note_token(machine_index at, core::request_id id, fencing_token token, true_time now);
  void check_coverage(const belief& one, true_time now);
  void look(machine_index at, true_time now);
  void check_process(machine_index at, true_time now);
  void check_floors(true_time now);
  void require(bool ok, promise which, machine_index at, core::request_id id, true_time now,
               std::string_view what);
  void require_none(std::string wrong, promise which, true_time now);
  void require_alone(const std::optional<belief>& other, const holder& who, true_time now);

  [[nodiscard]] holder holder_at(machine_index at, core::request_id id) const;
  [[nodiscard]] std::string describe(const holder& who) const;

  const std::vector<machine>* machines_;
  const std::vector<std::string>* locks_;
  std::vector<machine_index> voters_;
  std::vector<std::size_t> voter_position_;  // by machine; npos: no voter
  std::vector<requests> requests_;           // by machine
  rings rings_;
  sim::sightings sightings_;
  beliefs beliefs_;
  floors floors_;
  last_loans last_loans_;
  sim::views views_;
  alarms alarms_;
  // The greatest so far. Of those that share, the tokens are in no order among each other.
  struct tokens_seen {
    fencing_token any;
    fencing_token exclusive;
  };
  std::vector<tokens_seen> last_token_;  // by row_of()
  bool tokens_void_ = false;
  bool any_clocks_ = false;
  std::uint64_t steps_ = 0;
  duration least_slack_ = duration::max();
  // A token out of order, until the step is over: in the same step it may turn out that tokens
  // are promised no longer.
  std::optional<violation> doubt_;
  std::optional<violation> broken_;  // the first
};

}  // namespace conclave::sim
