// A little service for worlds: coroutines that work under a lock, and a tally of what they did.
#pragma once

#include <conclave/conclave.hpp>
#include <conclave/sim/sleep.hpp>
#include <conclave/sim/world.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace conclave::sim {

struct tally {
  int grants = 0;
  std::vector<std::string> order;  // names of the nodes
};

// Locks, works for a while, unlocks, over and over.
inline boost::asio::awaitable<void> take_turns(conclave::node& node, tally& done,
                                               std::chrono::nanoseconds work) {
  conclave::mutex orders(node, "orders");
  for (;;) {
    {
      const grant held = co_await orders.async_lock(boost::asio::use_awaitable);
      ++done.grants;
      done.order.push_back(node.self().name);
      co_await sleep_for(work);
    }
    co_await sleep_for(work);
  }
}

// Locks and never gives back. It says so.
inline boost::asio::awaitable<void> hold_for_ever(conclave::node& node, tally& done,
                                                  lock_options options = {}) {
  conclave::mutex orders(node, "orders", options);
  const grant held = co_await orders.async_lock(boost::asio::use_awaitable);
  ++done.grants;
  done.order.push_back(node.self().name);
  co_await sleep_for(std::chrono::hours(24));
}

}  // namespace conclave::sim
