// Nodes on the loopback interface, for tests.
#pragma once

#include <conclave/conclave.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace conclave::test {

using namespace std::chrono_literals;

// Long enough for any machine: reached only by a test that fails.
inline constexpr std::chrono::seconds patience{60};

// The state of real threads and sockets has no event to wait for here, so it is asked for.
[[nodiscard]] inline bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

[[nodiscard]] inline config config_of(std::string name, std::vector<std::string> voters,
                                      std::vector<std::string> seeds = {}) {
  config settings;
  settings.name = std::move(name);
  settings.bind = "127.0.0.1:0";
  settings.voters = std::move(voters);
  settings.seeds = std::move(seeds);
  settings.new_cluster = true;
  return settings;
}

// The voters "n0", "n1" ..., each with a thread of its own, joined.
class cluster {
 public:
  using adjust = std::function<void(config&)>;

  explicit cluster(std::size_t count, const adjust& adjusted = {}) : adjusted_(adjusted) {
    for (std::size_t i = 0; i < count; ++i) {
      voters_.push_back("n" + std::to_string(i));
    }
    for (const std::string& name : voters_) {
      nodes_.push_back(std::make_unique<node>(settings(name)));
      nodes_.back()->join(patience);
    }
  }

  // For a further node of this cluster.
  [[nodiscard]] config settings(const std::string& name) const {
    config result = config_of(name, voters_);
    if (adjusted_) {
      adjusted_(result);
    }
    if (!nodes_.empty() && nodes_.front()) {
      result.seeds = {nodes_.front()->local_address()};
    }
    return result;
  }

  [[nodiscard]] node& operator[](std::size_t place) { return *nodes_.at(place); }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] const std::vector<std::string>& voters() const { return voters_; }
  void stop(std::size_t place) { nodes_.at(place).reset(); }

 private:
  adjust adjusted_;
  std::vector<std::string> voters_;
  std::vector<std::unique_ptr<node>> nodes_;
};

// Promises 1 and 2: a counter and its last token are guarded by nothing but these, which are one
// lock. The threads use them by turns.
inline void expect_exclusion(const std::vector<std::unique_ptr<conclave::mutex>>& locks,
                             std::size_t threads, int rounds) {
  std::atomic<int> inside = 0;
  int count = 0;
  fencing_token last;
  std::vector<std::thread> all;
  for (std::size_t i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      conclave::mutex& counter = *locks[i % locks.size()];
      for (int round = 0; round < rounds; ++round) {
        const std::scoped_lock guard(counter);
        EXPECT_EQ(++inside, 1);
        EXPECT_GT(counter.token(), last);
        last = counter.token();
        ++count;
        --inside;
      }
    });
  }
  for (std::thread& one : all) {
    one.join();
  }
  EXPECT_EQ(count, static_cast<int>(threads) * rounds);
}

// The error that `call` throws; none when it throws nothing.
template <class Call>
[[nodiscard]] boost::system::error_code error_of(Call call, std::string* text = nullptr) {
  try {
    call();
  } catch (const boost::system::system_error& error) {
    if (text != nullptr) {
      *text = error.what();
    }
    return error.code();
  }
  return {};
}

}  // namespace conclave::test
