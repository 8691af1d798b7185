// The demo's resource: it refuses old tokens, and its audit sees what was lost.
#include "tools/demo/ledger.hpp"

#include "tools/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace conclave::tools::demo {

namespace {

class counter_file : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return folder_.path() + "/counter"; }

  temporary_folder folder_{"conclave-ledger"};
};

TEST_F(counter_file, takes_rising_tokens_and_refuses_others) {
  ledger first = ledger::create(path());
  ledger second = ledger::open(path());
  EXPECT_EQ(first.read_counter(10), 0);
  EXPECT_TRUE(first.write_counter(1, 0, 10, "ada"));
  EXPECT_TRUE(second.write_counter(2, 1, 12, "bea"));
  EXPECT_FALSE(first.write_counter(3, 2, 11, "ada")) << "an older token";
  EXPECT_EQ(first.read_counter(11), std::nullopt) << "an older token";
  EXPECT_EQ(first.read_counter(12), 2);
  const ledger::audit_result found = first.audit();
  EXPECT_EQ(found.increments, 2);
  EXPECT_EQ(found.counter, 2);
  EXPECT_EQ(found.lost_updates, 0);
}

TEST_F(counter_file, refuses_who_stood_still_as_soon_as_a_newer_one_has_read) {
  ledger counter = ledger::create(path());
  EXPECT_EQ(counter.read_counter(1), 0);
  EXPECT_EQ(counter.read_counter(2), 0);
  EXPECT_FALSE(counter.write_counter(1, 0, 1, "ada")) << "bea would not know of it";
  EXPECT_TRUE(counter.write_counter(1, 0, 2, "bea"));
  EXPECT_EQ(counter.audit().increments, 1) << "who only read has written nothing";
  EXPECT_EQ(counter.audit().lost_updates, 0);
}

TEST_F(counter_file, an_update_that_was_overwritten_unread_is_found) {
  ledger counter = ledger::create(path());
  EXPECT_TRUE(counter.write_counter(1, 0, 1, "ada"));
  EXPECT_TRUE(counter.write_counter(1, 0, 2, "bea"));
  EXPECT_EQ(counter.audit().lost_updates, 1);
}

}  // namespace

}  // namespace conclave::tools::demo
