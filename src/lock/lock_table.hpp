// What a voter keeps per lock: the floor, to whom its vote is lent, the queue.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "wire/lock_messages.hpp"

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace conclave::core {

// One request as its voter knows it.
struct wanted {
  node_boot who;
  core::ticket ticket;
  ballot min_ballot;
  std::uint64_t span = 1;
  lock_mode mode = lock_mode::exclusive;
  bool keeps = false;  // its hold may go on when nobody uses it any more

  [[nodiscard]] bool is(const node_boot& candidate, request_id request) const {
    return who == candidate && ticket.request == request;
  }
};

struct lent_vote {
  wanted to;
  core::ballot ballot;
  std::optional<ticket> recalled_for;  // the smallest waiter that the borrower was told of

  // The greatest token that can have been used under this vote.
  [[nodiscard]] core::ballot last_token() const { return ballot.next(to.span - 1); }
};

struct lock_state {
  lock_name name;
  ballot floor;  // no ballot at or under it is lent again
  // To one exclusive request, or to any number of shared ones.
  boost::container::small_vector<lent_vote, 1> lent;
  std::vector<wanted> queue;  // ordered by ticket
  instant idle_since{};
  bool watched = false;  // it is in the table's list of locks that may have become idle

  [[nodiscard]] bool idle() const { return lent.empty() && queue.empty(); }
  // Whether a request of that kind can be lent to besides those that are.
  [[nodiscard]] bool admits(lock_mode mode) const {
    return lent.empty() || (mode == lock_mode::shared && lent.front().to.mode == mode);
  }
  [[nodiscard]] bool involves(const node_boot& who) const;
  lent_vote* find_lent(const node_boot& who, request_id request);
  [[nodiscard]] const lent_vote* find_lent(const node_boot& who, request_id request) const;
  wanted* find_waiting(const node_boot& who, request_id request);
  void enqueue(const wanted& request);
  // No token at or under it may be lent to somebody new.
  [[nodiscard]] ballot greatest_used() const;
  void raise_floor(ballot used) { floor = std::max(floor, used); }
};

using lock_slot = std::uint32_t;

// Locks by name. A lock that nobody uses is forgotten after a while; what its floor was then
// survives in the floor that new locks start with.
class lock_table {
 public:
  explicit lock_table(ballot base) : base_(base) {}

  lock_slot find_or_add(const lock_name& name);
  [[nodiscard]] std::optional<lock_slot> find(const lock_name& name) const;
  lock_state& at(lock_slot slot) { return slots_[slot]; }
  [[nodiscard]] const lock_state& at(lock_slot slot) const { return slots_[slot]; }

  // Says that nothing uses the lock any more. It is forgotten once that was so for a while, at the
  // latest after twice as long.
  void note_idle(lock_slot slot, instant now);
  void forget_idle(instant now);
  [[nodiscard]] instant next_deadline() const;

  void raise_base(ballot base) { base_ = std::max(base_, base); }
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }
  [[nodiscard]] lock_slot slots_end() const { return static_cast<lock_slot>(slots_.size()); }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  struct watch {
    lock_slot slot;
    instant look_at;
  };

  boost::unordered_flat_map<lock_name, lock_slot> by_name_;  // never iterated
  std::vector<lock_state> slots_;
  std::vector<lock_slot> free_;
  // Each lock once, so that one which is used all the time costs a look now and then and no more.
  std::deque<watch> watched_;  // the earliest first
  ballot base_;
};

}  // namespace conclave::core
