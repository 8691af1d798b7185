// The service: each instance charges who is due, one instance at a time.
#pragma once

#include "ledger.hpp"

#include <conclave/mutex.hpp>
#include <conclave/node.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>

namespace billing {

// `Timer` is boost::asio::steady_timer in production and conclave::sim::timer in a simulated world.
template <class Timer>
boost::asio::awaitable<void> charge_customers(conclave::node& node, ledger& books) {
  conclave::mutex billing(node, "billing");
  for (;;) {
    {
      const conclave::grant held = co_await billing.async_lock(boost::asio::use_awaitable);
      for (const std::string& customer : co_await books.due(held.token())) {
        if (!held.valid() || !co_await books.charge(customer, held.token())) {
          break;  // others hold the lock by now
        }
      }
    }
    Timer pause(node.get_executor(), std::chrono::milliseconds(100));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace billing
