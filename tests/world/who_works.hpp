// Five nodes that take turns with a lock: who still gets it, after what a test does to them?
#pragma once

#include "service.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace conclave::sim {

class who_works : public ::testing::Test {
 protected:
  world around{1};
  std::vector<host> nodes = around.add_nodes(5);
  tally done;

  void SetUp() override {
    for (const host& each : nodes) {
      around.spawn(each, take_turns(each, done, std::chrono::milliseconds(10)));
    }
    around.run_for(std::chrono::seconds(1));
  }
  // After a lease, so that nothing counts that was had before.
  void settle() {
    around.run_for(std::chrono::seconds(5));
    done = {};
    around.run_for(std::chrono::seconds(5));
  }
  [[nodiscard]] bool works(std::size_t node) const {
    return std::ranges::count(done.order, nodes[node].name()) != 0;
  }
};

// How long a node of three waits for a lock that nobody has, after what `prepare` does.
template <class Prepare>
std::chrono::nanoseconds first_grant(Prepare prepare, std::uint64_t seed = 1) {
  world around(seed);
  const std::vector<host> nodes = around.add_nodes(3);
  around.run_for(std::chrono::seconds(3));
  prepare(around, nodes);
  tally done;
  around.spawn(nodes[0], hold_for_ever(nodes[0], done));
  const auto asked = around.now();
  around.run_until([&] { return done.grants == 1; }, std::chrono::seconds(30));
  return around.now() - asked;
}

}  // namespace conclave::sim
