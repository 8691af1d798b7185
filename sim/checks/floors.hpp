// Whether the voters remember how far the tokens of each lock have come: those that could lend
// under the last token again must be too few for a quorum.
#pragma once

#include "sim/machine.hpp"

#include <conclave/fencing_token.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace conclave::sim {

class floors {
 public:
  // For so many voters. One that was never looked at lends nothing.
  void watch(std::size_t voters);
  // This token of the lock was given out; greater than all before it.
  void given(lock_index lock, fencing_token token);
  // Reads what the voter at this position keeps. One that is down, has stopped or abstains lends
  // nothing, whatever it remembers.
  void look(std::size_t voter, const machine& where, const std::vector<std::string>& locks);
  // Says of which lock too many voters have forgotten the last token; empty: of none.
  [[nodiscard]] std::string forgotten(const std::vector<std::string>& locks) const;

 private:
  struct tokens {
    core::ballot last;
    std::vector<core::ballot> kept;  // by voter: nothing at or under it is lent by that one again
  };

  tokens& of(lock_index lock);

  std::size_t voters_ = 0;
  std::vector<tokens> locks_;
};

}  // namespace conclave::sim
