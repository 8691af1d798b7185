// Losing a lock: the holder knows from its own clock, and is told.
#include "cluster.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>

namespace conclave::test {

namespace {

namespace asio = boost::asio;

void one_second_leases(config& settings) {
  settings.lease_ttl = 1s;
}

// Promise 3, and protocol 10, 16.
TEST(loss, a_holder_without_voters_loses_the_lock_and_is_told) {
  cluster nodes(3, one_second_leases);
  conclave::mutex orders(nodes[0], "orders");
  orders.lock();
  std::promise<loss_reason> told;
  grant other = conclave::mutex(nodes[0], "other").async_lock(asio::use_future).get();
  const std::stop_callback on_loss(other.stop_token(), [&] { told.set_value(other.reason()); });
  nodes.stop(1);
  nodes.stop(2);
  EXPECT_EQ(told.get_future().get(), loss_reason::no_quorum);
  EXPECT_FALSE(other.valid());
  EXPECT_EQ(other.remaining(), 0ns);
  EXPECT_TRUE(other) << "it is the owner's until it is released";
  EXPECT_EQ(other.release(), errc::lock_lost);
  EXPECT_FALSE(other);
  EXPECT_FALSE(other.release()) << "once is enough";
  EXPECT_EQ(other.reason(), loss_reason::no_quorum) << "can be asked for afterwards";

  EXPECT_TRUE(eventually([&] { return orders.stop_token().stop_requested(); }));
  EXPECT_FALSE(orders.valid());
  EXPECT_EQ(orders.reason(), loss_reason::no_quorum);
  EXPECT_EQ(orders.release(), errc::lock_lost);
  EXPECT_EQ(nodes[0].counters().locks_lost, 2U);
  EXPECT_EQ(nodes[0].counters().locks_held, 0U);
}

TEST(loss, a_release_in_time_is_no_loss) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders");
  orders.lock();
  const std::stop_token stop = orders.stop_token();
  EXPECT_FALSE(orders.release());
  EXPECT_FALSE(stop.stop_requested());
  EXPECT_EQ(nodes[0].counters().locks_lost, 0U);
}

TEST(loss, a_hold_stands_much_longer_than_one_lease_while_voters_answer) {
  cluster nodes(3, one_second_leases);
  conclave::mutex orders(nodes[0], "orders");
  const std::scoped_lock guard(orders);
  auto least = orders.remaining();
  int renewals = 0;
  EXPECT_TRUE(eventually([&] {
    const auto now = orders.remaining();
    renewals += now > least ? 1 : 0;
    least = now;
    return renewals == 6 || !orders.valid();
  }));
  EXPECT_TRUE(orders.valid());
}

// A node whose executor stands still: validity is a matter of the clock, not of a timer.
class stuck_node : public testing::Test {
 protected:
  stuck_node() : voters_(3, &no_gossip) {
    stuck_.emplace(context_, voters_.settings("stuck"));
    stuck_->async_join([&](boost::system::error_code error) { joined_ = !error; });
    conclave::mutex orders(*stuck_, "orders");
    step_until([&] { return joined_; });
    orders.async_lock([&](boost::system::error_code, grant held) { held_ = std::move(held); });
    step_until([&] { return static_cast<bool>(held_); });
    // All voters have lent: it has a session with each.
    step_until([&] { return votes() == voters_.size(); });
  }
  ~stuck_node() override { stuck_.reset(); }

  [[nodiscard]] std::uint64_t votes() {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < voters_.size(); ++i) {
      sum += voters_[i].counters().votes_lent;
    }
    return sum;
  }
  template <class Condition>
  void step_until(Condition condition) {
    while (!condition()) {
      context_.run_one();
    }
  }
  // Once joined, the frames are those of its locks and no others.
  static void no_gossip(config& settings) {
    settings.lease_ttl = lease;
    settings.membership.probe_interval = 1h;
    settings.membership.gossip_interval = 1h;
  }

  static constexpr std::chrono::seconds lease{2};

  cluster voters_;
  asio::io_context context_;
  std::optional<node> stuck_;
  bool joined_ = false;
  grant held_;
};

TEST_F(stuck_node, is_not_valid_from_the_deadline_on) {
  EXPECT_TRUE(held_.valid());
  EXPECT_TRUE(eventually([&] { return held_.remaining() == 0ns; }));
  EXPECT_FALSE(held_.valid());
  EXPECT_EQ(held_.reason(), loss_reason::expired) << "known at once, without the executor";
  EXPECT_EQ(held_.release(), errc::lock_lost);
}

TEST_F(stuck_node, leaves_the_lock_to_others_after_its_lease) {
  conclave::mutex orders(voters_[0], "orders");
  EXPECT_TRUE(orders.try_lock_for(patience));
  EXPECT_FALSE(held_.valid());
  EXPECT_GT(orders.token(), held_.token());
  orders.unlock();
}

// What has come before the timer counts as heard before it: nobody is asked twice who has answered.
TEST_F(stuck_node, hears_what_has_come_before_it_does_what_time_made_due) {
  conclave::mutex(*stuck_, "other").async_lock([](boost::system::error_code, const grant&) {});
  EXPECT_TRUE(eventually([&] { return votes() == 2 * voters_.size(); }));
  // The answers lie in the socket. Long after the link would have repeated its question:
  const auto later = std::chrono::steady_clock::now() + 500ms;
  EXPECT_TRUE(eventually([&] { return std::chrono::steady_clock::now() > later; }));
  stuck_->engine()->catch_up();
  EXPECT_EQ(stuck_->counters().locks_held, 2U);
  EXPECT_EQ(stuck_->counters().retransmissions, 0U);
}

TEST(loss, the_older_of_two_processes_with_one_name_gives_up) {
  cluster nodes(3);
  auto first = std::make_unique<node>(nodes.settings("client"));
  first->join(patience);
  conclave::mutex orders(*first, "orders");
  grant held = orders.async_lock(asio::use_future).get();
  node second(nodes.settings("client"));
  second.join(patience);
  EXPECT_TRUE(eventually([&] { return held.stop_token().stop_requested(); }));
  EXPECT_EQ(held.reason(), loss_reason::superseded);
  EXPECT_FALSE(held.valid());
  EXPECT_EQ(held.release(), errc::lock_lost);
  EXPECT_EQ(error_of([&] { orders.lock(); }), errc::superseded);
  conclave::mutex of_second(second, "orders");
  EXPECT_TRUE(of_second.try_lock_for(patience));
  of_second.unlock();
}

}  // namespace

}  // namespace conclave::test
