// The store of states: equal words are one state, however many there are.
#include "sim/explore/state_store.hpp"

#include <gtest/gtest.h>

namespace conclave::sim {
namespace {

TEST(state_store, keeps_each_state_once_and_knows_how_it_came_about) {
  state_store store;
  constexpr std::uint32_t many = 200'000;  // more than the table begins with
  for (std::uint32_t i = 0; i < many; ++i) {
    const std::vector<std::uint32_t> words{i % 7, i, i / 3};
    ASSERT_TRUE(store.insert(words, i, i + 1));
    ASSERT_FALSE(store.insert(words, 0, 0));
  }
  ASSERT_EQ(store.size(), many);
  for (std::uint32_t i = 0; i < many; i += 997) {
    EXPECT_EQ(store.at(i)[1], i);
    EXPECT_EQ(store.parent(i), i);
    EXPECT_EQ(store.how(i), i + 1);
  }
}

TEST(state_store, tells_states_of_different_lengths_apart) {
  state_store store;
  EXPECT_TRUE(store.insert(std::vector<std::uint32_t>{1, 2}, 0, 0));
  EXPECT_TRUE(store.insert(std::vector<std::uint32_t>{1, 2, 0}, 0, 0));
  EXPECT_TRUE(store.insert(std::vector<std::uint32_t>{1}, 0, 0));
  EXPECT_EQ(store.at(1).size(), 3U);
}

}  // namespace
}  // namespace conclave::sim
