// Round-robin probing in random order.
#include "membership/probe_order.hpp"

#include "base/check.hpp"

#include <numeric>

namespace conclave::core {

std::size_t probe_order::next(std::size_t live, random_source& random) {
  check(live >= 2, "a probe needs another member");
  const std::size_t others = live - 1;
  if (others < others_ / 2 || others > others_ + others_ / 4) {
    left_ = 0;  // most of this round's places are gone, or many members have none in it
  }
  while (true) {
    if (left_ == 0) {
      start_round(others, random);
    }
    --left_;
    at_ = (at_ + stride_) % others_;
    if (at_ < others) {
      return at_ + 1;
    }
  }
}

void probe_order::start_round(std::size_t others, random_source& random) {
  others_ = others;
  left_ = others;
  at_ = random.below(others);
  // More than a quarter of the numbers under any number below 10^9 are coprime to it, so the limit
  // is never met in practice; a stride of 1 is correct as well.
  for (int tries = 0; tries < 64; ++tries) {
    stride_ = random.between(1, others);
    if (std::gcd(stride_, others) == 1) {
      return;
    }
  }
  stride_ = 1;
}

}  // namespace conclave::core
