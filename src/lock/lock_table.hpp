// What a voter keeps per lock: the floor, to whom its vote is lent, the queue.
#pragma once

#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"
#include "wire/lock_messages.hpp"

#include <boost/container/deque.hpp>
#include <boost/container/small_vector.hpp>
#include <boost/container/string.hpp>
#include <boost/container/vector.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
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
  bool holds = false;  // a permit that is in use: it is not given back to who came earlier
  // Of what is lent: which it is. Of what waits: which it would rather have.
  permit_slot slot = any_slot;
  std::uint16_t permits = 0;  // of the semaphore; 0: it is none

  [[nodiscard]] bool is(const node_boot& candidate, request_id request) const {
    return who == candidate && ticket.request == request;
  }
  // The next ballot from this one on that can be lent for its slot. Those of different slots are
  // never equal, so that each permit has tokens of its own.
  [[nodiscard]] ballot rounded(ballot lowest) const {
    const std::uint64_t slots = std::max<std::uint64_t>(permits, 1);
    const std::uint64_t before = lowest.value + slots - std::uint64_t{slot % slots};
    return lowest.next((slots - before % slots) % slots);
  }
};

struct lent_vote {
  wanted to;
  core::ballot ballot;
  ticket recalled_for;  // the smallest waiter that the borrower was told of; no request: of none

  // The greatest token that can have been used under this vote.
  [[nodiscard]] core::ballot last_token() const { return ballot.next(to.span - 1); }
};

// A voter knows many locks, most of them short-named and with nobody waiting: what is kept for each
// is made of types that are small then.
using stored_name = boost::container::string;
using wait_queue = boost::container::vector<
    wanted, void, boost::container::vector_options_t<boost::container::stored_size<std::uint32_t>>>;

struct lock_state {
  stored_name name;
  ballot floor;  // no ballot at or under it is lent again
  // To one exclusive request, to any number of shared ones, or to one for each permit.
  boost::container::small_vector<lent_vote, 1> lent;
  wait_queue queue;  // ordered by ticket
  // When it was last said to be idle; never: it is not in the table's list of such locks.
  instant idle_since = never;

  [[nodiscard]] std::string_view name_view() const { return {name.data(), name.size()}; }
  [[nodiscard]] bool idle() const { return lent.empty() && queue.empty(); }
  // As all say who have the lock or wait for it; 0 also when nobody does.
  [[nodiscard]] std::uint32_t permits() const;
  // Which slot can be lent to this request besides what is lent; any_slot: none.
  [[nodiscard]] permit_slot slot_for(const wanted& one) const;
  [[nodiscard]] bool admits(const wanted& one) const { return slot_for(one) != any_slot; }
  // Whether this one, which waits, would have what is lent there if it were given back.
  [[nodiscard]] bool wants(const wanted& one, const lent_vote& other) const;
  // The first in the queue; null when nobody does.
  [[nodiscard]] const wanted* first_that_wants(const lent_vote& other) const;
  [[nodiscard]] bool involves(const node_boot& who) const;
  lent_vote* find_lent(const node_boot& who, request_id request);
  [[nodiscard]] const lent_vote* find_lent(const node_boot& who, request_id request) const;
  [[nodiscard]] const lent_vote* find_slot(permit_slot slot) const;
  wanted* find_waiting(const node_boot& who, request_id request);
  [[nodiscard]] const wanted* find_waiting(const node_boot& who, request_id request) const;
  void enqueue(const wanted& request);
  // Of permits.
  [[nodiscard]] static bool goes_before(const wanted& one, const lent_vote& other);
  [[nodiscard]] bool waits_for_its_slot(const wanted& one) const;
  // How many there were.
  template <class Predicate>
  std::size_t erase_waiting(Predicate which) {
    const auto first_gone = std::remove_if(queue.begin(), queue.end(), which);
    const auto gone = static_cast<std::size_t>(queue.end() - first_gone);
    queue.erase(first_gone, queue.end());
    return gone;
  }
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
  // The floor of every lock that is not known, or no longer.
  [[nodiscard]] ballot base() const { return base_; }
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }
  [[nodiscard]] lock_slot slots_end() const { return static_cast<lock_slot>(slots_.size()); }

  // Everything that decides what it does from now on (docs/architecture.md, "The pure core").
  void add_to(digest& sum) const;

 private:
  struct watch {
    lock_slot slot;
    instant look_at;
  };
  // In blocks: growing moves nothing, and leaves little in reserve.
  using slots = boost::container::deque<
      lock_state, void, boost::container::deque_options_t<boost::container::block_bytes<4'096U>>>;
  // A name stands in its slot and nowhere else. It is found by its hash, and compared there.
  struct place {
    lock_slot slot = 0;
    std::uint32_t hash = 0;
  };
  struct sought {
    std::string_view name;
    std::uint32_t hash = 0;
    const slots* where = nullptr;
  };
  struct place_hash {
    using is_transparent = void;
    std::size_t operator()(const place& one) const { return one.hash; }
    std::size_t operator()(const sought& one) const { return one.hash; }
  };
  struct same_place {
    using is_transparent = void;
    bool operator()(const place& one, const place& other) const { return one.slot == other.slot; }
    bool operator()(const sought& one, const place& other) const {
      return one.hash == other.hash && (*one.where)[other.slot].name_view() == one.name;
    }
    bool operator()(const place& one, const sought& other) const { return (*this)(other, one); }
  };

  [[nodiscard]] sought seek(std::string_view name) const;

  boost::unordered_flat_set<place, place_hash, same_place> by_name_;  // never iterated
  slots slots_;
  std::vector<lock_slot> free_;
  // Each lock once, so that one which is used all the time costs a look now and then and no more.
  std::deque<watch> watched_;  // the earliest first
  ballot base_;
};

}  // namespace conclave::core
