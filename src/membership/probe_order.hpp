// In which order a node probes the others: each once a round, in an order drawn anew each round.
#pragma once

#include "base/digest.hpp"
#include "base/random.hpp"

#include <cstddef>

namespace conclave::core {

// SWIM (Das, Gupta, Motivala 2002, section 4.3) shuffles a list of all members each round, so that
// the time until a crash is noticed has a bound. A shuffled list is another array as long as the
// table; instead a round steps through the places with a random start and a random stride that has
// no divisor in common with their number, which visits each exactly once and needs four words.
//
// Places change while a round runs: one that joins is met in the next round at the latest, and one
// that is moved by another's death may have to wait for it too. So the bound is two rounds. When
// half of a round's places are gone, or a quarter more have come, a new one begins: who starts
// among thousands knows a few at first, and a round of those would last for minutes.
class probe_order {
 public:
  // The next place in [1, live). Needs live of at least 2; place 0 is the node itself.
  std::size_t next(std::size_t live, random_source& random);

  void add_to(digest& sum) const { sum.add_all(others_, stride_, at_, left_); }

 private:
  void start_round(std::size_t others, random_source& random);

  std::size_t others_ = 0;  // of this round
  std::size_t stride_ = 0;
  std::size_t at_ = 0;
  std::size_t left_ = 0;  // of this round
};

}  // namespace conclave::core
