// Watches in true time who believes to hold which lock, and whether the tokens rise
// (docs/protocol.md, "Promises": exclusion and fencing).
#pragma once

#include "base/time.hpp"

#include <conclave/fencing_token.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conclave::sim {

struct host_state;

struct belief_key {
  const host_state* host;
  const std::string* lock;
  std::uint64_t request;
  std::optional<std::uint32_t> slot{};  // of a semaphore: which permit
};

class witness {
 public:
  // Both return what is broken, in words; empty when all is well. A belief lasts until its deadline
  // on its own machine's clock, whether or not its process gets to look at that clock.
  [[nodiscard]] std::string granted(const belief_key& who, fencing_token token,
                                    core::instant deadline, bool shared = false);
  [[nodiscard]] std::string extended(const belief_key& who, core::instant deadline);
  void shared(const belief_key& who);  // with others, from now on
  void ended(const belief_key& who);
  // A process that is gone believes nothing.
  void forget(const host_state& host);
  // Who believes now to hold it, each once, in the order of machines.
  [[nodiscard]] std::vector<const host_state*> holders(const std::string& lock) const;
  // A clock runs faster or slower than promised: exclusion rests on that.
  void void_exclusion() { exclusion_void_ = true; }

 private:
  struct held {
    const host_state* host;
    std::uint64_t request;
    fencing_token token;
    core::instant deadline;
    bool shared;

    [[nodiscard]] bool is(const belief_key& who) const {
      return host == who.host && request == who.request;
    }
    [[nodiscard]] bool lasts() const;
  };
  struct lock_state {
    std::vector<held> believed;
    // The greatest so far. Of those that share, the tokens are in no order among each other.
    fencing_token last_token;
    fencing_token last_exclusive;
  };

  [[nodiscard]] static held* find(lock_state& in, const belief_key& who);
  [[nodiscard]] std::string other_believer(lock_state& of, const belief_key& who) const;

  // By the lock's name. Each permit of a semaphore is a lock of its own.
  using lock_key = std::pair<std::string, std::optional<std::uint32_t>>;
  std::map<lock_key, lock_state> locks_;
  bool exclusion_void_ = false;
};

}  // namespace conclave::sim
