// Drawing operations.
#include "sim/operations.hpp"

namespace conclave::sim {

operation draw_operation(const options& drawn, core::random_source users, machine_index machine,
                         std::uint32_t slot, std::uint32_t number, true_time now) {
  core::random_source random(core::mix(users.state() ^ std::uint64_t{machine} << 48U ^
                                       std::uint64_t{slot} << 32U ^ std::uint64_t{number}));
  operation one;
  one.machine = machine;
  one.slot = slot;
  one.at = now + random.between(duration(0), drawn.think_max);
  one.lock = static_cast<lock_index>(random.below(drawn.locks));
  one.span = random.below(4) == 0 ? random.between(std::uint64_t{2}, 5) : 1;
  switch (random.below(8)) {
    case 0:
      one.wait = false;
      one.give_up_after = try_patience;
      break;
    case 1:
      one.cancel_after = random.between(duration(0), 2 * drawn.lease_ttl);
      break;
    case 2:
    case 3:
      one.give_up_after = random.between(duration(1), 2 * drawn.lease_ttl);
      break;
    default:
      break;
  }
  one.hold = random.below(16) == 0 ? random.between(duration(0), 3 * drawn.lease_ttl)
                                   : random.between(duration(0), drawn.hold_max);
  one.yields = random.below(2) == 0;
  // Within the span, or far beyond it: then the voters have to be asked.
  one.tokens =
      static_cast<std::uint32_t>(random.below(4) == 0 ? random.below(20) : random.below(one.span));
  if (random.below(16) == 0) {
    one.hold_limit = random.between(duration(1), 2 * one.hold + std::chrono::milliseconds(1));
  }
  if (drawn.readers > 0) {
    one.shares = random.below(8) < drawn.readers;
    one.downgrades = !one.shares && random.below(4) == 0;
    one.tokens = one.shares ? 0 : one.tokens;
  }
  if (drawn.is_semaphore(one.lock)) {
    one.shares = one.downgrades = false;
    one.tokens = 0;
  }
  if (drawn.together > 0 && random.below(8) < drawn.together) {
    const std::uint32_t most = drawn.most_together(one.lock);
    one.count = static_cast<std::uint32_t>(random.between(std::uint64_t{1}, most));
    one.shares = one.shares && one.count == 1;
    one.downgrades = one.downgrades && one.count == 1;
  }
  if (drawn.nested > 0 && one.count == 1 && !drawn.is_semaphore(one.lock) &&
      random.below(8) < drawn.nested) {
    one.nests = static_cast<std::uint32_t>(random.below(drawn.most_together(one.lock)));
    if (one.nests > 0 && random.below(2) == 0) {
      const auto other = static_cast<std::uint32_t>(random.below(drawn.most_together(one.lock)));
      one.nests_too = other == one.nests ? 0 : other;
    }
    one.downgrades = one.downgrades && one.nests == 0;
    one.yields = one.yields && one.nests == 0;
  }
  if (drawn.leased > 0 && random.below(8) < drawn.leased) {
    one.lease = random.between(drawn.lease_ttl / 10, drawn.lease_ttl);
  }
  return one;
}

}  // namespace conclave::sim
