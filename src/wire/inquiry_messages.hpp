// What anybody may ask a voter about locks (docs/protocol.md, "Asking about locks"). No answer
// changes what is lent to whom.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "wire/archive.hpp"
#include "wire/lock_messages.hpp"

#include <cstdint>

namespace conclave::core {

// Anybody to voter: who has this lock, and who waits for it? Without a name: which locks are in
// use?
struct inquiry {
  std::uint64_t number = 0;  // the answers name it
  lock_name lock;
  std::uint32_t position = 0;  // of the list of locks: from where on

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("number", number) & make_nvp("lock", lock) & make_nvp("position", position);
  }
};

enum class use_kind : std::uint8_t { lent, waiting };
template <>
inline constexpr std::uint8_t enumerators<use_kind> = 2;
[[nodiscard]] const char* to_string(use_kind kind);

// Voter's answer: one who has the lock here or waits for it, in the order of the queue.
struct lock_use {
  std::uint64_t number = 0;
  use_kind kind = use_kind::lent;
  node_id node;
  boot_id boot;
  core::ticket ticket;
  core::ballot ballot;  // 0: it waits
  lock_mode mode = lock_mode::exclusive;
  permit_slot slot = any_slot;
  duration session_left{};  // that its session lasts if nothing more is heard of it

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("number", number) & make_nvp("kind", kind) & make_nvp("node", node) &
        make_nvp("boot", boot) & make_nvp("ticket", ticket) & make_nvp("ballot", ballot) &
        make_nvp("mode", mode) & make_nvp("slot", slot) & make_nvp("session_left", session_left);
  }
};

// Voter's answer: one lock that is in use.
struct lock_summary {
  std::uint64_t number = 0;
  lock_name lock;
  node_id holder{};  // one to which it is lent here; 0: to nobody
  core::ballot ballot{};
  std::uint32_t lent = 0;
  std::uint32_t waiting = 0;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("number", number) & make_nvp("lock", lock) & make_nvp("holder", holder) &
        make_nvp("ballot", ballot) & make_nvp("lent", lent) & make_nvp("waiting", waiting);
  }
};

// Voter's answer, the last part.
struct inquiry_end {
  std::uint64_t number = 0;
  std::uint32_t lent = 0;     // how many there are, also of those that were left out
  std::uint32_t waiting = 0;  // the same
  std::uint32_t permits = 0;
  ballot floor{};
  bool abstains = false;
  duration session_left{};  // of the asker; 0: it has none
  std::uint32_t next = 0;   // where the list of locks goes on; 0: it is complete

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("number", number) & make_nvp("lent", lent) & make_nvp("waiting", waiting) &
        make_nvp("permits", permits) & make_nvp("floor", floor) & make_nvp("abstains", abstains) &
        make_nvp("session_left", session_left) & make_nvp("next", next);
  }
};

// Anybody to voter: tell me now, and whenever it changes for a while, who has this lock.
struct watch {
  lock_name lock;

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock);
  }
};

// Voter to who watches. Greater versions are newer.
struct sighting {
  lock_name lock;
  std::uint64_t version = 0;
  node_id node{};  // to which it is lent; 0: to nobody
  boot_id boot{};
  request_id request{};
  core::ballot ballot{};

  template <class Archive>
  void serialize(Archive& archive, unsigned /*version*/) {
    archive& make_nvp("lock", lock) & make_nvp("version", version) & make_nvp("node", node) &
        make_nvp("boot", boot) & make_nvp("request", request) & make_nvp("ballot", ballot);
  }
};

}  // namespace conclave::core
