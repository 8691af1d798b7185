// Which trails came by lately (docs/protocol.md, "Deadlocks"): a datagram that comes twice is
// passed on once. Without it each step would multiply the copies.
#pragma once

#include "base/digest.hpp"
#include "wire/lock_messages.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::core {

class seen_trails {
 public:
  // False when the very same came before. No trail comes to one place twice by itself: it counts
  // its steps. A copy that comes after too many others goes on like a new one.
  [[nodiscard]] bool insert(const hold_chase& one) {
    const auto& [lock, request, waiter, trail] = one;
    const auto& [boot, its_waiter, number, ways, path, earlier, steps] = trail;
    digest sum;
    sum.add_all(request, boot, its_waiter.time, its_waiter.node, its_waiter.request, number, ways,
                path, earlier, std::uint64_t{steps});
    if (seen_.empty()) {
      seen_.resize(places);  // most nodes never see a trail
    }
    std::uint64_t& place = seen_[sum.value() % places];
    if (place == sum.value()) {
      return false;
    }
    place = sum.value();
    return true;
  }

  void add_to(digest& sum) const {
    sum.add(std::uint64_t{seen_.size()});
    for (const std::uint64_t each : seen_) {
      sum.add(each);
    }
  }

 private:
  static constexpr std::size_t places = 256;

  std::vector<std::uint64_t> seen_;  // hashes, each at its own place
};

}  // namespace conclave::core
