// Who has a lock, put together from what voters say (docs/protocol.md, "Asking about locks").
#include "lock/observer.hpp"

#include "bench_table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace conclave::core {
namespace {

class observer_test : public testing::Test {
 protected:
  observer_test() { observer_.observe("l", at(0s), out_); }

  void hear(const std::string& voter, std::uint64_t version, const std::string& holder,
            std::uint64_t number, duration now = 0s, std::uint64_t boot = 1) {
    out_.clear();
    sighting seen{.lock = "l", .version = version};
    if (!holder.empty()) {
      seen.node = node_id_of(holder);
      seen.boot = boot_id{1};
      seen.request = request_id{7};
      seen.ballot = ballot{number};
    }
    observer_.handle(boot_of(voter, boot), seen, at(now), out_);
  }
  void tick(duration now) {
    out_.clear();
    observer_.tick(at(now), out_);
  }
  [[nodiscard]] bool says(const std::string& holder, std::uint64_t number) const {
    return out_.events.size() == 1 && out_.events[0].view.known &&
           out_.events[0].view.holder.node == (holder.empty() ? node_id{} : node_id_of(holder)) &&
           out_.events[0].view.ballot == ballot{number};
  }

  observer_output out_;
  lock_observer observer_{roster_with({"a", "b", "c"})};
};

TEST_F(observer_test, asks_all_voters_at_once_and_again) {
  EXPECT_EQ(out_.sends.size(), 3U);
  EXPECT_EQ(observer_.next_deadline(), at(3s));
  tick(3s);
  EXPECT_EQ(out_.sends.size(), 3U);
}

TEST_F(observer_test, a_quorum_that_names_one_request_at_one_ballot_says_who_has_it) {
  hear("a", 1, "x", 100);
  EXPECT_TRUE(out_.events.empty());
  hear("b", 1, "x", 101);
  EXPECT_FALSE(says("x", 100) || says("x", 101)) << "at two ballots nobody has it";
  hear("a", 2, "x", 101);
  EXPECT_TRUE(says("x", 101));
  hear("c", 1, "x", 101);
  EXPECT_TRUE(out_.events.empty()) << "no news";
}

TEST_F(observer_test, a_quorum_that_lends_it_to_nobody_says_so) {
  hear("a", 1, "", 0);
  hear("b", 1, "", 0);
  EXPECT_TRUE(says("", 0));
}

TEST_F(observer_test, while_they_differ_it_is_as_it_was) {
  hear("a", 1, "x", 100);
  hear("b", 1, "x", 100);
  hear("a", 2, "y", 200);
  EXPECT_TRUE(out_.events.empty());
  hear("b", 2, "y", 200);
  EXPECT_TRUE(says("y", 200));
}

TEST_F(observer_test, an_older_word_that_comes_late_is_passed_over) {
  for (const std::string from : {"a", "b"}) {
    hear(from, 2, "x", 100);
  }
  for (const std::string from : {"a", "b"}) {
    hear(from, 3, "", 0);
  }
  ASSERT_TRUE(says("", 100));
  for (const std::string from : {"a", "b"}) {
    hear(from, 2, "x", 100);
    EXPECT_TRUE(out_.events.empty()) << "it would have it again";
  }
}

TEST_F(observer_test, a_voter_that_restarted_counts_its_versions_anew) {
  hear("a", 7, "x", 100);
  hear("b", 7, "x", 100);
  hear("a", 1, "", 0, 0s, 2);
  hear("b", 1, "", 0, 0s, 2);
  EXPECT_TRUE(says("", 100)) << "and the ballot does not go back";
  for (const std::string from : {"a", "b"}) {
    hear(from, 8, "x", 100);
    EXPECT_TRUE(out_.events.empty()) << "of its earlier run";
  }
}

TEST_F(observer_test, never_goes_back_to_a_smaller_ballot) {
  hear("a", 1, "x", 100);
  hear("b", 1, "x", 100);
  hear("a", 2, "y", 50);
  hear("b", 2, "y", 50);
  EXPECT_TRUE(out_.events.empty());
}

TEST_F(observer_test, does_not_know_when_no_quorum_was_heard_of_lately) {
  hear("a", 1, "x", 100);
  hear("b", 1, "x", 100, 1s);
  tick(6s);
  ASSERT_EQ(out_.events.size(), 1U);
  EXPECT_FALSE(out_.events[0].view.known);
  EXPECT_EQ(out_.events[0].view.ballot, ballot{100}) << "what was known last";
  hear("a", 2, "x", 100, 6s);
  EXPECT_TRUE(says("x", 100));
}

TEST_F(observer_test, whoever_comes_later_is_told_what_is_known) {
  hear("a", 1, "x", 100);
  hear("b", 1, "x", 100);
  out_.clear();
  observer_.observe("l", at(1s), out_);
  EXPECT_TRUE(says("x", 100));
  EXPECT_TRUE(out_.sends.empty());
}

TEST_F(observer_test, strangers_and_other_locks_say_nothing) {
  hear("d", 1, "x", 100);
  hear("e", 1, "x", 100);
  out_.clear();
  observer_.handle(boot_of("a"), {.lock = "other", .version = 1}, at(0s), out_);
  observer_.forget("l");
  hear("a", 1, "x", 100);
  hear("b", 1, "x", 100);
  EXPECT_TRUE(out_.events.empty());
  tick(3s);
  EXPECT_TRUE(out_.sends.empty());
}

}  // namespace
}  // namespace conclave::core
