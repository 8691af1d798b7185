// A test stops a process at a point in its code that has a name.
#include "service.hpp"

#include <gtest/gtest.h>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

class at_a_barrier : public ::testing::Test {
 protected:
  world around{1};
  std::vector<host> nodes = around.add_nodes(3);
  std::vector<std::string> written;
  std::vector<bool> was_valid;

  asio::awaitable<void> write_once(conclave::node& node) {
    conclave::mutex orders(node, "orders");
    const grant held = co_await orders.async_lock(asio::use_awaitable);
    co_await around.barrier("before the write");
    was_valid.push_back(held.valid());
    written.push_back(node.self().name);
  }
};

TEST_F(at_a_barrier, nobody_stops_unless_it_is_armed) {
  around.spawn(nodes[0], write_once(nodes[0]));
  around.run_for(2s);
  EXPECT_EQ(written.size(), 1U);
}

TEST_F(at_a_barrier, the_whole_process_stands_still_until_it_is_released) {
  around.arm("before the write");
  around.spawn(nodes[0], write_once(nodes[0]));
  around.run_for(2s);
  EXPECT_TRUE(around.stopped_at("before the write"));
  around.spawn(nodes[1], write_once(nodes[1]));
  around.run_for(20s);
  EXPECT_EQ(written, std::vector<std::string>{"node-1"}) << "its lease has ended meanwhile";
  around.release("before the write");
  EXPECT_FALSE(around.stopped_at("before the write"));
  around.run_for(1s);
  EXPECT_EQ(written, (std::vector<std::string>{"node-1", "node-0"}));
  EXPECT_EQ(was_valid, (std::vector<bool>{true, false}));
}

TEST_F(at_a_barrier, only_the_process_stops_that_is_meant) {
  around.arm("before the write", nodes[1]);
  around.spawn(nodes[0], write_once(nodes[0]));
  around.run_for(2s);
  EXPECT_EQ(written.size(), 1U);
  around.spawn(nodes[1], write_once(nodes[1]));
  around.run_for(2s);
  EXPECT_TRUE(around.stopped_at("before the write"));
}

TEST_F(at_a_barrier, a_process_can_crash_and_come_again) {
  around.arm("before the write");
  around.spawn(nodes[0], [this](conclave::node& node) { return write_once(node); });
  around.run_for(2s);
  around.crash(nodes[0]);
  EXPECT_FALSE(around.stopped_at("before the write"));
  around.release("before the write");
  around.restart(nodes[0]);
  around.run_for(20s);
  EXPECT_EQ(written.size(), 1U);
}

TEST_F(at_a_barrier, resume_lets_a_process_go_on_too) {
  around.arm("before the write");
  around.spawn(nodes[0], write_once(nodes[0]));
  around.run_for(2s);
  around.resume(nodes[0]);
  EXPECT_FALSE(around.stopped_at("before the write"));
  around.run_for(2s);
  EXPECT_EQ(written.size(), 1U);
}

TEST_F(at_a_barrier, wrong_use_is_refused_in_words) {
  EXPECT_THROW(around.release("nowhere"), std::logic_error);
  around.arm("before the write");
  around.spawn(nodes[0], write_once(nodes[0]));
  around.run_for(2s);
  EXPECT_THROW(around.arm("before the write"), std::logic_error);
}

}  // namespace

}  // namespace conclave::sim
