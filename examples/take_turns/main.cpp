// Three instances of a service take turns: here in one process, else each in its own.
#include <conclave/conclave.hpp>

#include <atomic>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"billing-1", "billing-2", "billing-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

}  // namespace

int main() {
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (const std::string name : {"billing-1", "billing-2", "billing-3"}) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(std::make_unique<conclave::node>(instance(name, seeds)));
    nodes.back()->join();
  }

  std::atomic<int> inside = 0;
  std::atomic<int> alone = 0;
  std::vector<std::jthread> workers;
  for (const auto& node : nodes) {
    workers.emplace_back([&] {
      conclave::mutex orders(*node, "orders/42");
      for (int i = 0; i < 10; ++i) {
        const std::scoped_lock guard(orders);
        alone += ++inside == 1 ? 1 : 0;  // a real resource would check orders.token()
        --inside;
      }
    });
  }
  workers.clear();  // joins
  std::cout << "one of them at a time: " << alone << " of 30\n";
  return alone == 30 ? 0 : 1;
}
