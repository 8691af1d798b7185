// Three instances of a service share two connections to a database that allows no more.
#include <conclave/conclave.hpp>

#include <array>
#include <atomic>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr std::uint32_t connections = 2;
constexpr int workers_each = 2;
constexpr int queries_each = 6;

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"report-1", "report-2", "report-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

// One connection: whoever lost it is refused by its gate, however late it comes.
struct connection {
  conclave::token_gate gate;
  std::atomic<bool> busy = false;
};

struct results {
  std::atomic<int> queries = 0;
  std::atomic<int> clashes = 0;  // two on one connection
};

void work(conclave::node& node, std::array<connection, connections>& all, results& seen) {
  conclave::counting_semaphore permits(node, "database/connections", connections);
  for (int i = 0; i < queries_each; ++i) {
    const conclave::grant permit = permits.acquire();
    connection& mine = all[permit.slot()];
    seen.clashes += mine.busy.exchange(true) ? 1 : 0;
    seen.queries += mine.gate.admit(permit.token()) ? 1 : 0;
    mine.busy = false;
  }  // given back here
}

}  // namespace

int main() {
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (const std::string name : {"report-1", "report-2", "report-3"}) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(std::make_unique<conclave::node>(instance(name, seeds)));
    nodes.back()->join();
  }
  std::array<connection, connections> all;
  results seen;
  std::vector<std::jthread> workers;
  for (const auto& node : nodes) {
    for (int i = 0; i < workers_each; ++i) {
      workers.emplace_back([&] { work(*node, all, seen); });
    }
  }
  workers.clear();  // joins
  std::cout << seen.queries << " queries of 36 over " << connections << " connections, "
            << seen.clashes << " clashes\n";
  return 0;
}
