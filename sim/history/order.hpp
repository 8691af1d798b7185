// Whether the acquisitions of one lock have an order that agrees with their times, with what
// excludes what, and with their tokens: the search for a linearisation.
//
// With a token for each, the order is given, and one pass decides. Without any, the certain parts
// decide (overlaps.hpp). Only where some have tokens and some have none there is a choice; the
// search for it is that of Wing and Gong (1993) with the memory of Lowe (2017).
#pragma once

#include "sim/history/order_state.hpp"
#include "sim/history/violation.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace conclave::histories {

enum class fit : std::uint8_t { yes, no, undecided };

// All acquisitions and further tokens.
[[nodiscard]] std::vector<step> steps_of(const lock_record& record);

// For steps with tokens, sorted by these. The first that does not fit; their number if all do.
[[nodiscard]] std::size_t first_misfit(std::vector<step>& sorted);

struct search_result {
  fit found = fit::yes;
  std::uint64_t states = 0;  // how many it looked at
  // When there is no order: the steps that have none, and those of them where it came no further.
  std::vector<step> without_order;
  std::vector<step> around_failure;
};
// For any steps. Looks at no more states than this; then it is undecided.
[[nodiscard]] search_result search_order(std::vector<step> steps, std::uint64_t states_max);

// The check of a whole lock; finds at most one violation, with the fewest steps that show it.
[[nodiscard]] fit check_order(const lock_record& record, std::uint64_t states_max,
                              const wording& words, findings& found);

}  // namespace conclave::histories
