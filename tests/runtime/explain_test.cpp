// What the voters say of a lock, on real nodes.
#include "cluster.hpp"

#include <boost/asio/use_future.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <future>
#include <string>
#include <vector>

namespace conclave::test {

namespace {

using ::testing::HasSubstr;

TEST(explain, says_that_nobody_has_a_lock_that_is_free) {
  cluster nodes(3);
  const lock_explanation said = nodes[0].explain("l", patience);
  EXPECT_EQ(said.lock, "l");
  EXPECT_EQ(said.node, "n0");
  EXPECT_EQ(said.quorum, 2U);
  EXPECT_TRUE(said.here.empty());
  ASSERT_EQ(said.voters.size(), 3U);
  for (const voter_account& voter : said.voters) {
    EXPECT_TRUE(voter.answered) << voter.name;
    EXPECT_TRUE(voter.lent.empty() && voter.queue.empty());
  }
  EXPECT_EQ(said.why, "n0 does not want it. No voter that answered has lent its vote.");
}

TEST(explain, says_who_has_it_and_who_waits) {
  cluster nodes(3);
  conclave::mutex one(nodes[0], "l");
  conclave::mutex other(nodes[1], "l");
  grant held = one.async_lock(boost::asio::use_future).get();
  // Two votes are enough to have it. The third must have been lent too, or the other gets it.
  ASSERT_TRUE(eventually([&] {
    const lock_explanation so_far = nodes[0].explain("l", patience);
    return std::ranges::all_of(so_far.voters,
                               [](const voter_account& voter) { return voter.lent.size() == 1; });
  }));
  std::future<grant> waits = other.async_lock(boost::asio::use_future);
  ASSERT_TRUE(eventually([&] {
    const lock_explanation said = nodes[1].explain("l", patience);
    return std::ranges::all_of(said.voters,
                               [](const voter_account& one) { return one.queue_count == 1; });
  }));
  const lock_explanation said = nodes[1].explain("l", patience);
  ASSERT_EQ(said.here.size(), 1U);
  EXPECT_EQ(said.here[0].state, request_state::asking);
  std::size_t alike = 0;  // the vote of a third may have come late, and under a ballot of its own
  for (const voter_account& voter : said.voters) {
    ASSERT_EQ(voter.lent.size(), 1U);
    EXPECT_EQ(voter.lent[0].node, "n0");
    alike += voter.lent[0].ballot == held.token() ? 1 : 0;
    EXPECT_GT(voter.lent[0].session_left.count(), 0);
    ASSERT_EQ(voter.queue.size(), 1U);
    EXPECT_EQ(voter.queue[0].node, "n1");
    EXPECT_FALSE(voter.queue[0].ballot);
  }
  EXPECT_GE(alike, 2U);
  EXPECT_THAT(said.why,
              HasSubstr("n1 waits: it has 0 of 3 votes, and 2 alike are needed. n0 has it"));
  const lock_explanation holder = nodes[0].explain("l", patience);
  EXPECT_THAT(holder.why,
              HasSubstr("n0 has it with token " + std::to_string(held.token().value())));
  EXPECT_EQ(holder.here.at(0).votes.size(), 3U);
  EXPECT_THAT(to_string(said), HasSubstr("voter n2: "));
  EXPECT_THAT(to_string(said), HasSubstr("waits: n1 request "));
  held.release();
  EXPECT_TRUE(waits.get().valid());
}

TEST(explain, says_which_voters_are_silent_and_that_nobody_can_get_it) {
  cluster nodes(3);
  nodes.stop(1);
  nodes.stop(2);
  const lock_explanation said = nodes[0].explain("l", 300ms);
  EXPECT_THAT(said.why, HasSubstr("No answer from n1, n2."));
  EXPECT_THAT(said.why, HasSubstr("1 of 3 voters are left and 2 are needed"));
}

TEST(explain, tells_permits_apart) {
  cluster nodes(3);
  counting_semaphore few(nodes[0], "few", 2);
  const grant first = few.acquire();
  const grant second = few.acquire();
  const lock_explanation said = nodes[1].explain("few", patience);
  ASSERT_EQ(said.voters.at(0).lent.size(), 2U);
  EXPECT_EQ(said.voters[0].permits, 2U);
  EXPECT_NE(said.voters[0].lent[0].slot, said.voters[0].lent[1].slot);
  EXPECT_EQ(said.voters[0].lent[0].mode, use_mode::permit);
}

TEST(explain, refuses_what_is_no_lock) {
  cluster nodes(1);
  EXPECT_EQ(error_of([&] { static_cast<void>(nodes[0].explain("")); }), errc::invalid_lock_name);
  std::future<lock_explanation> asked =
      nodes[0].async_explain(std::string(256, 'x'), patience, boost::asio::use_future);
  EXPECT_EQ(error_of([&] { static_cast<void>(asked.get()); }), errc::invalid_lock_name);
  node idle(nodes.settings("n0"));
  EXPECT_EQ(error_of([&] { static_cast<void>(idle.explain("l")); }), errc::not_joined);
}

TEST(explain, ends_with_the_node) {
  cluster nodes(3);
  nodes.stop(2);
  std::future<lock_explanation> asked =
      nodes[0].async_explain("l", patience, boost::asio::use_future);
  nodes.stop(0);
  EXPECT_EQ(error_of([&] { static_cast<void>(asked.get()); }), errc::leaving);
}

TEST(locks, are_listed_with_who_has_them) {
  cluster nodes(3);
  conclave::mutex one(nodes[0], "orders/1");
  conclave::mutex other(nodes[1], "orders/2");
  conclave::mutex wants(nodes[2], "orders/1");
  one.lock();
  other.lock();
  std::vector<lock_listing> listed;
  // A voter that hears of who waits before who has it may lend to that one for as long.
  ASSERT_TRUE(eventually([&] {
    listed = nodes[2].locks(patience);
    return listed.size() == 2 && listed[0].votes == 3;
  }));
  std::future<grant> waits = wants.async_lock(boost::asio::use_future);
  ASSERT_TRUE(eventually([&] {
    listed = nodes[2].locks(patience);
    return listed.size() == 2 && listed[0].waiting == 1 && listed[0].votes == 3;
  }));
  EXPECT_EQ(listed[0].lock, "orders/1");
  EXPECT_EQ(listed[0].holder, "n0");
  EXPECT_EQ(listed[0].token, one.token());
  EXPECT_EQ(listed[1].holder, "n1");
  EXPECT_EQ(listed[1].waiting, 0U);
  one.unlock();
  other.unlock();
  static_cast<void>(waits.get());
}

TEST(locks, are_all_listed_where_there_are_many) {
  cluster nodes(1);
  std::vector<grant> held;
  for (int i = 0; i < 300; ++i) {
    conclave::mutex one(nodes[0], "l" + std::to_string(i));
    held.push_back(one.async_lock(boost::asio::use_future).get());
  }
  EXPECT_EQ(nodes[0].locks(patience).size(), 300U);
}

TEST(locks, are_listed_for_an_observer) {
  cluster nodes(3);
  conclave::mutex one(nodes[0], "l");
  one.lock();
  config settings = nodes.settings("watcher");
  settings.voters.clear();
  settings.new_cluster = false;
  settings.observer = true;
  node watcher(settings);
  watcher.join(patience);
  ASSERT_TRUE(eventually([&] { return watcher.members().size() == 4; }));
  const std::vector<lock_listing> listed = watcher.locks(patience);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].holder, "n0");
  EXPECT_EQ(watcher.explain("l", patience).quorum, 2U);
  one.unlock();
}

}  // namespace

}  // namespace conclave::test
