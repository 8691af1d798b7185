// Three instances of a service read one configuration side by side; now and then one changes it.
#include <conclave/conclave.hpp>

#include <atomic>
#include <barrier>
#include <iostream>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int instances = 3;
constexpr int reads_each = 10;
constexpr int changes = 5;

// What the lock protects: two numbers that belong together. The gate refuses who comes too late.
class configuration {
 public:
  bool change(conclave::fencing_token token, int limit) {
    return gate_.admit_and(token, [&] {
      limit_ = limit;
      burst_ = 2 * limit;
    });
  }
  // False when the token is refused: somebody has changed it since.
  bool read(conclave::fencing_token token, int& limit, int& burst) {
    return gate_.admit_shared_and(token, [&] {
      limit = limit_;
      burst = burst_;
    });
  }

 private:
  conclave::shared_token_gate gate_;
  int limit_ = 1;
  int burst_ = 2;
};

conclave::config instance(const std::string& name, std::vector<std::string> seeds) {
  conclave::config settings;
  settings.name = name;
  settings.bind = "127.0.0.1:0";
  settings.seeds = std::move(seeds);
  settings.voters = {"shop-1", "shop-2", "shop-3"};
  settings.new_cluster = true;  // only the first time that this cluster ever starts
  return settings;
}

struct results {
  std::atomic<int> together = 0;
  std::atomic<int> whole_reads = 0;
  std::atomic<int> changes = 0;
  std::atomic<bool> late_change = false;
};

void read_often(conclave::node& node, configuration& shared, std::barrier<>& all, results& seen) {
  conclave::shared_mutex access(node, "configuration");
  for (int i = 0; i < reads_each; ++i) {
    const std::shared_lock guard(access);
    if (i == 0) {
      all.arrive_and_wait();  // each has the lock, and waits here for the others to have it too
      ++seen.together;
    }
    int limit = 0;
    int burst = 0;
    const bool done = shared.read(access.token(), limit, burst);
    // It counts while the lock is still held after it.
    seen.whole_reads += done && access.valid() && burst == 2 * limit ? 1 : 0;
  }
}

void change_it(conclave::node& node, configuration& shared, results& seen) {
  conclave::shared_mutex access(node, "configuration");
  conclave::fencing_token first;
  for (int limit = 1; limit <= changes; ++limit) {
    access.lock();
    if (!first) {
      first = access.token();
    }
    const bool changed = shared.change(access.token(), 10 * limit);
    // From here on others read too, and nobody changes it before this one has looked at it.
    access.downgrade();
    int now = 0;
    int burst = 0;
    const bool done = shared.read(access.token(), now, burst);
    seen.changes += changed && done && now == 10 * limit ? 1 : 0;
    access.unlock_shared();
  }
  seen.late_change = shared.change(first, 1);
}

}  // namespace

int main() {
  std::vector<std::unique_ptr<conclave::node>> nodes;
  for (int i = 1; i <= instances; ++i) {
    const auto seeds =
        nodes.empty() ? std::vector<std::string>{} : std::vector{nodes.front()->local_address()};
    nodes.push_back(std::make_unique<conclave::node>(instance("shop-" + std::to_string(i), seeds)));
    nodes.back()->join();
  }
  configuration shared;
  results seen;
  std::barrier all(instances + 1);  // the readers, and this thread
  std::vector<std::jthread> threads;
  for (const auto& node : nodes) {
    threads.emplace_back([&] { read_often(*node, shared, all, seen); });
  }
  all.arrive_and_wait();
  threads.emplace_back([&] { change_it(*nodes.front(), shared, seen); });
  threads.clear();  // joins
  std::cout << seen.together << " read together, " << seen.whole_reads << " of "
            << instances * reads_each << " reads were whole, " << seen.changes << " of " << changes
            << " changes were made, a late one was " << (seen.late_change ? "made" : "refused")
            << '\n';
  return 0;
}
