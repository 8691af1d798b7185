// Holds that a node keeps while nobody else wants them, taken by its threads without a message.
#include "cluster.hpp"

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace conclave::test {

namespace {

constexpr lock_options for_long{.keep = 1h};

// The calling thread has it, and the node does not know.
void lock_without_node(conclave::mutex& kept) {
  kept.lock();
  kept.unlock();
  kept.lock();
}

TEST(keeping, the_next_lock_of_the_process_asks_nobody) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders", for_long);
  orders.lock();
  fencing_token last = orders.token();
  orders.unlock();
  const std::uint64_t asked = nodes[0].counters().votes_lent;
  for (int i = 0; i < 1'000; ++i) {
    orders.lock();
    EXPECT_TRUE(orders.valid());
    EXPECT_GT(orders.remaining(), 0ns);
    EXPECT_EQ(orders.token().value(), last.value() + 1);
    last = orders.token();
    EXPECT_FALSE(orders.release());
  }
  EXPECT_EQ(nodes[0].counters().votes_lent, asked);
}

TEST(keeping, another_node_gets_what_nobody_uses) {
  cluster nodes(3);
  fencing_token last;
  for (std::size_t turn = 0; turn < 12; ++turn) {
    conclave::mutex orders(nodes[turn % 3], "orders", for_long);
    const std::scoped_lock guard(orders);
    EXPECT_GT(orders.token(), last);
    last = orders.token();
  }
}

TEST(keeping, who_tries_without_waiting_gets_it_too) {
  cluster nodes(3);
  for (std::size_t turn = 0; turn < 6; ++turn) {
    conclave::mutex orders(nodes[turn % 3], "orders", for_long);
    ASSERT_TRUE(orders.try_lock()) << turn;
    conclave::mutex others(nodes[(turn + 1) % 3], "orders", for_long);
    EXPECT_FALSE(others.try_lock()) << "it is in use";
    orders.unlock();
  }
}

TEST(keeping, what_a_thread_took_by_itself_is_given_up_at_its_unlock) {
  cluster nodes(3);
  conclave::mutex here(nodes[0], "orders", for_long);
  lock_without_node(here);
  const fencing_token mine = here.token();
  std::atomic<bool> had = false;
  std::thread there([&] {
    conclave::mutex other(nodes[1], "orders", for_long);
    const std::scoped_lock guard(other);
    EXPECT_GT(other.token(), mine);
    had = true;
  });
  std::this_thread::sleep_for(50ms);
  EXPECT_FALSE(had);
  EXPECT_TRUE(here.valid());
  here.unlock();
  there.join();
}

// Between threads that need no node and nodes that want it all the time.
TEST(keeping, threads_and_nodes_exclude_one_another) {
  cluster nodes(3);
  std::vector<std::unique_ptr<conclave::mutex>> locks;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    locks.push_back(std::make_unique<conclave::mutex>(nodes[i], "counter", for_long));
  }
  expect_exclusion(locks, 6, 400);
}

TEST(keeping, tokens_are_asked_for_anew_when_they_are_used_up) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders", for_long);
  fencing_token last;
  for (int i = 0; i < 40'000; ++i) {
    orders.lock();
    ASSERT_GT(orders.token(), last);
    last = orders.token();
    orders.unlock();
  }
}

TEST(keeping, who_took_it_without_its_node_hears_of_its_loss) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders", for_long);
  lock_without_node(orders);
  const std::stop_token stop = orders.stop_token();
  EXPECT_EQ(orders.reason(), loss_reason::none);
  EXPECT_TRUE(orders.valid());
  nodes.stop(0);
  EXPECT_TRUE(eventually([&] { return stop.stop_requested(); }));
  EXPECT_EQ(orders.reason(), loss_reason::shut_down);
  EXPECT_FALSE(orders.valid());
  EXPECT_EQ(orders.release(), errc::lock_lost);
}

