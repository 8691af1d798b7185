// The smallest user of a simulated world: one holder is cut off, another gets the lock.
#include <conclave/conclave.hpp>
#include <conclave/sim/explore.hpp>
#include <conclave/sim/sleep.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <iostream>

int main() {
  using namespace std::chrono_literals;
  conclave::sim::explore({.seeds = 5}, [](conclave::sim::world& world) {
    int grants = 0;
    const auto hold = [&](conclave::node& node) -> boost::asio::awaitable<void> {
      conclave::mutex orders(node, "orders/42");
      const conclave::grant held = co_await orders.async_lock(boost::asio::use_awaitable);
      ++grants;
      co_await conclave::sim::sleep_for(1h);
    };
    const auto nodes = world.add_nodes(3);
    world.spawn(nodes[0], hold);
    world.at(1s, [&] { world.isolate(nodes[0]); });
    world.at(2s, [&] { world.spawn(nodes[1], hold); });
    world.run_for(20s);
    world.require(grants == 2, "the lock was not handed over");
    world.shut_down();
  });
  std::cout << "handed over\n";
}
