// The fenced store: what it takes, and how it shows that tokens were not what they should be.
#include "sim/checks/store.hpp"

#include <gtest/gtest.h>

namespace conclave::sim {
namespace {

const holder first{.machine = 0, .process = {}, .request = core::request_id{1}};
const holder second{.machine = 1, .process = {}, .request = core::request_id{1}};

TEST(fenced_store, takes_reads_and_writes_with_rising_tokens) {
  fenced_store store;
  EXPECT_EQ(store.read(0, fencing_token(5), first), 0U);
  EXPECT_TRUE(store.write(0, fencing_token(5), first, 0));
  EXPECT_EQ(store.read(0, fencing_token(6), second), 1U);
  EXPECT_TRUE(store.write(0, fencing_token(6), second, 1));
  EXPECT_EQ(store.number(0), 2U);
  EXPECT_FALSE(store.broken());
}

TEST(fenced_store, refuses_a_token_smaller_than_one_that_it_has_seen) {
  fenced_store store;
  EXPECT_EQ(store.read(0, fencing_token(5), first), 0U);
  EXPECT_EQ(store.read(0, fencing_token(6), second), 0U);
  EXPECT_FALSE(store.write(0, fencing_token(5), first, 0));
  EXPECT_FALSE(store.read(0, fencing_token(5), first));
  EXPECT_TRUE(store.write(0, fencing_token(6), second, 0));
  EXPECT_EQ(store.number(0), 1U);
  EXPECT_FALSE(store.broken());
}

TEST(fenced_store, keeps_each_lock_apart) {
  fenced_store store;
  EXPECT_TRUE(store.read(1, fencing_token(6), first));
  EXPECT_TRUE(store.read(0, fencing_token(5), second));
  EXPECT_FALSE(store.broken());
}

TEST(fenced_store, is_wrong_when_two_requests_use_one_token) {
  fenced_store store;
  EXPECT_TRUE(store.read(0, fencing_token(5), first));
  EXPECT_TRUE(store.read(0, fencing_token(5), second));
  ASSERT_TRUE(store.broken());
  EXPECT_NE(store.broken()->find("two requests"), std::string::npos);
}

TEST(fenced_store, is_wrong_when_a_write_is_made_from_an_old_number) {
  fenced_store store;
  EXPECT_EQ(store.read(0, fencing_token(5), first), 0U);
  EXPECT_TRUE(store.write(0, fencing_token(6), second, 0));
  EXPECT_TRUE(store.write(0, fencing_token(7), first, 0));
  ASSERT_TRUE(store.broken());
  EXPECT_NE(store.broken()->find("from the number 0, but it is 1"), std::string::npos);
}

}  // namespace
}  // namespace conclave::sim
