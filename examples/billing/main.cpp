// Three instances of the service, here in one process, charge twelve customers.
#include "ledger.hpp"
#include "service.hpp"

#include <conclave/conclave.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"billing-1", "billing-2", "billing-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

asio::awaitable<void> serve(conclave::node& node, billing::ledger& books) {
  co_await node.async_join(asio::use_awaitable);
  co_await billing::charge_customers<asio::steady_timer>(node, books);
}

asio::awaitable<void> stop_when_all_are_charged(const billing::ledger_in_memory& books,
                                                asio::io_context& context) {
  while (!books.all_charged()) {
    asio::steady_timer pause(context, std::chrono::milliseconds(10));
    co_await pause.async_wait(asio::use_awaitable);
  }
  context.stop();
}

}  // namespace

int main() {
  asio::io_context context;
  billing::ledger_in_memory books(context.get_executor(), 12, [&]() -> asio::awaitable<void> {
    asio::steady_timer travel(context, std::chrono::milliseconds(1));
    co_await travel.async_wait(asio::use_awaitable);
  });
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (const std::string name : {"billing-1", "billing-2", "billing-3"}) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(std::make_unique<conclave::node>(context, instance(name, seeds)));
    asio::co_spawn(context, serve(*nodes.back(), books), asio::detached);
  }
  asio::co_spawn(context, stop_when_all_are_charged(books, context), asio::detached);
  context.run();
  std::cout << "12 customers were charged" << (books.charged_twice() ? ", some twice\n" : "\n");
  return books.charged_twice() ? 1 : 0;
}
