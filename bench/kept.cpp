// Lock and unlock on a hold that the node keeps, against std::mutex in the same run.
#include "kept.hpp"

#include <conclave/conclave.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// Three voters in this process, each with a thread of its own.
std::vector<std::unique_ptr<node>> start_nodes() {
  const std::vector<std::string> names = {"kept-0", "kept-1", "kept-2"};
  std::vector<std::unique_ptr<node>> nodes;
  for (const std::string& name : names) {
    config settings;
    settings.name = name;
    settings.bind = "127.0.0.1:0";
    settings.voters = names;
    settings.new_cluster = true;
    if (!nodes.empty()) {
      settings.seeds = {nodes.front()->local_address()};
    }
    nodes.push_back(std::make_unique<node>(settings));
    nodes.back()->join(10s);
  }
  return nodes;
}

// Nanoseconds for one lock and unlock when so many threads do nothing else for a while.
template <class Mutex>
double pair_ns(Mutex& one, std::size_t threads, clock::duration length) {
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> pairs = 0;
  std::uint64_t guarded = 0;
  std::vector<std::thread> all;
  const auto began = clock::now();
  for (std::size_t i = 0; i < threads; ++i) {
    all.emplace_back([&] {
      std::uint64_t mine = 0;
      while (!stop.load(std::memory_order_relaxed)) {
        for (int pair = 0; pair < 16; ++pair) {
          one.lock();
          ++guarded;
          one.unlock();
        }
        mine += 16;
      }
      pairs += mine;
    });
  }
  std::this_thread::sleep_for(length);
  stop = true;
  for (std::thread& each : all) {
    each.join();
  }
  const std::chrono::duration<double, std::nano> took = clock::now() - began;
  return took.count() / static_cast<double>(pairs.load());
}

// The two by turns, so that what the machine does beside it meets both; the medians.
void compare(summary& to, const std::string& name, const std::string& std_name, mutex& kept,
             std::size_t threads) {
  constexpr std::size_t turns = 9;
  std::array<double, turns> ours{};
  std::array<double, turns> theirs{};
  std::mutex plain;
  for (std::size_t i = 0; i < turns; ++i) {
    theirs[i] = pair_ns(plain, threads, 100ms);
    ours[i] = pair_ns(kept, threads, 100ms);
  }
  std::ranges::nth_element(ours, ours.begin() + turns / 2);
  std::ranges::nth_element(theirs, theirs.begin() + turns / 2);
  to.add(std_name + "_ns", theirs[turns / 2], "ns");
  to.add(name + "_ns", ours[turns / 2], "ns");
  to.add_ratio(name + "_over_std_mutex", name + "_ns", std_name + "_ns");
}

}  // namespace

void measure_kept(summary& to) {
  const auto nodes = start_nodes();
  mutex kept(*nodes.front(), "bench/kept");
  kept.lock();
  kept.unlock();
  compare(to, "kept_lock", "std_mutex", kept, 1);
  compare(to, "kept_lock_4_threads", "std_mutex_4_threads", kept, 4);
}

}  // namespace conclave::bench
