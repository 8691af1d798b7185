// What must not be left when nobody wants anything any more: votes that stay lent, places in
// queues, requests that are still counted, messages that are repeated for ever.
#pragma once

#include "sim/machine.hpp"

#include <string>
#include <vector>

namespace conclave::sim {

// `well`, by machine: those that run and reach each other, and whose users want nothing. Says what
// one of them still keeps; empty: nothing.
[[nodiscard]] std::string leftovers(const std::vector<machine>& machines,
                                    const std::vector<bool>& well);

}  // namespace conclave::sim
