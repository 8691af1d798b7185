// Readers and writers on real nodes.
#include "cluster.hpp"

#include <boost/asio/use_future.hpp>

#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

namespace conclave::test {

namespace {

const auto would_deadlock = make_error_code(boost::system::errc::resource_deadlock_would_occur);

TEST(shared_mutex, is_had_by_many_who_share_and_by_one_alone) {
  cluster nodes(3);
  conclave::shared_mutex here(nodes[0], "orders");
  conclave::shared_mutex there(nodes[1], "orders");
  std::shared_lock reader(here);
  EXPECT_TRUE(here.valid());
  EXPECT_GT(here.remaining(), 0ns);
  std::thread([&] {
    std::shared_lock second(there);
    EXPECT_TRUE(there.valid());
    std::shared_lock third(here, std::try_to_lock);
    EXPECT_TRUE(third.owns_lock()) << "another thread of the same process";
    EXPECT_FALSE(conclave::mutex(nodes[2], "orders").try_lock());
  }).join();
  reader.unlock();
  std::unique_lock writer(there);
  EXPECT_FALSE(std::shared_lock(here, std::try_to_lock).owns_lock());
  EXPECT_FALSE(here.try_lock_shared_for(1ms));
}

TEST(shared_mutex, a_writers_token_is_above_those_of_readers_before_and_below_those_after) {
  cluster nodes(3);
  fencing_token before;
  for (std::size_t turn = 0; turn < 6; ++turn) {
    conclave::shared_mutex reads(nodes[turn % 3], "orders");
    conclave::shared_mutex writes(nodes[(turn + 1) % 3], "orders");
    {
      const std::shared_lock guard(reads);
      EXPECT_GT(reads.token(), before);
      before = reads.token();
    }
    const std::unique_lock guard(writes);
    EXPECT_GT(writes.token(), before);
    before = writes.token();
  }
}

TEST(shared_mutex, downgrades_without_a_gap) {
  cluster nodes(3);
  conclave::shared_mutex here(nodes[0], "orders");
  conclave::shared_mutex there(nodes[1], "orders");
  for (const bool kept : {false, true}) {
    here.lock();
    if (kept) {  // taken by this thread without the node
      here.unlock();
      here.lock();
    }
    const fencing_token token = here.token();
    EXPECT_FALSE(here.downgrade());
    EXPECT_EQ(here.token(), token);
    EXPECT_TRUE(here.valid());
    std::thread([&] {
      const std::shared_lock beside(there);
      EXPECT_FALSE(conclave::mutex(nodes[2], "orders").try_lock());
    }).join();
    EXPECT_FALSE(here.release_shared());
  }
  EXPECT_EQ(error_of([&] { here.downgrade(); }), boost::system::errc::operation_not_permitted);
}

TEST(shared_mutex, refuses_an_upgrade_and_says_why) {
  cluster nodes(1);
  conclave::shared_mutex orders(nodes[0], "orders");
  orders.lock_shared();
  EXPECT_EQ(error_of([&] { orders.lock(); }), would_deadlock);
  EXPECT_EQ(error_of([&] { static_cast<void>(orders.try_lock()); }), would_deadlock);
  EXPECT_EQ(error_of([&] { static_cast<void>(orders.try_lock_for(1s)); }), would_deadlock);
  EXPECT_EQ(error_of([&] { orders.lock_shared(); }), would_deadlock);
  try {
    orders.lock();
  } catch (const boost::system::system_error& thrown) {
    EXPECT_NE(std::string(thrown.what()).find("unlock_shared() it first"), std::string::npos)
        << thrown.what();
  }
  orders.unlock_shared();
  orders.lock();
  EXPECT_EQ(error_of([&] { orders.lock_shared(); }), would_deadlock);
  orders.unlock();
  EXPECT_EQ(error_of([&] { orders.unlock_shared(); }),
            boost::system::errc::operation_not_permitted);
}

TEST(shared_mutex, gives_grants_to_coroutines_and_handlers) {
  cluster nodes(3);
  conclave::shared_mutex here(nodes[0], "orders");
  conclave::shared_mutex there(nodes[1], "orders");
  grant first = here.async_lock_shared(boost::asio::use_future).get();
  grant second = there.async_lock_shared_for(patience, boost::asio::use_future).get();
  grant third = there.async_try_lock_shared(boost::asio::use_future).get();
  EXPECT_TRUE(first.is_shared() && second.is_shared() && third.is_shared());
  EXPECT_FALSE(first.downgrade()) << "it is shared already";
  EXPECT_FALSE(first.release());
  EXPECT_EQ(first.downgrade(), boost::system::errc::operation_not_permitted);
  second = {};
  third = {};
  grant alone = here.async_lock(boost::asio::use_future).get();
  EXPECT_FALSE(alone.is_shared());
  EXPECT_FALSE(alone.downgrade());
  EXPECT_TRUE(alone.is_shared());
  EXPECT_TRUE(alone.valid());
  EXPECT_TRUE(grant(there.async_lock_shared(boost::asio::use_future).get()).valid());
}

TEST(shared_mutex, what_is_lost_is_not_downgraded) {
  cluster nodes(1);
  conclave::shared_mutex orders(nodes[0], "orders", {.hold_max = 20ms});
  orders.lock();
  ASSERT_TRUE(eventually([&] { return !orders.valid(); }));
  EXPECT_EQ(orders.downgrade(), errc::lock_lost);
  EXPECT_EQ(orders.reason(), loss_reason::held_too_long);
  EXPECT_EQ(orders.release_shared(), errc::lock_lost);
}

// Promise 1, with readers: no writer beside anybody.
TEST(shared_mutex, readers_and_writers_exclude_one_another) {
  cluster nodes(3);
  std::vector<std::unique_ptr<conclave::shared_mutex>> locks;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    locks.push_back(std::make_unique<conclave::shared_mutex>(nodes[i], "numbers"));
  }
  std::atomic<int> readers = 0;
  std::atomic<int> writers = 0;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < 6; ++number) {
    threads.emplace_back([&, number] {
      conclave::shared_mutex& mine = *locks[number % locks.size()];
      for (std::size_t round = 0; round < 100; ++round) {
        if ((round + number) % 4 == 0) {
          const std::unique_lock guard(mine);
          EXPECT_EQ(++writers, 1);
          EXPECT_EQ(readers, 0);
          --writers;
        } else {
          const std::shared_lock guard(mine);
          ++readers;
          EXPECT_EQ(writers, 0);
          std::this_thread::yield();
          --readers;
        }
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
}

}  // namespace

}  // namespace conclave::test
