// Permits on real nodes.
#include "cluster.hpp"

#include <boost/asio/use_future.hpp>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace conclave::test {

namespace {

TEST(counting_semaphore, gives_out_as_many_permits_as_there_are_each_a_slot_of_its_own) {
  cluster nodes(3);
  counting_semaphore here(nodes[0], "connections", 2);
  counting_semaphore there(nodes[1], "connections", 2);
  grant first = here.acquire();
  const grant second = there.acquire();
  EXPECT_TRUE(first.valid() && second.valid());
  EXPECT_NE(first.slot(), second.slot());
  EXPECT_LT(first.slot(), 2U);
  EXPECT_LT(second.slot(), 2U);
  EXPECT_FALSE(here.try_acquire());
  EXPECT_FALSE(counting_semaphore(nodes[2], "connections", 2).try_acquire_for(1ms));
  const std::uint32_t slot = first.slot();
  first.release();
  const grant third = there.acquire();
  EXPECT_EQ(third.slot(), slot);
  EXPECT_GT(third.token(), first.token());
}

TEST(counting_semaphore, several_are_had_all_at_once_or_not_at_all) {
  cluster nodes(3);
  counting_semaphore here(nodes[0], "connections", 3);
  counting_semaphore there(nodes[1], "connections", 3);
  std::vector<grant> two = here.acquire(2);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_NE(two[0].slot(), two[1].slot());
  EXPECT_TRUE(there.try_acquire(2).empty());
  EXPECT_TRUE(there.try_acquire_for(2, 1ms).empty());
  EXPECT_TRUE(there.try_acquire()) << "nothing was left behind by those that failed";
  two.pop_back();
  EXPECT_EQ(there.acquire(2).size(), 2U);
}

TEST(counting_semaphore, never_are_more_out_than_there_are) {
  cluster nodes(3);
  constexpr std::uint32_t permits = 2;
  std::atomic<int> out = 0;
  std::atomic<bool> slots[permits] = {};
  std::atomic<int> wrong = 0;
  std::vector<std::thread> users;
  for (std::size_t i = 0; i < 6; ++i) {
    users.emplace_back([&, i] {
      counting_semaphore semaphore(nodes[i % 3], "connections", permits);
      for (int turn = 0; turn < 20; ++turn) {
        const grant mine = semaphore.acquire();
        wrong += ++out > static_cast<int>(permits) ? 1 : 0;
        wrong += slots[mine.slot()].exchange(true) ? 1 : 0;
        std::this_thread::yield();
        slots[mine.slot()] = false;
        --out;
      }
    });
  }
  for (std::thread& user : users) {
    user.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST(counting_semaphore, one_name_has_one_number_of_permits) {
  cluster nodes(3);
  counting_semaphore two(nodes[0], "connections", 2);
  const grant held = two.acquire();
  counting_semaphore three(nodes[1], "connections", 3);
  EXPECT_EQ(error_of([&] { static_cast<void>(three.acquire()); }), errc::lock_kind_mismatch);
  EXPECT_EQ(error_of([&] { conclave::mutex(nodes[1], "connections").lock(); }),
            errc::lock_kind_mismatch);
  EXPECT_EQ(error_of([&] { conclave::mutex(nodes[0], "connections").lock(); }),
            errc::lock_kind_mismatch);
}

TEST(counting_semaphore, refuses_numbers_that_make_no_sense) {
  cluster nodes(1);
  for (const std::uint32_t permits : {0U, counting_semaphore::permits_max + 1}) {
    EXPECT_EQ(error_of([&] { counting_semaphore(nodes[0], "connections", permits); }),
              errc::invalid_config);
  }
  counting_semaphore semaphore(nodes[0], "connections", 2);
  for (const std::uint32_t count : {0U, 3U}) {
    EXPECT_EQ(error_of([&] { static_cast<void>(semaphore.acquire(count)); }),
              make_error_code(boost::system::errc::invalid_argument));
  }
}

TEST(counting_semaphore, a_permit_can_not_be_shared) {
  cluster nodes(1);
  grant held = counting_semaphore(nodes[0], "connections", 2).acquire();
  EXPECT_EQ(held.downgrade(), make_error_code(boost::system::errc::operation_not_permitted));
  EXPECT_TRUE(held.valid());
}

TEST(counting_semaphore, has_asynchronous_forms) {
  cluster nodes(3);
  counting_semaphore semaphore(nodes[0], "connections", 2);
  const grant one = semaphore.async_acquire(boost::asio::use_future).get();
  EXPECT_TRUE(one.valid());
  EXPECT_TRUE(semaphore.async_acquire_for(patience, boost::asio::use_future).get().valid());
  EXPECT_TRUE(semaphore.async_try_acquire(boost::asio::use_future).get().valid());
  auto both = semaphore.async_acquire(2, boost::asio::use_future);
  EXPECT_EQ(both.wait_for(1ms), std::future_status::timeout);
  counting_semaphore other(nodes[1], "others", 2);
  EXPECT_EQ(other.async_acquire(2, boost::asio::use_future).get().size(), 2U);
}

}  // namespace

}  // namespace conclave::test
