// The candidate: asks the voters for locks, and knows when it holds one (docs/protocol.md,
// "Locks").
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "base/timer_queue.hpp"
#include "lock/attempt.hpp"
#include "lock/roster.hpp"
#include "lock/seen_trails.hpp"
#include "lock/step.hpp"
#include "lock/voter_views.hpp"

#include <conclave/error.hpp>

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace conclave::core {

inline constexpr std::size_t locks_together_max = 64;

struct candidate_settings {
  node_boot self;
  duration lease_ttl{};
  duration session_idle_max{};
  duration deadlock_timeout{};
  std::size_t requests_max = 0;
};

struct candidate_counters {
  std::uint64_t granted = 0;
  std::uint64_t lost = 0;
  std::uint64_t votes = 0;
  std::uint64_t relinquished = 0;
  std::uint64_t unequal_ballots = 0;
  std::uint64_t released_unknown = 0;  // votes for requests that are over
  std::uint64_t late_votes = 0;        // at or under a ballot that was relinquished
  std::uint64_t passed_on = 0;         // granted from a hold of this node, without a message
  std::uint64_t kept = 0;              // holds that went on without an owner
  std::uint64_t slots_chosen = 0;      // because the voters lent different ones
  std::uint64_t slots_avoided = 0;     // those that were not had after all
  std::uint64_t chased = 0;            // waits were followed
  std::uint64_t deadlocks = 0;         // requests that failed so that others could go on
  std::uint64_t stood_aside = 0;       // requests that gave back their votes, without a quorum
};

class candidate {
 public:
  candidate(candidate_settings settings, const voter_roster& roster);

  // Ends in exactly one of granted or failed; after granted,
  // unlock() or a lost event ends it. `failed` can come within this very call.
  request_id lock(const lock_name& name, lock_request options, lock_step& step);
  // Several at once, each name once, but for permits: as many of one semaphore as it is named. As
  // many requests, in a row from the one returned, all granted in one step or all failed. What is
  // granted ends one by one. To withdraw one that waits is to cancel the others.
  request_id lock_all(std::span<const lock_name> names, lock_request options, lock_step& step);
  // Releases, or withdraws what is not granted yet. False when the request is already over: what
  // was held was lost.
  bool unlock(request_id request, lock_step& step);
  // A thread that took a kept hold by itself wants to hear of its loss: it is held from now on like
  // any other. Until when; long_ago when it is over.
  instant claim(request_id request);
  // What is held exclusively is shared from now on: nobody else has it in between. False when it is
  // not held (any more).
  bool downgrade(request_id request, lock_step& step);
  // A further token of an exclusive hold, greater than those before. Nothing while more are being
  // asked for, or when the hold's deadline has passed.
  std::optional<fencing_token> take_token(request_id request, lock_step& step);
  // Ends every request: holds are lost for `reason`, the others fail with `error`, and so do all
  // that come later.
  void stop(loss_reason reason, errc error, lock_step& step);
  // While it is closed, every request fails with this error.
  void close(errc error) { closed_ = error; }
  void open() { closed_.reset(); }

  void hear(const session_word& word, lock_step& step);
  // True when that is new.
  bool refused(node_id voter, errc reason, lock_step& step);
  // Whether votes of this voter count, by what its clock was found to do. True when that is new.
  bool trust_clock(node_id voter, bool trusted, lock_step& step);
  void handle(const node_boot& from, const vote& lent, lock_step& step);
  void handle(const node_boot& from, const busy& answer, lock_step& step);
  void handle(const node_boot& from, const recall& asked, lock_step& step);
  void handle(const node_boot& from, const mismatch& told, lock_step& step);
  void handle(const node_boot& from, const hold_chase& asked, lock_step& step);

  void tick(lock_step& step);
  [[nodiscard]] instant next_deadline() const;

  // Sessions are opened now, so that the first lock pays nothing for it.
  void use_sessions(instant now);

  // Whether this node asks the voters for sessions now.
  [[nodiscard]] bool sessions_wanted(instant now) const;

  // Until when the hold stands, by the clock and nothing else; long_ago when it is none.
  [[nodiscard]] instant deadline_of(request_id request) const;
  [[nodiscard]] const std::map<request_id, attempt>& attempts() const { return attempts_; }
  [[nodiscard]] const voter_views& views() const { return views_; }
  [[nodiscard]] const candidate_counters& counters() const { return counters_; }
  void check_invariants(instant now) const;

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  using entry = std::map<request_id, attempt>::iterator;

  // The request that is out for this lock and that the voters know by this number.
  entry find_out(const lock_name& lock, request_id asked_as);
  // asking.cpp: how it begins.
  std::optional<errc> refusal_of(std::span<const lock_name> names, const lock_request& options,
                                 lock_step& step);
  void enlist(const lock_name& name, const lock_request& options, const companions& all,
              request_id request, lock_step& step);
  void begin(std::span<const lock_name> names, const companions& all, lock_step& step);
  [[nodiscard]] static bool fits_beside(const attempt& before, const lock_request& options,
                                        std::size_t asking);
  [[nodiscard]] bool starts_at_once(const std::vector<request_id>& queue,
                                    const lock_request& options) const;
  void start_due(const lock_name& lock, lock_step& step);
  void start(entry one, lock_step& step);
  void ask(entry one, std::size_t voter, lock_step& step);
  bool make_room(lock_step& step);

  // permits.cpp: which slot.
  bool is_other_slot(entry one, std::size_t voter, const vote& lent, lock_step& step);
  void look_at_slots(entry one, lock_step& step);
  void choose(entry one, permit_slot slot, lock_step& step);
  void choose_another(entry one, lock_step& step);
  void choose_anew(entry one, lock_step& step);
  void await_others(entry one, permit_slot slot, lock_step& step);
  void settle_on(entry one, permit_slot slot, lock_step& step);
  void settle_at(entry one, std::size_t voter, lock_step& step);
  void give_back(entry one, std::size_t voter, ballot of, lock_step& step, bool waits = true);

  // deadlocks.cpp: following waits.
  void note_wait(request_id request, const lock_request& options, instant now);
  void forget_wait(request_id request, const lock_request& options);
  void start_chases(lock_step& step);
  void follow_some(entry wait, lock_step& step);
  void follow(entry wait, wait_trail trail, lock_step& step);
  [[nodiscard]] entry blocker_of(entry wait, wait_trail& trail);
  void ask_voter(entry asker, const wait_trail& trail, lock_step& step);
  [[nodiscard]] boost::container::small_vector<request_id, 4> waits_of(entry at) const;
  [[nodiscard]] entry next_wait(entry at, wait_trail& trail, lock_step& step);
  void come_back(entry origin, const wait_trail& trail, lock_step& step);

  // leases.cpp: requests with a lease of their own.
  void add_lease(duration lease, instant now);
  void remove_lease(duration lease, instant now);
  void count_leased_again(std::size_t voter, instant covered_before, lock_step& step);
  // Holds are looked at so often that no answer comes in vain.
  [[nodiscard]] duration look_every() const { return shortest_lease_ / 6; }

  void count(entry one, lock_step& step);
  void seek_agreement(entry one, lock_step& step);
  void count_again(std::size_t voter, lock_step& step);
  void hold_together(entry one, const agreement& found, lock_step& step);
  void hold(entry one, agreement agreed, lock_step& step);
  void tell_granted(entry one, ballot token, lock_step& step);
  ballot draw_token(entry one, lock_step& step);
  bool pass_on(entry one, lock_step& step);
  void hand_over(entry one, request_id to, lock_step& step);
  void share(entry one);
  bool take_back(entry one);
  void fail(entry one, errc reason, lock_step& step);
  void fail_all(companions all, errc reason, lock_step& step);
  void fail_if_busy(entry one, lock_step& step);
  void ask_the_busy_again(entry one, lock_step& step);
  void lose(entry one, loss_reason reason, lock_step& step);
  void withdraw(entry one, lock_step& step);  // RELEASE to the voters, next in the local queue
  void extend(request_id request, attempt& held, lock_step& step);
  void end_kept(lock_step& step);
  void refresh_holds(lock_step& step);
  void recount_holds(lock_step& step);
  void forget_votes(std::size_t voter, bool same_run, lock_step& step);
  [[nodiscard]] std::optional<errc> refused_by_all_quorums() const;
  void fail_if_refused(lock_step& step);
  void keep_sessions(lock_step& step);
  // standing_aside.cpp
  [[nodiscard]] bool reaches_quorum(const attempt& one, instant now) const;
  void stand_aside(lock_step& step);
  void come_forward(lock_step& step);

  candidate_settings settings_;
  voter_roster roster_;
  voter_views views_;
  // Ordered, because what is sent follows from going through it. One allocation a request.
  std::map<request_id, attempt> attempts_;
  boost::unordered_flat_map<lock_name, std::vector<request_id>> local_queues_;
  timer_queue<request_id> give_ups_;
  // Of owners that may have other locks: what they wait for.
  boost::unordered_flat_map<owner_id, std::vector<request_id>> waits_;  // never iterated
  timer_queue<request_id> chases_;                                      // when to follow them
  seen_trails seen_trails_;
  timer_queue<request_id> keeps_;           // when holds that nobody uses are given up
  std::map<duration, std::size_t> leases_;  // that requests have of their own, and how many
  duration shortest_lease_;
  request_id last_request_;
  std::size_t holds_ = 0;
  std::size_t standing_aside_ = 0;     // of the requests
  instant earliest_deadline_ = never;  // of the holds, as of the last look
  std::optional<errc> closed_;
  instant refresh_at_ = never;         // when to look at the holds again
  instant sessions_until_ = long_ago;  // keep sessions while locks were used recently
  instant last_event_ = long_ago;
  candidate_counters counters_;
};

}  // namespace conclave::core
