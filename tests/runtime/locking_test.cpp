// Locks through the blocking interface: exclusion, tokens, and the standard's requirements.
#include "cluster.hpp"

#include <atomic>
#include <concepts>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace conclave::test {

namespace {

template <class Lock>
concept timed_lockable = requires(Lock lock, std::chrono::milliseconds for_so_long,
                                  std::chrono::steady_clock::time_point until) {
  lock.lock();
  lock.unlock();
  { lock.try_lock() } -> std::same_as<bool>;
  { lock.try_lock_for(for_so_long) } -> std::same_as<bool>;
  { lock.try_lock_until(until) } -> std::same_as<bool>;
};
static_assert(timed_lockable<conclave::mutex>);
static_assert(!std::movable<conclave::mutex>);
static_assert(std::movable<grant> && !std::copyable<grant>);
static_assert(std::movable<node> && !std::copyable<node>);
static_assert(std::movable<subscription> && !std::copyable<subscription>);

TEST(locking, a_cluster_of_one_grants_its_own_locks) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders");
  const std::scoped_lock guard(orders);
  EXPECT_TRUE(orders.valid());
  EXPECT_TRUE(orders.token());
}

// Promises 1 and 2.
TEST(locking, nodes_lock_in_turn_with_tokens_that_only_rise) {
  cluster nodes(3);
  fencing_token last;
  for (std::size_t turn = 0; turn < 12; ++turn) {
    conclave::mutex orders(nodes[turn % nodes.size()], "orders/42");
    const std::scoped_lock guard(orders);
    EXPECT_GT(orders.token(), last);
    EXPECT_TRUE(orders.valid());
    EXPECT_GT(orders.remaining(), 0ns);
    EXPECT_EQ(orders.reason(), loss_reason::none);
    last = orders.token();
  }
}

TEST(locking, threads_of_all_nodes_exclude_one_another) {
  cluster nodes(3);
  std::vector<std::unique_ptr<conclave::mutex>> locks;
  for (std::size_t i = 0; i < 9; ++i) {
    locks.push_back(std::make_unique<conclave::mutex>(nodes[i % nodes.size()], "counter"));
  }
  expect_exclusion(locks, 9, 15);
}

TEST(locking, threads_may_share_one_mutex) {
  cluster nodes(3);
  conclave::mutex shared(nodes[0], "shared");
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        const std::scoped_lock guard(shared);
        EXPECT_TRUE(shared.valid()) << "each thread asks about its own hold";
        ++count;
      }
    });
  }
  for (std::thread& one : threads) {
    one.join();
  }
  EXPECT_EQ(count, 8 * 20);
}

TEST(locking, different_locks_do_not_wait_for_each_other) {
  cluster nodes(3);
  conclave::mutex a(nodes[0], "a");
  conclave::mutex b(nodes[1], "b");
  const std::scoped_lock first(a);
  const std::scoped_lock second(b);
  EXPECT_TRUE(a.valid() && b.valid());
}

TEST(locking, the_standards_locks_work) {
  cluster nodes(3);
  conclave::mutex a(nodes[0], "a");
  conclave::mutex b(nodes[0], "b");
  { const std::scoped_lock both(a, b); }
  std::unique_lock held(a, patience);
  EXPECT_TRUE(held.owns_lock());
  held.unlock();
  EXPECT_TRUE(held.try_lock_until(std::chrono::system_clock::now() + patience));
  held.unlock();
  EXPECT_TRUE(held.try_lock_for(std::chrono::hours::max())) << "no overflow";
}

TEST(locking, try_lock_tells_a_lock_that_is_held) {
  cluster nodes(3);
  conclave::mutex here(nodes[0], "x");
  conclave::mutex also_here(nodes[0], "x");
  conclave::mutex there(nodes[1], "x");
  ASSERT_TRUE(eventually([&] { return here.try_lock(); }));
  EXPECT_FALSE(also_here.try_lock());
  EXPECT_FALSE(there.try_lock());
  EXPECT_FALSE(there.try_lock_for(0s));
  here.unlock();
  EXPECT_TRUE(eventually([&] { return there.try_lock(); }));
}

