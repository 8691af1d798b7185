// The Lamport clock of one node (Lamport 1978; docs/protocol.md, "Restart").
#pragma once

#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <cstdint>

namespace conclave::core {

// 63 bits, so that a token fits a signed 64-bit column.
inline constexpr std::uint64_t lamport_max = INT64_MAX;

// What is above belongs to this node's own requests and tokens: no peer can use it up.
inline constexpr std::uint64_t lamport_heard_max = lamport_max - (std::uint64_t{1} << 53);

class lamport_clock {
 public:
  // Starts at the wall clock, in nanoseconds since 1970. The wall clock is taken once: from then on
  // it is reckoned with the node's own clock, so that setting it later changes nothing.
  lamport_clock(std::uint64_t wall_ns, instant started, duration jump_max)
      : time_{std::min(std::max<std::uint64_t>(wall_ns, 1), lamport_max)},
        wall_ns_(time_.value),
        started_(started),
        jump_max_ns_(static_cast<std::uint64_t>(jump_max.count())) {}

  [[nodiscard]] lamport_time time() const { return time_; }

  lamport_time tick() {
    observe(time_.next());
    return time_;
  }

  // False for a time so far ahead of the wall clock that following it would let one peer use the
  // counter up. Against the wall clock alone: this clock is where peers have moved it, and one that
  // stays just within the bound could move it again and again.
  [[nodiscard]] bool admits(lamport_time heard, instant now) const {
    const std::uint64_t wall = wall_ns_ + static_cast<std::uint64_t>((now - started_).count());
    return heard.value <= lamport_heard_max && heard.value <= wall + jump_max_ns_;
  }

  // Only for times that admits() let in, or that this node made itself.
  void observe(lamport_time heard) {
    check(heard.value <= lamport_max, "Lamport time fits 63 bits", heard.value);
    time_ = std::max(time_, heard);
  }

  void add_to(digest& sum) const { sum.add_all(time_, wall_ns_, started_, jump_max_ns_); }

 private:
  lamport_time time_;
  std::uint64_t wall_ns_;
  instant started_;
  std::uint64_t jump_max_ns_;
};

}  // namespace conclave::core
