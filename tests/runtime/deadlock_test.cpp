// Locks that are nested the wrong way round, on real nodes.
#include "cluster.hpp"

#include <boost/asio/use_future.hpp>

#include <barrier>
#include <future>
#include <string>
#include <thread>
#include <vector>

namespace conclave::test {

namespace {

// Takes them in this order, the second when both have their first. What the second lock threw.
boost::system::error_code take_both(conclave::mutex& first, conclave::mutex& second,
                                    std::barrier<>& both) {
  boost::system::error_code failed;
  first.lock();
  both.arrive_and_wait();
  try {
    second.lock();
    second.unlock();
  } catch (const boost::system::system_error& thrown) {
    failed = thrown.code();
  }
  first.unlock();
  return failed;
}

TEST(deadlock, of_two_threads_on_two_nodes_one_learns_of_it_and_the_other_goes_on) {
  cluster nodes(3);
  std::barrier both(2);
  std::vector<boost::system::error_code> failed(2);
  std::vector<std::thread> users;
  for (std::size_t i = 0; i < 2; ++i) {
    users.emplace_back([&, i] {
      conclave::mutex a(nodes[i], "a");
      conclave::mutex b(nodes[i], "b");
      failed[i] = i == 0 ? take_both(a, b, both) : take_both(b, a, both);
    });
  }
  for (std::thread& user : users) {
    user.join();
  }
  EXPECT_NE(failed[0], failed[1]) << "one, and not both";
  EXPECT_EQ(failed[failed[0] ? 0 : 1], errc::deadlock);
  EXPECT_EQ(failed[failed[0] ? 0 : 1], boost::system::errc::make_error_condition(
                                           boost::system::errc::resource_deadlock_would_occur));
}

TEST(deadlock, is_found_among_locks_that_were_kept_and_taken_without_the_node) {
  cluster nodes(3);
  conclave::mutex a(nodes[0], "a");
  conclave::mutex b(nodes[1], "b");
  for (auto* each : {&a, &b}) {
    each->lock();
    each->unlock();
  }
  std::barrier both(2);
  std::vector<boost::system::error_code> failed(2);
  std::thread user([&] {
    conclave::mutex other(nodes[0], "b");
    failed[0] = take_both(a, other, both);
  });
  conclave::mutex other(nodes[1], "a");
  failed[1] = take_both(b, other, both);
  user.join();
  EXPECT_NE(failed[0], failed[1]);
  EXPECT_EQ(failed[failed[0] ? 0 : 1], errc::deadlock);
}

TEST(deadlock, is_found_for_owners_that_are_no_threads) {
  cluster nodes(3);
  const lock_owner first = lock_owner::make();
  const lock_owner second = lock_owner::make();
  conclave::mutex a1(nodes[0], "a", {.owner = first});
  conclave::mutex b1(nodes[0], "b", {.owner = first});
  conclave::mutex a2(nodes[1], "a", {.owner = second});
  conclave::mutex b2(nodes[1], "b", {.owner = second});
  grant has_a = a1.async_lock(boost::asio::use_future).get();
  grant has_b = b2.async_lock(boost::asio::use_future).get();
  std::future<grant> wants_b = b1.async_lock(boost::asio::use_future);
  std::future<grant> wants_a = a2.async_lock(boost::asio::use_future);
  const auto error_of = [](std::future<grant>& asked, grant& held) {
    try {
      static_cast<void>(asked.get());
    } catch (const boost::system::system_error& thrown) {
      held.release();  // the other goes on
      return thrown.code();
    }
    return boost::system::error_code();
  };
  // Whichever of the two fails lets the other have its lock.
  boost::system::error_code of_a;
  std::thread other([&] { of_a = error_of(wants_a, has_b); });
  const boost::system::error_code of_b = error_of(wants_b, has_a);
  other.join();
  EXPECT_NE(of_a, of_b);
  EXPECT_EQ(of_a ? of_a : of_b, errc::deadlock);
}

TEST(deadlock, is_not_seen_where_somebody_only_takes_its_time) {
  cluster nodes(3);
  conclave::mutex a(nodes[0], "a");
  conclave::mutex b(nodes[0], "b");
  a.lock();
  std::thread waits([&] {
    conclave::mutex own(nodes[1], "own");
    conclave::mutex same(nodes[1], "a");
    own.lock();
    EXPECT_NO_THROW(same.lock());
    same.unlock();
    own.unlock();
  });
  b.lock();
  // Several times as long as the waits are left alone.
  std::this_thread::sleep_for(800ms);
  b.unlock();
  a.unlock();
  waits.join();
}

TEST(lock_owners, are_different_and_a_thread_keeps_its_own) {
  EXPECT_NE(lock_owner::make(), lock_owner::make());
  EXPECT_EQ(lock_owner::this_thread(), lock_owner::this_thread());
  lock_owner other;
  EXPECT_FALSE(other);
  std::thread([&] { other = lock_owner::this_thread(); }).join();
  EXPECT_NE(lock_owner::this_thread(), other);
}

}  // namespace

}  // namespace conclave::test
