// Why a lock is had or not: what each voter says of it, and in words what follows.
#pragma once

#include <conclave/error.hpp>
#include <conclave/fencing_token.hpp>
#include <conclave/member.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace conclave {

enum class use_mode { exclusive, shared, permit };

// One that has a voter's vote, or waits for it.
struct lock_use {
  std::string node;  // its name, or 16 hexadecimal digits of its id where the name is not known
  std::uint64_t boot = 0;
  std::uint64_t request = 0;  // numbers the requests of one run of a node
  // Its place in the queue: the smallest comes first, then the name's id, then the request.
  std::uint64_t ticket_time = 0;
  fencing_token ballot;  // of the vote: the first token under it; 0: it waits
  use_mode mode = use_mode::exclusive;
  std::uint32_t slot = 0;  // of a permit, from 0 on
  // Until the voter frees the vote if nothing more is heard of that node.
  std::chrono::nanoseconds session_left{0};
};

// What a voter says, and what this node thinks of it.
struct voter_account {
  std::string name;
  bool answered = false;
  bool abstains = false;  // it has started lately and lends nothing yet
  // That this node's session there lasts by the voter's own word; 0: there is none.
  std::chrono::nanoseconds session_left{0};
  // 16 of each at most.
  std::vector<lock_use> lent;
  std::vector<lock_use> queue;
  std::size_t lent_count = 0;  // with those that are left out
  std::size_t queue_count = 0;
  std::uint32_t permits = 0;  // of the semaphore; 0: it is none
  fencing_token floor;        // no token at or under it is lent again
  // Why this node does not count its votes: lease_too_long, roster_mismatch or clocks_disagree.
  std::optional<errc> excluded;
  std::optional<clock_rate> clock;  // against this node's own, where it was measured
};

enum class request_state { queued, asking, holding, kept };

// A request of this node for the lock.
struct lock_request_account {
  std::uint64_t request = 0;
  request_state state = request_state::queued;
  fencing_token token;                    // while it is held: the last one given out
  std::chrono::nanoseconds remaining{0};  // while it is held
  std::vector<std::string> votes;         // voters whose vote it has, as this node knows
};

struct lock_explanation {
  std::string lock;
  std::string node;        // that explains
  std::size_t quorum = 0;  // so many votes alike are needed; 0: this node knows of no voters
  std::vector<lock_request_account> here;
  std::vector<voter_account> voters;
  std::string why;  // one or more sentences
};

// A lock that is in use, by what the voters say.
struct lock_listing {
  std::string lock;
  // Of the nodes to which most voters lend it, one; empty: nobody has a vote.
  std::string holder = {};
  fencing_token token = {};  // the first one under that ballot
  std::size_t votes = 0;     // that say so
  std::size_t waiting = 0;   // the most that any voter has in its queue
};

// For people: several lines, without a line end at the last.
[[nodiscard]] std::string to_string(const lock_explanation& explained);
[[nodiscard]] const char* to_string(use_mode mode) noexcept;
[[nodiscard]] const char* to_string(request_state state) noexcept;

}  // namespace conclave
