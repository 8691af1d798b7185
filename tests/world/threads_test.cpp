// A world belongs to one thread: others are turned away, and the run fails.
#include "service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

// True when it threw std::logic_error on a thread of its own.
bool refused_elsewhere(const std::function<void()>& what) {
  bool refused = false;
  std::thread other([&] {
    try {
      what();
    } catch (const std::logic_error&) {
      refused = true;
    }
  });
  other.join();
  return refused;
}

TEST(another_thread, may_not_post_into_a_world) {
  world around(1);
  const host node = around.add_nodes(1).front();
  const asio::any_io_executor executor = node.get_executor();
  EXPECT_TRUE(refused_elsewhere([&] { asio::post(executor, [] {}); }));
  EXPECT_THROW(around.run_for(1s), broken_run);
}

TEST(another_thread, may_not_run_a_world_or_use_its_verbs) {
  world around(1);
  const host node = around.add_nodes(1).front();
  for (const auto& verb : std::vector<std::function<void()>>{
           [&] { around.run_for(1s); }, [&] { around.at(1s, [] {}); }, [&] { around.crash(node); },
           [&] { around.heal(); }, [&] { around.partition({0}, {0}); },
           [&] { around.arm("somewhere"); }, [&] { around.clock(node).rate(1); },
           [&] { around.add_nodes(1); }, [&] { static_cast<void>(node.node()); }}) {
    EXPECT_TRUE(refused_elsewhere(verb));
  }
}

TEST(another_thread, that_asks_a_node_makes_the_run_fail) {
  world around(1);
  const host node = around.add_nodes(1).front();
  conclave::node& inside = node.node();
  std::thread([&] { inside.set_metadata("from elsewhere"); }).join();
  EXPECT_THROW(around.run_for(1s), broken_run);
}

TEST(a_thread_pool, cannot_come_back_into_a_world) {
  world around(1);
  const host node = around.add_nodes(1).front();
  asio::thread_pool pool(1);
  std::promise<void> stands;  // the world, between two runs
  std::promise<bool> refused;
  const auto service = [&]() -> asio::awaitable<void> {
    const asio::any_io_executor home = node.get_executor();
    asio::post(pool, [&, home] {
      stands.get_future().wait();
      try {
        asio::post(home, [] {});
        refused.set_value(false);
      } catch (const std::logic_error&) {
        refused.set_value(true);
      }
    });
    co_return;
  };
  around.spawn(node, service());
  around.run_for(1s);
  stands.set_value();
  EXPECT_TRUE(refused.get_future().get());
  EXPECT_THROW(around.run_for(1s), broken_run);
  pool.join();
}

TEST(two_worlds, may_run_on_two_threads) {
  const auto digest = [] {
    world around(1);
    tally done;
    const host node = around.add_nodes(1).front();
    around.spawn(node, take_turns(node, done, 10ms));
    around.run_for(1s);
    return around.digest();
  };
  std::uint64_t elsewhere = 0;
  std::thread other([&] { elsewhere = digest(); });
  const std::uint64_t here = digest();
  other.join();
  EXPECT_EQ(here, elsewhere);
}

}  // namespace

}  // namespace conclave::sim
