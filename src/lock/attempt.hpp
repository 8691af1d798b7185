// One request of this node for one lock: its votes, and what they amount to.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "lock/quorum.hpp"
#include "lock/roster.hpp"
#include "lock/shared_hold.hpp"
#include "lock/voter_views.hpp"
#include "wire/lock_messages.hpp"

#include <boost/container/small_vector.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

namespace conclave::core {

struct lock_request {
  lock_mode mode = lock_mode::exclusive;
  std::uint32_t permits = 0;  // of the semaphore, when that is the mode
  std::uint64_t span = 1;     // how many tokens one acquisition may give out
  // False: give up when somebody else has it. Set give_up_at too: some voters may not answer.
  bool wait = true;
  instant give_up_at = never;
  // How long the hold is kept after its release while nobody else wants it, for the next request of
  // this node. 0: not at all.
  duration keep{};
  duration hold_max = duration::max();  // after so long it is lost
  duration lease{};  // it ends when a quorum was not heard of for so long; 0: that of the sessions
  // Whose it is, for finding deadlocks: who waits for what an owner has may wait for all that this
  // owner waits for. 0: not known.
  owner_id owner{};
  bool nested = false;  // the owner may have other locks now
  // Where threads take a hold that is kept; null: nowhere. One for each lock.
  std::shared_ptr<shared_hold> shared{};
};

// The vote of one voter for one request, as far as the candidate knows.
struct vote_record {
  core::ballot ballot;          // 0: none
  core::generation generation;  // of the session in which it was lent
  core::ballot relinquished;    // the last ballot given back: votes at or under it are late copies
  permit_slot slot = any_slot;  // of the vote
  permit_slot asked_slot = any_slot;  // that we would rather have, said when it was given back
  bool busy = false;
  bool recalled = false;  // busy, and what is lent to another may not be in use
};

enum class attempt_phase : std::uint8_t {
  queued,  // behind another request of this node for the same lock
  asking,
  holding,
  kept,  // held, and nobody uses it
};

// Requests that are held all at one time or not at all: so many in a row.
struct companions {
  request_id first;
  std::uint32_t count = 1;
};

// What a quorum has recorded alike. 0: nothing.
struct agreement {
  core::ballot ballot;
  permit_slot slot = any_slot;

  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(ballot); }
};

struct attempt {
  lock_name lock;
  lock_request options;
  attempt_phase phase = attempt_phase::queued;
  // The place in the queue. What the voters know is the request in it: that of who asked first,
  // when a hold has gone from one request of this node to the next.
  core::ticket ticket;
  companions together;  // while it is not held; itself among them
  ballot min_ballot;
  std::uint64_t span = 1;             // that the voters were asked for
  bool keeps = false;                 // the voters know that it may be kept
  duration usable = duration::max();  // what a lease of its own is worth on our clock
  instant asked_at{};                 // when the asking began
  bool aside = false;                 // has given back its votes, since there was no quorum
  instant busy_until = long_ago;      // a quorum is busy, and recalled what may not be in use
  boost::container::small_vector<vote_record, 5> votes;  // in the order of the voter views

  // Votes for other slots do not count. Of a semaphore it is any_slot until one is chosen.
  permit_slot slot = only_slot;
  boost::container::small_vector<permit_slot, 1> avoided;  // chosen before, and not had
  instant choose_at = never;                               // when to choose another

  // While held: the tokens base ... base + span - 1; those before `next` were given out.
  ballot base;
  ballot next;
  instant stands_until = long_ago;    // by what a quorum has promised
  instant hold_until = never;         // the greatest time to hold is over then
  instant deadline = long_ago;        // the earlier of the two: what the owner is told
  instant kept_until = never;         // while kept
  std::uint64_t kept_used = 0;        // how often it had been taken when that was set
  bool taken_unasked = false;         // by a thread, while it was kept
  std::uint64_t trails = 0;           // by which its waits were followed
  std::optional<core::ticket> rival;  // the smallest ticket known of who waits elsewhere

  [[nodiscard]] bool held() const {
    return phase == attempt_phase::holding || phase == attempt_phase::kept;
  }
  // Until when what this voter lends for it is believed to stay lent.
  [[nodiscard]] instant lent_until(const voter_view& view) const {
    return usable == duration::max()
               ? view.believed_until
               : std::min(view.believed_until, saturating_add(view.covered_anchor, usable));
  }
  // Asked with the clock at each question, never kept as a flag.
  [[nodiscard]] bool counts(const vote_record& vote, const voter_view& view, instant now) const {
    return vote.ballot && vote.generation == view.generation && view.clock_trusted &&
           lent_until(view) > now;
  }
  // What the voters are told of it.
  [[nodiscard]] permit_slot wished_slot() const {
    return options.mode == lock_mode::permit ? slot : any_slot;
  }
  [[nodiscard]] bool holds_permit() const { return held() && options.mode == lock_mode::permit; }
  [[nodiscard]] bool has_token() const { return next < base.next(span); }
  [[nodiscard]] ballot last_used() const { return next ? ballot{next.value - 1} : ballot{}; }
};

// The ballot at which votes in running sessions, for one slot, make a quorum: the fencing token.
[[nodiscard]] agreement equal_quorum(const attempt& one, const voter_roster& roster,
                                     const voter_views& views, instant now);

// When a quorum has voted but at different ballots: the greatest of them. 0 otherwise.
[[nodiscard]] ballot unequal_quorum(const attempt& one, const voter_roster& roster,
                                    const voter_views& views, instant now);

// Votes that count make a quorum for that slot, at whatever ballots.
[[nodiscard]] bool quorum_lends(permit_slot slot, const attempt& one, const voter_roster& roster,
                                const voter_views& views, instant now);

// So many have voted, for whichever slots, that it can be chosen among those.
[[nodiscard]] bool quorum_has_voted(const attempt& one, const voter_roster& roster,
                                    const voter_views& views, instant now);

// The slot that was chosen may still be had: not too many voters lend another instead.
[[nodiscard]] bool slot_is_possible(const attempt& one, const voter_roster& roster,
                                    const voter_views& views, instant now);

// Until when a quorum of voters with a running vote for its slot is believed, whatever the ballots.
[[nodiscard]] instant quorum_deadline(const attempt& one, const voter_roster& roster,
                                      const voter_views& views, instant now);

// So many voters answered BUSY that no quorum is left. To who does not wait, one that is out of
// reach is as good as busy.
[[nodiscard]] bool quorum_is_busy(const attempt& one, const voter_roster& roster,
                                  const voter_views& views, instant now);

}  // namespace conclave::core
