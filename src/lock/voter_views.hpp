// The voters as a candidate sees them: which sessions run, and until when it may believe them.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "lock/roster.hpp"

#include <conclave/error.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace conclave::core {

struct voter_view {
  node_id id;
  boot_id boot;
  core::generation generation;  // 0: no session known
  instant believed_until = long_ago;
  instant covered_anchor = long_ago;  // our latest anchor that the session covers
  std::optional<errc> refusal;        // why this voter gives us no session

  instant contact_at = long_ago;  // when to send it a frame that asks for one back
  unsigned failed_contacts = 0;
  bool shaking_hands = false;  // the next frame from it is answered at once, to echo it
  // False: its clock and ours run so far apart that its promise may end before we stop believing.
  bool clock_trusted = true;

  [[nodiscard]] node_boot run() const { return {.node = id, .boot = boot}; }
  // As far as it said, we have a session there.
  [[nodiscard]] bool promises(instant now) const { return generation && believed_until > now; }
  // A vote of this voter counts only while this is so: asked with the clock at each question,
  // never kept as a flag.
  [[nodiscard]] bool believed(instant now) const { return clock_trusted && promises(now); }
  // Why votes of this voter do not count, whatever it lends.
  [[nodiscard]] std::optional<errc> excluded() const {
    return clock_trusted ? refusal : std::optional(errc::clocks_disagree);
  }
};

// What one frame of a voter says about our session there.
struct session_word {
  node_boot voter;
  core::generation generation;
  std::optional<instant> covered_echo;  // our anchor, if the session covers it
};

class voter_views {
 public:
  voter_views(const voter_roster& roster, duration lease_ttl);

  [[nodiscard]] std::optional<std::size_t> index_of(node_id voter) const;
  [[nodiscard]] std::size_t size() const { return views_.size(); }
  voter_view& at(std::size_t index) { return views_[index]; }
  [[nodiscard]] const voter_view& at(std::size_t index) const { return views_[index]; }

  enum class change { none, votes_gone };
  // votes_gone: the voter lent to an earlier session, or to an earlier boot of its own; what we
  // had from it is no longer ours, and it must be asked again.
  change hear(std::size_t index, const session_word& word);

  // Whether this voter needs a frame now to open or keep the session.
  bool contact_due(std::size_t index, instant now);
  // A frame came from a voter that has no session for us: answer it at once, its echo opens one.
  // True once for each contact, so that two nodes that disagree don't answer each other for ever.
  bool finish_handshake(std::size_t index);
  [[nodiscard]] instant next_contact() const;
  // From now on voters that are believed are asked as often as a promise of so long needs it, on
  // our clock. The others lend nothing that could end sooner.
  void contact_within(duration usable, instant now);

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  duration usable_;         // what a promise of the lease is worth on our clock
  duration contact_every_;  // a third of it or of a shorter one, so that two in a row may be lost
  std::vector<voter_view> views_;  // in the roster's order, voters and previous together
};

}  // namespace conclave::core
