// A partition test for the service: no customer is charged twice, whatever the network does.
#include "ledger.hpp"
#include "service.hpp"
#include "wrong_service.hpp"

#include <conclave/sim/explore.hpp>
#include <conclave/sim/sleep.hpp>
#include <conclave/sim/timer.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

namespace {

using namespace std::chrono_literals;
using conclave::sim::world;
using service = std::function<boost::asio::awaitable<void>(conclave::node&, billing::ledger&)>;

const service right = billing::charge_customers<conclave::sim::timer>;
const service wrong = billing::charge_customers_without_token<conclave::sim::timer>;

// Most questions to the database are quick; some hang in a connection for seconds.
boost::asio::awaitable<void> travel(world& around) {
  const bool hangs = around.draw_below(20) == 0;
  return conclave::sim::sleep_for(hangs ? around.draw(1s, 5s) : around.draw(1ms, 50ms));
}

void charge_through_a_partition(world& around, const service& run) {
  billing::ledger_in_memory books(around.get_executor(), 40, [&] { return travel(around); });
  const auto nodes = around.add_nodes(5);
  for (const auto& each : nodes) {
    around.spawn(each, [&](conclave::node& node) { return run(node, books); });
  }
  around.clock(nodes[0]).rate(1.004);
  around.at(2s, [&] { around.partition({0, 1}, {2, 3, 4}); });
  around.at(12s, [&] { around.heal(); });
  around.at(14s, [&] { around.crash(nodes[2]); });
  around.at(16s, [&] { around.restart(nodes[2]); });
  around.run_until([&] { return books.all_charged(); }, 120s);
  around.require(books.all_charged(), "a customer was not charged");
  around.require(!books.charged_twice(), "a customer was charged twice");
  around.shut_down();
}

TEST(billing, charges_nobody_twice) {
  conclave::sim::explore({.seeds = 50},
                         [](world& around) { charge_through_a_partition(around, right); });
}

TEST(billing, is_found_out_when_it_writes_without_its_token) {
  const auto found = conclave::sim::find_broken_run(
      {.seeds = 200}, [](world& around) { charge_through_a_partition(around, wrong); });
  ASSERT_TRUE(found) << "no seed shows the mistake";
  EXPECT_NE(std::string(found->what()).find("charged twice"), std::string::npos) << found->what();
}

}  // namespace
