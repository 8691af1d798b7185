// Money goes from one account to another: both are locked at once, in whatever order they are
// named.
#include <conclave/conclave.hpp>

#include <array>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int transfers_each = 10;

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"bank-1", "bank-2", "bank-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

// What a lock protects: its gate refuses who comes too late.
class account {
 public:
  bool add(conclave::fencing_token token, int amount) {
    return gate_.admit_and(token, [&] { balance_ += amount; });
  }
  [[nodiscard]] int balance() const { return balance_; }

 private:
  conclave::token_gate gate_;
  int balance_ = 100;
};

}  // namespace

int main() {
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (const std::string name : {"bank-1", "bank-2", "bank-3"}) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(std::make_unique<conclave::node>(instance(name, seeds)));
    nodes.back()->join();
  }
  const std::array<std::string, 3> names = {"account/anna", "account/ben", "account/cleo"};
  std::array<account, 3> accounts;
  std::vector<std::jthread> clerks;
  for (std::size_t clerk = 0; clerk < nodes.size(); ++clerk) {
    clerks.emplace_back([&, clerk] {
      // Each goes round the other way than the next: with one lock after the other they would end
      // up waiting for each other.
      for (std::size_t i = 0; i < transfers_each; ++i) {
        const std::size_t from = (clerk + i) % 3;
        const std::size_t to = (clerk + 2 * i + 1) % 3;
        if (from == to) {
          continue;
        }
        const std::vector<conclave::grant> both =
            conclave::lock_all(*nodes[clerk], {names[from], names[to]});
        if (accounts[from].add(both[0].token(), -1)) {
          accounts[to].add(both[1].token(), 1);
        }
      }
    });
  }
  clerks.clear();  // joins
  int sum = 0;
  for (const account& one : accounts) {
    sum += one.balance();
  }
  std::cout << "the accounts hold " << sum << " of 300 together\n";
  return 0;
}
