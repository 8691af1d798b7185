// Who has a lock, by what the voters say unasked (docs/protocol.md, "Asking about locks").
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "lock/roster.hpp"
#include "wire/inquiry_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace conclave::core {

struct holder_view {
  bool known = false;  // a quorum of voters was heard of lately
  node_boot holder;    // node 0: nobody
  core::ballot ballot;

  friend bool operator==(const holder_view&, const holder_view&) = default;
};

// It may be over by the time that it is read: what it says of the past stays true.
struct observed {
  lock_name lock;
  holder_view view;
};

struct observer_output {
  struct send {
    node_id voter;
    watch content;
  };
  std::vector<send> sends;
  std::vector<observed> events;

  void clear() {
    sends.clear();
    events.clear();
  }
};

class lock_observer {
 public:
  explicit lock_observer(const voter_roster& roster) : roster_(roster) {}

  // Whoever observes what is observed already is told what is known, as an event for all.
  void observe(const lock_name& lock, instant now, observer_output& out);
  // This voter is there now, or is another run of it: it does not know who watches.
  void found(node_id voter, observer_output& out) const;
  void forget(const lock_name& lock) { locks_.erase(lock); }
  void handle(const node_boot& from, const sighting& seen, instant now, observer_output& out);

  void tick(instant now, observer_output& out);
  [[nodiscard]] instant next_deadline() const { return next_; }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  struct said {
    boot_id by;  // the voter's; 0: it was not heard of
    std::uint64_t version = 0;
    instant heard = long_ago;
    node_boot holder;
    request_id request;
    core::ballot ballot;
  };
  struct watched {
    std::vector<said> by_voter;  // in the order of voters_of()
    holder_view told;
    instant ask_at{};
  };

  [[nodiscard]] std::size_t index_of(node_id voter) const;
  [[nodiscard]] holder_view look(const watched& one, instant now) const;
  void tell(const lock_name& lock, watched& one, instant now, observer_output& out);
  void ask(const lock_name& lock, watched& one, instant now, observer_output& out);

  voter_roster roster_;
  std::map<lock_name, watched> locks_;  // ordered: what is sent follows from going through it
  instant next_ = never;
};

}  // namespace conclave::core
