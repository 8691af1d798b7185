// Several locks at once on real nodes.
#include "cluster.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <string>
#include <thread>
#include <vector>

namespace conclave::test {

namespace {

using grants = std::vector<grant>;

const auto invalid = make_error_code(boost::system::errc::invalid_argument);

boost::system::error_code error_of(node& owner, const std::vector<std::string>& names) {
  try {
    static_cast<void>(lock_all(owner, names));
  } catch (const boost::system::system_error& thrown) {
    return thrown.code();
  }
  return {};
}

TEST(lock_all, holds_all_of_them_each_with_its_token) {
  cluster nodes(3);
  grants held = lock_all(nodes[0], {"a", "b", "c"});
  ASSERT_EQ(held.size(), 3U);
  for (const grant& one : held) {
    EXPECT_TRUE(one.valid());
    EXPECT_TRUE(one.token());
  }
  conclave::mutex b(nodes[1], "b");
  EXPECT_FALSE(b.try_lock());
  held.erase(held.begin() + 1);
  EXPECT_TRUE(b.try_lock()) << "each is released by itself";
  b.unlock();
}

TEST(lock_all, holds_none_when_one_is_not_to_be_had) {
  cluster nodes(3);
  conclave::mutex b(nodes[1], "b");
  b.lock();
  EXPECT_FALSE(try_lock_all(nodes[0], {"a", "b", "c"}));
  EXPECT_FALSE(try_lock_all_for(nodes[0], {"a", "b", "c"}, 1ms));
  conclave::mutex a(nodes[2], "a");
  EXPECT_TRUE(a.try_lock());
  a.unlock();
  b.unlock();
  EXPECT_TRUE(try_lock_all_for(nodes[0], {"a", "b", "c"}, patience));
}

TEST(lock_all, whatever_the_order_of_names_nobody_waits_for_ever) {
  cluster nodes(3);
  const std::vector<std::vector<std::string>> orders = {
      {"a", "b", "c"}, {"c", "b", "a"}, {"b", "c", "a"}};
  std::vector<std::thread> users;
  std::atomic<int> inside = 0;
  std::atomic<int> wrong = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    users.emplace_back([&, i] {
      for (int turn = 0; turn < 20; ++turn) {
        const grants held =
            lock_all(nodes[i % 3], orders[(i + static_cast<std::size_t>(turn)) % 3]);
        wrong += ++inside == 1 ? 0 : 1;
        std::this_thread::yield();
        --inside;
      }
    });
  }
  for (std::thread& user : users) {
    user.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST(lock_all, refuses_names_that_make_no_sense) {
  cluster nodes(1);
  EXPECT_EQ(error_of(nodes[0], {}), invalid);
  EXPECT_EQ(error_of(nodes[0], {"a", "b", "a"}), invalid);
  EXPECT_EQ(error_of(nodes[0], {"a", ""}), errc::invalid_lock_name);
  std::vector<std::string> many;
  for (std::size_t i = 0; i <= lock_all_max; ++i) {
    many.push_back(std::to_string(i));
  }
  EXPECT_EQ(error_of(nodes[0], many), invalid);
  many.pop_back();
  EXPECT_FALSE(error_of(nodes[0], many));
}

TEST(lock_all, can_be_cancelled_and_leaves_nothing_behind) {
  cluster nodes(3);
  conclave::mutex b(nodes[1], "b");
  b.lock();
  boost::asio::cancellation_signal signal;
  std::promise<boost::system::error_code> told;
  async_lock_all(nodes[0], {"a", "b"},
                 boost::asio::bind_cancellation_slot(
                     signal.slot(), [&](boost::system::error_code error, const grants& held) {
                       EXPECT_TRUE(held.empty());
                       told.set_value(error);
                     }));
  signal.emit(boost::asio::cancellation_type::total);
  EXPECT_EQ(told.get_future().get(), errc::cancelled);
  conclave::mutex a(nodes[2], "a");
  EXPECT_TRUE(a.try_lock_for(patience));
  a.unlock();
  b.unlock();
}

TEST(lock_all, has_asynchronous_forms) {
  cluster nodes(3);
  EXPECT_EQ(async_lock_all(nodes[0], {"a", "b"}, boost::asio::use_future).get().size(), 2U);
  EXPECT_EQ(async_lock_all(nodes[0], {"a", "b"}, lock_options{.keep = 0s}, boost::asio::use_future)
                .get()
                .size(),
            2U);
  EXPECT_EQ(
      async_lock_all_for(nodes[0], {"a", "b"}, patience, boost::asio::use_future).get().size(), 2U);
}

TEST(lock_all, after_the_node_has_left_it_fails) {
  cluster nodes(3);
  nodes[0].leave();
  EXPECT_EQ(error_of(nodes[0], {"a", "b"}), errc::leaving);
}

}  // namespace

}  // namespace conclave::test