TEST(locking, waiting_ends_when_the_time_is_up) {
  cluster nodes(3);
  conclave::mutex here(nodes[0], "x");
  conclave::mutex there(nodes[1], "x");
  const std::scoped_lock guard(here);
  EXPECT_FALSE(there.try_lock_for(50ms));
  EXPECT_FALSE(there.try_lock_until(std::chrono::steady_clock::now() + 50ms));
  EXPECT_TRUE(here.valid());
}

TEST(locking, a_request_that_timed_out_leaves_nothing_behind) {
  cluster nodes(3);
  conclave::mutex a(nodes[0], "x");
  conclave::mutex b(nodes[1], "x");
  conclave::mutex c(nodes[2], "x");
  a.lock();
  EXPECT_FALSE(b.try_lock_for(20ms));
  a.unlock();
  EXPECT_TRUE(c.try_lock_for(patience));
}

TEST(locking, a_thread_that_locks_twice_is_told_so) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders");
  const std::scoped_lock guard(orders);
  EXPECT_EQ(error_of([&] { orders.lock(); }), boost::system::errc::resource_deadlock_would_occur);
}

TEST(locking, only_the_thread_that_locked_unlocks) {
  cluster nodes(1);
  conclave::mutex orders(nodes[0], "orders");
  orders.lock();
  std::thread([&] {
    EXPECT_EQ(error_of([&] { orders.unlock(); }), boost::system::errc::operation_not_permitted);
    EXPECT_FALSE(orders.valid());
    EXPECT_FALSE(orders.token());
  }).join();
  EXPECT_TRUE(orders.valid());
  EXPECT_FALSE(orders.release());
}

TEST(locking, a_name_has_1_to_255_bytes) {
  cluster nodes(1);
  EXPECT_EQ(error_of([&] { conclave::mutex(nodes[0], ""); }), errc::invalid_lock_name);
  EXPECT_EQ(error_of([&] { conclave::mutex(nodes[0], std::string(256, 'x')); }),
            errc::invalid_lock_name);
  conclave::mutex longest(nodes[0], std::string(255, 'x'));
  const std::scoped_lock guard(longest);
  EXPECT_TRUE(longest.valid());
}

TEST(locking, an_observer_watches_and_can_not_lock) {
  cluster nodes(3);
  config settings = nodes.settings("watcher");
  settings.observer = true;
  settings.voters.clear();
  node watcher(settings);
  watcher.join(patience);
  EXPECT_TRUE(eventually([&] { return watcher.members().size() == 4; }));
  conclave::mutex orders(watcher, "orders");
  EXPECT_EQ(error_of([&] { orders.lock(); }), errc::observer);
}

TEST(locking, a_node_that_is_no_voter_locks_as_well) {
  cluster nodes(3);
  node client(nodes.settings("client"));
  client.join(patience);
  conclave::mutex orders(client, "orders");
  const std::scoped_lock guard(orders);
  EXPECT_TRUE(orders.valid());
  EXPECT_FALSE(client.self().voter);
}

TEST(locking, works_with_sealed_frames) {
  cluster nodes(
      3, [](config& settings) { settings.cluster_key = std::vector<std::byte>(32, std::byte{7}); });
  conclave::mutex orders(nodes[2], "orders");
  const std::scoped_lock guard(orders);
  EXPECT_TRUE(orders.valid());
}

TEST(locking, works_over_ipv6) {
  cluster nodes(3, [](config& settings) { settings.bind = "[::1]:0"; });
  conclave::mutex a(nodes[0], "x");
  conclave::mutex b(nodes[1], "x");
  a.lock();
  const fencing_token first = a.token();
  a.unlock();
  b.lock();
  EXPECT_GT(b.token(), first);
  b.unlock();
}

}  // namespace

}  // namespace conclave::test
