// Locks with a lease of their own.
#include "cluster.hpp"

#include <string>

namespace conclave::test {

namespace {

TEST(lease, is_what_the_lock_is_believed_for) {
  cluster nodes(3);
  conclave::mutex orders(nodes[0], "orders", {.lease = 2s});
  orders.lock();
  EXPECT_LE(orders.remaining(), 2s);
  const auto first = orders.deadline();
  EXPECT_TRUE(eventually([&] { return orders.deadline() > first; })) << "voters are heard";
  EXPECT_LE(orders.remaining(), 2s);
  orders.unlock();
  conclave::mutex whole(nodes[0], "orders");
  whole.lock();
  EXPECT_TRUE(eventually([&] { return whole.remaining() > 2s; })) << "not that of before";
  whole.unlock();
}

TEST(lease, out_of_bounds_is_refused_with_both_figures) {
  cluster nodes(3);
  EXPECT_NO_THROW(conclave::mutex(nodes[0], "orders", {.lease = 10ms}));
  for (const auto length : {std::chrono::nanoseconds(-1), std::chrono::nanoseconds(9'999'999),
                            std::chrono::nanoseconds(1h)}) {
    std::string words;
    EXPECT_EQ(error_of([&] { conclave::mutex(nodes[0], "orders", {.lease = length}); }, &words),
              errc::invalid_config);
    EXPECT_NE(words.find(std::to_string(length.count())), std::string::npos) << words;
    EXPECT_NE(words.find("3000000000"), std::string::npos) << words;
  }
}

}  // namespace

}  // namespace conclave::test
