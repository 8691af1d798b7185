// Sleeping in a simulated world.
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>

namespace conclave::sim {

// By the clock of the machine that the calling coroutine runs on. Can be cancelled, as
// timer::async_wait.
[[nodiscard]] boost::asio::awaitable<void> sleep_for(std::chrono::nanoseconds time);

}  // namespace conclave::sim
