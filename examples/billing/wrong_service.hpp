// The same service with a mistake in it, for the partition test to find: it looks whether it still
// holds the lock, but writes without the token. What is under way when the lock is lost comes too
// late, and nobody refuses it.
#pragma once

#include "ledger.hpp"

#include <conclave/mutex.hpp>
#include <conclave/node.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>

namespace billing {

template <class Timer>
boost::asio::awaitable<void> charge_customers_without_token(conclave::node& node, ledger& books) {
  conclave::mutex billing(node, "billing");
  for (;;) {
    {
      const conclave::grant held = co_await billing.async_lock(boost::asio::use_awaitable);
      for (const std::string& customer : co_await books.due(held.token())) {
        if (!held.valid()) {
          break;
        }
        co_await books.charge_by_hand(customer);
      }
    }
    Timer pause(node.get_executor(), std::chrono::milliseconds(100));
    co_await pause.async_wait(boost::asio::use_awaitable);
  }
}

}  // namespace billing
