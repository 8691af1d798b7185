// One hold of a lock, with what is certain about its beginning and its end.
//
//        begins                 ends
//     [earliest, latest]     [earliest, latest]
//   ------|-------|===========|-------|-------> time
//                   certain
//
// A history is consistent when each hold can begin and end somewhere in its two intervals so that
// no two exclude each other. Shrinking a hold never harms: so what counts is the certain part,
// which excludes both its ends. A hold without one can shrink to a single instant.
#pragma once

#include "sim/history/operation.hpp"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace conclave::histories {

// Where in time something took effect: both ends may be it.
struct span_of_time {
  moment earliest{};
  moment latest{};
};

struct hold {
  std::uint64_t line = 0;  // of its acquisition
  process_id process{};
  lock_mode mode = lock_mode::exclusive;
  std::uint32_t permits = 1;
  std::uint32_t count = 1;
  std::uint32_t slot = no_slot;
  fencing_token token;
  span_of_time begins;
  span_of_time ends;

  [[nodiscard]] bool has_certain_part() const { return begins.latest < ends.earliest; }
  // Where it can shrink to an instant, when it has no certain part.
  [[nodiscard]] span_of_time instant_in() const {
    return {std::max(begins.earliest, ends.earliest), std::min(begins.latest, ends.latest)};
  }
};

// A token that was given out later, within a hold.
struct further_token {
  std::uint64_t line = 0;
  process_id process{};
  fencing_token token;
  span_of_time given;
  std::size_t within = 0;  // the index of the hold
};

// All that is known of one lock.
struct lock_record {
  lock_id lock{};
  std::vector<hold> holds;
  std::vector<further_token> further_tokens;
};

}  // namespace conclave::histories
