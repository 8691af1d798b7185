// The voter: lends its vote on each lock to one exclusive request at a time, or to shared ones, or
// as many times as a semaphore has permits (docs/protocol.md, "Locks").
//
// What it lends stays lent until the borrower gives it back or the borrower's session lapses. It
// never takes a vote back by itself, whatever membership believes.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/timer_queue.hpp"
#include "lock/lock_table.hpp"
#include "lock/roster.hpp"
#include "lock/step.hpp"
#include "lock/watchers.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace conclave::core {

// A voter's promise to one candidate boot: until it lapses, votes lent to that boot stay lent.
struct session {
  // A request with a lease of its own: what it waits for or has ends when its candidate was silent
  // for so long.
  struct own_lease {
    duration length{};
    instant since{};  // when it was asked for
  };

  core::generation generation;
  core::generation opened_as;  // its first one: it gets another each time that a lease ends in it
  instant until{};
  instant heard_at{};                 // when it was opened or extended last
  instant covered_anchor = long_ago;  // the candidate's latest anchor that opened or extended it
  std::size_t requests = 0;
  boost::unordered_flat_set<lock_slot> locks;  // that this boot waits for or has; sorted before use
  std::map<std::pair<lock_slot, request_id>, own_lease> leases;
  instant leases_due = never;  // when to look at those

  // Until when what this request has stays its own.
  [[nodiscard]] instant ends_for(lock_slot slot, request_id request) const;
};

struct voter_counters {
  std::uint64_t votes_lent = 0;
  std::uint64_t sessions_opened = 0;
  std::uint64_t sessions_lapsed = 0;
  std::uint64_t leases_lapsed = 0;     // of requests that had their own
  std::uint64_t requests_refused = 0;  // out of bounds, or too many from one candidate
  std::uint64_t withheld = 0;          // requests that had to wait for the end of an abstention
};

class voter {
 public:
  // One that abstains lends nothing before end_abstention(); its floors then start at the Lamport
  // clock as it is by then.
  voter(node_boot self, const voter_roster& roster, bool abstains, lamport_time lamport,
        std::size_t requests_per_session_max);
  void end_abstention(lock_step& step);

  // A frame of this candidate came whose echo is fresh: opens or extends its session until
  // now + ttl. The caller has checked the lease against the roster.
  void extend_session(const node_boot& candidate, duration ttl, instant anchor, instant now);
  [[nodiscard]] const session* find_session(const node_boot& candidate) const;

  void handle(const node_boot& from, const request& asked, lock_step& step);
  void handle(const node_boot& from, const relinquish& given, lock_step& step);
  void handle(const node_boot& from, const release& done, lock_step& step);
  void handle(const node_boot& from, const wait_chase& asked, lock_step& step) const;
  // inquiries.cpp: of anybody, with or without a session.
  void handle(const node_boot& from, const inquiry& asked, lock_step& step) const;
  void handle(const node_boot& from, const watch& asked, lock_step& step);
  // At the end of each event: those who watch what changed hands in it.
  [[nodiscard]] bool has_news() const { return watchers_.anything_changed(); }
  void tell_watchers(lock_step& step);

  void tick(lock_step& step);
  // Ends the sessions and leases whose time is over. Before each frame that may extend one: a
  // session that has lapsed is opened anew, with a new generation, however late the tick is that
  // would end it.
  void end_lapsed(lock_step& step);
  [[nodiscard]] instant next_deadline() const;

  // A newer process has this node's name: never lend again.
  void stop();

  [[nodiscard]] bool abstains() const { return abstains_; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] const lock_state* find_lock(const lock_name& name) const;
  [[nodiscard]] const lock_table& locks() const { return locks_; }
  [[nodiscard]] const voter_counters& counters() const { return counters_; }
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

  // What must hold after every event.
  void check_invariants() const;

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  session* find_mutable(const node_boot& candidate);
  bool in_bounds(const node_boot& from, const request& asked, const lock_step& step) const;
  void confirm(lock_slot slot, lent_vote& lent, const request& asked, lock_step& step);
  void lend_next(lock_slot slot, lock_step& step);
  void lend(lock_slot slot, const wanted& to, lock_step& step);
  void announce(lock_slot slot, lent_vote& lent, lock_step& step);
  void recall_for_queue(lock_slot slot, lock_step& step);
  void take_back(lock_slot slot, const lent_vote& lent, ballot used);
  void ended(session& of, const node_boot& who, request_id request, lock_slot slot, instant now);
  void note_lease(session& of, const node_boot& who, const request& asked, lock_slot slot,
                  instant now);
  void end_leases(lock_step& step);
  void end_leases_of(const node_boot& candidate, session& of, lock_step& step);
  void lapse(const node_boot& candidate, session& over, lock_step& step);
  [[nodiscard]] duration session_left(const node_boot& who, instant now) const;
  [[nodiscard]] duration left_of(const wanted& one, lock_slot slot, instant now) const;
  void list_locks(const node_boot& to, const inquiry& asked, lock_step& step) const;
  void tell(const lock_name& name, const node_boot& who, lock_step& step);
  void changes_hands(const lock_state& lock) {
    if (!watchers_.empty()) {
      watchers_.note_change(lock.name_view());
    }
  }

  node_boot self_;
  duration lease_ttl_max_;
  bool abstains_;
  bool stopped_ = false;
  std::size_t requests_per_session_max_;
  lock_table locks_;
  boost::unordered_flat_map<node_boot, session> sessions_;  // never iterated
  timer_queue<node_boot> lapses_;
  timer_queue<node_boot> leases_due_;
  generation last_generation_;
  watchers watchers_;
  std::uint64_t last_sighting_ = 0;
  voter_counters counters_;
};

}  // namespace conclave::core
