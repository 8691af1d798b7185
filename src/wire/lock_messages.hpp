// What candidates and voters say to each other (docs/protocol.md, "Locks").
#pragma once

#include "base/ids.hpp"
#include "wire/archive.hpp"

#include <boost/serialization/access.hpp>

#include <compare>
#include <cstdint>
#include <string>

namespace conclave::core {

using lock_name = std::string;  // 1 to 255 bytes

inline constexpr std::uint64_t span_max = 1'000'000;  // tokens of one ballot
inline constexpr std::uint32_t permits_max = 1'000;   // of one semaphore

// One of the permits of a semaphore, 1 to as many as there are. What is no semaphore has one.
using permit_slot = std::uint16_t;
inline constexpr permit_slot any_slot = 0;  // whichever is free
inline constexpr permit_slot only_slot = 1;

// The place in the queue. The smallest wins.
struct ticket {
  lamport_time time;
  node_id node;
  request_id request;

  friend constexpr auto operator<=>(const ticket&, const ticket&) = default;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("time", time) & make_nvp("node", node) & make_nvp("request", request);
  }
};

// Permits: as many have the lock at once as it has slots, each a slot of its own.
enum class lock_mode : std::uint8_t { exclusive, shared, permit };
template <>
inline constexpr std::uint8_t enumerators<lock_mode> = 3;
[[nodiscard]] const char* to_string(lock_mode mode);

// Candidate to voters: lend me your vote.
struct request {
  lock_name lock;
  lock_mode mode = lock_mode::exclusive;
  core::ticket ticket;          // its request field is the request_id
  ballot min_ballot;            // lend at this ballot or a greater one
  std::uint64_t span = 1;       // tokens are ballot ... ballot + span - 1
  bool wait = true;             // false: answer BUSY when it is not free
  bool keeps = false;           // it may be kept when nobody uses it any more
  std::uint32_t permits = 0;    // of the semaphore; 0: it is none
  permit_slot slot = any_slot;  // that it would rather have than another
  bool holds = false;           // a permit: it is in use, and not given back to who came earlier
  duration lease{};             // that ends sooner than the session; 0: it does not

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("mode", mode) & make_nvp("ticket", ticket) &
        make_nvp("min_ballot", min_ballot) & make_nvp("span", span) & make_nvp("wait", wait) &
        make_nvp("keeps", keeps) & make_nvp("permits", permits) & make_nvp("slot", slot) &
        make_nvp("holds", holds) & make_nvp("lease", lease);
  }
};

// Voter to candidate: lent to you.
struct vote {
  lock_name lock;
  request_id request;
  core::ballot ballot;
  core::generation generation;  // of the session in which it is lent
  permit_slot slot = only_slot;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("request", request) & make_nvp("ballot", ballot) &
        make_nvp("generation", generation) & make_nvp("slot", slot);
  }
};

// Voter to candidate: not lent, and you did not want to wait.
struct busy {
  lock_name lock;
  request_id request;
  // Whoever has it may not be using it: it was recalled, and the request waits for it.
  bool recalled = false;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("request", request) & make_nvp("recalled", recalled);
  }
};

// Voter to candidate: somebody waits for what you have.
struct recall {
  lock_name lock;
  request_id request;
  core::ballot ballot;
  ticket waiter;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("request", request) & make_nvp("ballot", ballot) &
        make_nvp("waiter", waiter);
  }
};

// Candidate to voter: take the vote back, keep my place, and rather lend me that slot.
struct relinquish {
  lock_name lock;
  core::ballot ballot;
  core::ticket ticket;
  permit_slot slot = any_slot;
  bool waits = true;   // false: nor do I want my place
  bool holds = false;  // a permit: I hold that slot, by the votes of others, and want no other

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("ballot", ballot) & make_nvp("ticket", ticket) &
        make_nvp("slot", slot) & make_nvp("waits", waits) & make_nvp("holds", holds);
  }
};

// Candidate to voters: I am done, or I no longer want it.
struct release {
  lock_name lock;
  request_id request;
  core::ballot last_token;  // the greatest token used; 0: not known, so any may have been

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("request", request) &
        make_nvp("last_token", last_token);
  }
};

// Voter to candidate: no session for you, and why.
enum class refusal_reason : std::uint8_t { lease_too_long, roster_mismatch };
template <>
inline constexpr std::uint8_t enumerators<refusal_reason> = 2;
[[nodiscard]] const char* to_string(refusal_reason reason);

struct refusal {
  refusal_reason reason = refusal_reason::lease_too_long;
  std::uint64_t offered = 0;   // the lease in nanoseconds, or the roster's fingerprint
  std::uint64_t accepted = 0;  // the greatest lease, or the voter's own fingerprint

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("reason", reason) & make_nvp("offered", offered) &
        make_nvp("accepted", accepted);
  }
};

// Voter to candidate: this name is in use as something else.
struct mismatch {
  lock_name lock;
  request_id request;
  std::uint32_t permits = 0;  // as those say that have it or wait for it

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("request", request) & make_nvp("permits", permits);
  }
};

// Who follows waits from lock to lock, to see whether they come back to it.
struct wait_trail {
  boot_id boot;               // of the node at which it began
  ticket waiter;              // of the request for which it began
  std::uint64_t number = 0;   // of the trails of that request; it says which way is taken
  std::uint64_t ways = 0;     // what is left of the number after the choices so far
  std::uint64_t path = 0;     // a hash of all that was met
  std::uint64_t earlier = 0;  // 0: the first round; else the path of the first, in the second
  std::uint32_t steps = 0;

  // The same way once more.
  [[nodiscard]] wait_trail again() const {
    return {.boot = boot, .waiter = waiter, .number = number, .ways = number, .earlier = path};
  }
  // Which of so many it follows from here. Consecutive numbers go through all combinations.
  [[nodiscard]] std::size_t branch(std::size_t of) {
    const std::size_t chosen = ways % of;
    ways /= of;
    return chosen;
  }
  // Which of so many to ask, where most of them say the same. Drawn, since in any order a few that
  // say something else could come first at each place.
  [[nodiscard]] std::size_t sample(std::size_t of) const {
    return mix(mix(waiter.request.value + number) + steps) % of;
  }

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("boot", boot) & make_nvp("waiter", waiter) & make_nvp("number", number) &
        make_nvp("ways", ways) & make_nvp("path", path) & make_nvp("earlier", earlier) &
        make_nvp("steps", steps);
  }
};

// Candidate to one voter: who has what this request waits for? Pass the trail on to them.
struct wait_chase {
  lock_name lock;
  request_id request;
  wait_trail trail;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("request", request) & make_nvp("trail", trail);
  }
};

// Voter to candidate: somebody waits for what this request has. What does its owner wait for?
struct hold_chase {
  lock_name lock;
  request_id request;
  ticket waiter;  // of who waits here
  wait_trail trail;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("request", request) & make_nvp("waiter", waiter) &
        make_nvp("trail", trail);
  }
};

// A restarted voter to the other voters: what is your Lamport time? The answer is in the header
// of the frame that carries lamport_answer.
struct lamport_query {
  template <class Archive>
  void serialize(Archive& /*archive*/, unsigned /*version*/) {}
};

struct lamport_answer {
  bool remembers = false;  // false: this voter abstains itself and knows no more than the asker

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("remembers", remembers);
  }
};

}  // namespace conclave::core
