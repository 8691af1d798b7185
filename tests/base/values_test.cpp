// Ids, addresses, timers and checks.
#include "base/address.hpp"
#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/timer_queue.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <type_traits>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

TEST(ids, do_not_convert_into_one_another_or_numbers) {
  static_assert(!std::is_convertible_v<node_id, boot_id>);
  static_assert(!std::is_convertible_v<node_id, std::uint64_t>);
  static_assert(!std::is_convertible_v<std::uint64_t, node_id>);
  static_assert(!std::is_constructible_v<ballot, lamport_time>);
  EXPECT_FALSE(node_id{});
  EXPECT_TRUE(node_id{1});
  EXPECT_EQ(node_id{1}.next(2), node_id{3});
  EXPECT_LT(ballot{1}, ballot{2});
}

TEST(ids, order_runs_of_a_node_by_boot) {
  const node_boot older{.node = {1}, .boot = {1}};
  const node_boot newer{.node = {1}, .boot = {2}};
  EXPECT_LT(older, newer);
  EXPECT_NE(hash_value(older), hash_value(newer));
}

TEST(addresses, print_as_users_write_them) {
  EXPECT_EQ(to_string(ipv4_address({127, 0, 0, 1}, 7'401)), "127.0.0.1:7401");
  address v6{.bytes = {}, .port = 80, .is_v6 = true};
  v6.bytes[0] = 0x20;
  v6.bytes[1] = 0x01;
  v6.bytes[15] = 0x0f;
  EXPECT_EQ(to_string(v6), "[2001:0:0:0:0:0:0:f]:80");
}

TEST(addresses, differ_by_each_of_their_parts) {
  std::set<std::size_t> hashes;
  std::set<address> all;
  for (int byte = 0; byte < 16; ++byte) {
    address where{.bytes = {}, .port = 1, .is_v6 = true};
    where.bytes[static_cast<std::size_t>(byte)] = 1;
    all.insert(where);
    hashes.insert(hash_value(where));
  }
  for (const bool v6 : {false, true}) {
    for (const std::uint16_t port : std::array<std::uint16_t, 3>{0, 1, 65'535}) {
      const address where{.bytes = {}, .port = port, .is_v6 = v6};
      all.insert(where);
      hashes.insert(hash_value(where));
    }
  }
  EXPECT_EQ(all.size(), 22U);
  EXPECT_EQ(hashes.size(), 22U);
  EXPECT_FALSE(address{});
}

TEST(timers, come_up_by_time_then_by_key) {
  timer_queue<int> queue;
  random_source random(1);
  std::multiset<std::pair<instant, int>> expected;
  for (int i = 0; i < 1'000; ++i) {
    const instant when(duration(static_cast<std::int64_t>(random.below(50))));
    const int key = static_cast<int>(random.below(20));
    queue.schedule(when, key);
    expected.emplace(when, key);
  }
  instant when{};
  int key = 0;
  for (const auto& one : expected) {
    EXPECT_EQ(queue.next(), one.first);
    EXPECT_FALSE(queue.pop_due(one.first - 1ns, when, key));
    ASSERT_TRUE(queue.pop_due(one.first, when, key));
    EXPECT_EQ(std::pair(when, key), one);
  }
  EXPECT_EQ(queue.next(), never);
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_FALSE(queue.pop_due(instant::max(), when, key));
}

TEST(checks, say_which_rule_broke_with_what_and_where) {
  check(true, "this rule holds");
  const std::size_t size = 3;
  EXPECT_DEATH(check(false, "a rule", size, -4),
               "broken rule: a rule \\[3, -4\\] at .*values_test");
  EXPECT_DEATH(check(false, "another rule"), "broken rule: another rule at ");
}

}  // namespace
}  // namespace conclave::core
