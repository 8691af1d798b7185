// The lines that docs/simulator.md shows for each fault, as they stand there.
#include "service.hpp"

#include <boost/asio/detached.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

using faults = std::vector<std::function<void()>>;

faults of_machines(world& around, const std::vector<host>& n) {
  return {
      [&] {
        around.crash(n[1]);
        around.after(2s, [&] { around.restart(n[1], stored::lost); });
      },
      [&] {
        around.crash(n[1]);
        around.after(2s, [&] { around.restart(n[1], stored::kept); });
      },
      [&] {
        n[3].node().async_leave(asio::detached);
        around.after(2s, [&] {
          around.crash(n[3]);
          around.restart(n[3]);
        });
      },
      [&] {
        for (const host& each : n) {
          around.crash(each);
        }
        around.after(2s, [&] {
          for (const host& each : n) {
            around.restart(each);
          }
        });
      },
      [&] {
        around.pause(n[1]);
        around.after(3s, [&] { around.resume(n[1]); });
      },
      [&] {
        around.suspend(n[1]);
        around.after(3s, [&] { around.resume(n[1]); });
      },
      [&] { around.slow(n[1], {.handler_takes = 5ms}); },
      [&] { around.slow(n[1], {.timers_late_max = 80ms}); },
      [&] { around.slow(n[1], {}); },
  };
}

faults of_the_network(world& around, const std::vector<host>& n) {
  return {
      [&] {
        around.partition({{0, 1}, {2}, {3, 4}});
      },
      [&] { around.isolate(n[2]); },
      [&] {
        around.cut({0}, {1, 2});
      },
      [&] {
        around.partition({0, 1}, {3, 4});
      },
      [&] {
        around.ring({0, 3, 1, 4, 2});
      },
      [&] {
        around.alternate(
            500ms, 20s,
            [&] {
              around.partition({0}, {1, 2});
            },
            [&] { around.heal(); });
      },
      [&] {
        around.swizzle({0, 1, 2}, 1s);
      },
      [&] { around.jam(n[0], 1min); },
      [&] { around.jam({0}, {1}, 1min); },
      [&] { around.bandwidth(n[0], 4'000); },
      [&] { around.bandwidth(n[0], 0); },
      [&] {
        around.network({.delay_max = 80ms,
                        .shape = delay_shape::long_tailed,
                        .lost = 0.2,
                        .duplicated = 0.1,
                        .damaged = 0.05,
                        .late = 0.1});
      },
      [&] { around.network({0}, {1}, {.delay_min = 40ms, .delay_max = 60ms, .lost = 0.2}); },
      [&] {
        around.alternate(
            1s, 20s, [&] { around.network({0}, {1}, {.lost = 1}); },
            [&] { around.network({0}, {1}, {}); });
      },
  };
}

faults of_clocks(world& around, const std::vector<host>& n) {
  return {
      [&] { around.clock(n[1]).rate(1.004); },
      [&] {
        around.alternate(
            1s, 20s, [&] { around.clock(n[1]).rate(1.004); },
            [&] { around.clock(n[1]).rate(0.996); });
      },
      [&] { around.clock(n[3]).wall_ahead(-2s); },
      [&] {
        around.alternate(
            10ms, 5s, [&] { around.clock(n[1]).wall_ahead(1s); },
            [&] { around.clock(n[1]).wall_ahead(0s); });
      },
  };
}

faults aimed(world& around, const std::vector<host>& n) {
  return {
      [&] {
        for (const host& each : around.holders("orders")) {
          around.isolate(each);
        }
      },
      [&] {
        const auto voters = around.voters("orders");
        if (!voters.empty()) {
          around.pause(voters.front());
          around.after(5s, [&] {
            for (const host& each : n) {
              around.resume(each);
            }
          });
        }
      },
  };
}

// Works, whatever becomes of the node.
asio::awaitable<void> keep_trying(conclave::node& node, tally& done) {
  for (;;) {
    try {
      co_await take_turns(node, done, 100ms);
    } catch (const boost::system::system_error&) {
    }
    co_await sleep_for(100ms);
  }
}

using documented = faults (*)(world& around, const std::vector<host>& n);

class documented_faults : public ::testing::TestWithParam<documented> {};

TEST_P(documented_faults, break_no_promise_and_can_be_ended) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    world around(seed);
    const std::vector<host> n = around.add_nodes(5, {.voters = 3});
    tally done;
    for (const host& each : n) {
      around.spawn(each, [&](conclave::node& node) { return keep_trying(node, done); });
    }
    around.run_for(2s);
    for (const auto& fault : GetParam()(around, n)) {
      fault();
      around.run_for(25s);
      around.heal();
      around.network({});
      around.run_for(10s);
    }
    done = {};
    around.run_for(10s);
    EXPECT_GT(done.grants, 20);
  }
}

INSTANTIATE_TEST_SUITE_P(of_each_kind, documented_faults,
                         ::testing::Values(&of_machines, &of_the_network, &of_clocks, &aimed));

}  // namespace

}  // namespace conclave::sim