TEST(keeping, who_took_it_without_its_node_is_told_at_release_that_it_was_lost) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders", for_long);
  lock_without_node(orders);
  nodes.stop(0);
  EXPECT_FALSE(orders.valid());
  EXPECT_EQ(orders.release(), errc::lock_lost);
}

TEST(keeping, a_thread_that_lost_it_does_not_end_anothers_hold) {
  cluster nodes(1, [](config& settings) { settings.lease_ttl = settings.lease_ttl_max = 1s; });
  conclave::mutex orders(nodes[0], "orders", {.keep = 1h, .hold_max = 50ms});
  orders.lock();
  EXPECT_TRUE(eventually([&] { return !orders.valid(); }));
  EXPECT_TRUE(eventually([&] { return orders.reason() == loss_reason::held_too_long; }));
  std::thread([&] {
    orders.lock();
    EXPECT_TRUE(orders.valid());
    orders.unlock();
  }).join();
  EXPECT_EQ(orders.release(), errc::lock_lost);
}

// The same, where neither thread needed the node.
TEST(keeping, a_thread_that_lost_it_does_not_end_what_another_took_since) {
  const auto short_lease = [](config& settings) {
    settings.lease_ttl = settings.lease_ttl_max = 500ms;
  };
  cluster nodes(3, short_lease);
  conclave::mutex orders(nodes[0], "orders", for_long);
  lock_without_node(orders);
  const fencing_token mine = orders.token();
  nodes.stop(1);
  nodes.stop(2);
  EXPECT_TRUE(eventually([&] { return !orders.valid(); }));
  node second(nodes.settings("n1"));
  second.join(patience);
  std::thread([&] {
    lock_without_node(orders);
    EXPECT_TRUE(orders.valid());
    EXPECT_GT(orders.token(), mine);
    std::thread([&] {
      EXPECT_EQ(error_of([&] { orders.unlock(); }), std::errc::operation_not_permitted);
    }).join();
    orders.unlock();
  }).join();
  EXPECT_FALSE(orders.valid());
  EXPECT_EQ(orders.token(), mine);
  EXPECT_EQ(orders.release(), errc::lock_lost);
}

TEST(keeping, a_greatest_time_to_hold_counts_for_what_another_kept_too) {
  cluster nodes(1);
  conclave::mutex plain(nodes[0], "orders", for_long);
  plain.lock();
  plain.unlock();
  conclave::mutex limited(nodes[0], "orders", {.keep = 1h, .hold_max = 50ms});
  limited.lock();
  EXPECT_TRUE(eventually([&] { return limited.reason() == loss_reason::held_too_long; }));
  EXPECT_EQ(limited.release(), errc::lock_lost);
}

TEST(keeping, is_not_recursive) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders", for_long);
  lock_without_node(orders);
  EXPECT_EQ(error_of([&] { orders.lock(); }), std::errc::resource_deadlock_would_occur);
  orders.unlock();
  EXPECT_EQ(error_of([&] { orders.unlock(); }), std::errc::operation_not_permitted);
}

TEST(keeping, can_be_told_not_to) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders", {.keep = 0s});
  orders.lock();
  orders.unlock();
  const std::uint64_t asked = nodes[0].counters().votes_lent;
  orders.lock();
  orders.unlock();
  EXPECT_GT(nodes[0].counters().votes_lent, asked);
}

TEST(keeping, options_out_of_their_bounds_are_refused_by_name) {
  cluster nodes(1);
  std::string text;
  EXPECT_EQ(error_of([&] { conclave::mutex(nodes[0], "a", {.keep = -1ns}); }, &text),
            errc::invalid_config);
  EXPECT_NE(text.find("keep is -1 ns"), std::string::npos) << text;
  EXPECT_EQ(error_of([&] { conclave::mutex(nodes[0], "a", {.hold_max = 0s}); }, &text),
            errc::invalid_config);
}

}  // namespace

}  // namespace conclave::test
