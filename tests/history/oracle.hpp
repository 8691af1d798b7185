// A checker for tiny histories that tries all orders of all effects, by the letter of what a lock
// is. It shares nothing with the real one but the operations.
#pragma once

#include "sim/history/operation.hpp"

#include <vector>

namespace conclave::histories {

// Of one lock. Lines are unique. No clock error, no writes, nothing from before.
[[nodiscard]] bool some_order_explains(const std::vector<operation>& told);

}  // namespace conclave::histories
