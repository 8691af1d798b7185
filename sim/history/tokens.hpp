// What tokens promise by themselves: each is new, they rise with time, and a resource never goes
// back. Holds play no part. O(n log n).
#pragma once

#include "sim/history/violation.hpp"

#include <span>

namespace conclave::histories {

// No token twice; and an acquisition that was called after another had returned has a greater one.
void check_tokens(const lock_record& record, const wording& words, findings& found);

// Writes to one resource that it accepted: one that was called after another had returned shows
// no smaller token.
void check_writes(std::span<const operation> writes, duration clock_error, const wording& words,
                  findings& found);

}  // namespace conclave::histories
