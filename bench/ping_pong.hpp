// The yardstick: one small datagram there and back, with Boost.Asio, between two processes.
#pragma once

#include "processes.hpp"
#include "summary.hpp"

#include <vector>

namespace conclave::bench {

[[nodiscard]] std::vector<sample> ping_pong(placement where, std::size_t rounds);

}  // namespace conclave::bench
