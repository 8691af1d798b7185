// Whole tables travel in pages, each in one frame (docs/protocol.md, "Membership").
#include "solo.hpp"
#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <set>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

std::size_t bytes_of(const std::vector<gossip_send>& sends) {
  std::size_t total = 0;
  for (const gossip_send& one : sends) {
    std::vector<std::byte> bytes;
    const sealer seal;
    frame_builder frame(bytes, {}, seal);
    const std::size_t before = frame.size();
    EXPECT_TRUE(frame.add(one.content));
    total += frame.size() - before;
  }
  return total;
}

solo node_with_members(int count, std::size_t metadata_size) {
  solo node;
  for (int i = 0; i < count; ++i) {
    member_update one = update("member-" + std::to_string(i), 1, 1);
    one.metadata = std::string(metadata_size, 'm');
    node.hear("x", 1, one);
  }
  return node;
}

struct page {
  std::vector<std::string> names;
  std::uint32_t next = 0;
};

page read_page(solo& node, std::uint32_t position) {
  node.hear("reader", 1, sync_request{.position = position});
  std::erase_if(node.out().sends, [](const gossip_send& one) {
    return std::holds_alternative<sync_request>(one.content);  // "who are you?"
  });
  EXPECT_LE(bytes_of(node.out().sends), gossip_budget + 10);
  page read;
  for (const member_update& one : node.said_to<member_update>("reader")) {
    read.names.push_back(one.name);
  }
  const auto end = node.said_to<sync_page_end>("reader");
  EXPECT_EQ(end.size(), 1U);
  read.next = end.empty() ? 0 : end[0].next;
  return read;
}

// What a reader asks and gets until the last page. Of a first page that is not all, the first name
// only: the others come again.
std::vector<std::string> read_all(solo& node, std::size_t& pages) {
  page read = read_page(node, 0);
  std::vector<std::string> names = read.names;
  for (pages = 1; read.next != 0; ++pages) {
    if (read.next == 1) {
      names.resize(1);
    }
    read = read_page(node, read.next);
    names.insert(names.end(), read.names.begin(), read.names.end());
  }
  return names;
}

TEST(syncing, pages_fit_a_frame_and_hold_each_member_once_oneself_first) {
  for (const std::size_t metadata_size : {0U, 100U, 512U}) {
    solo node = node_with_members(700, metadata_size);
    std::size_t pages = 0;
    const auto names = read_all(node, pages);
    EXPECT_EQ(names.size(), 701U);
    EXPECT_EQ(names[0], "self");
    EXPECT_EQ(std::set(names.begin(), names.end()).size(), 701U);
    EXPECT_GE(pages, 700 * (metadata_size + 20) / gossip_budget);
  }
}

// So that all who join do not read on at the same few.
TEST(syncing, a_first_page_that_is_not_all_is_of_members_from_anywhere) {
  solo node = node_with_members(700, 0);
  std::set<std::string> named;
  for (int i = 0; i < 50; ++i) {
    const page first = read_page(node, 0);
    EXPECT_EQ(first.names.front(), "self");
    EXPECT_EQ(first.next, 1U);
    EXPECT_EQ(std::set(first.names.begin(), first.names.end()).size(), first.names.size());
    named.insert(first.names.begin(), first.names.end());
  }
  EXPECT_GT(named.size(), 400U);
  solo small = node_with_members(5, 0);
  EXPECT_EQ(read_page(small, 0).names.size(), 6U);
  EXPECT_EQ(read_page(small, 0).next, 0U);
}

TEST(syncing, the_dead_are_not_in_the_pages) {
  solo node = node_with_members(600, 0);
  for (int i = 0; i < 500; ++i) {
    node.hear("x", 1, update("member-" + std::to_string(i), 1, 1, member_status::dead));
  }
  std::size_t pages = 0;
  EXPECT_EQ(read_all(node, pages).size(), 101U);
}

TEST(syncing, a_page_looks_at_a_bounded_number_of_places) {
  solo node = node_with_members(600, 0);
  for (int i = 0; i < 600; ++i) {
    node.hear("x", 1, update("member-" + std::to_string(i), 1, 1, member_status::dead));
  }
  std::size_t pages = 0;
  EXPECT_EQ(read_all(node, pages).size(), 1U);
  EXPECT_EQ(pages, 3U);
}

// Its answer is a frame of its own, and would be answered by the next question.
TEST(syncing, with_one_believed_dead_goes_no_faster_than_gossip) {
  solo node = node_with_members(3, 0);
  node.hear("x", 1, update("member-1", 1, 1, member_status::dead));
  std::size_t asked = 0;
  for (int i = 0; i < 5; ++i) {
    node.hear("member-1", 1, sync_page_end{});
    asked += node.said_to<sync_request>("member-1").size();
  }
  EXPECT_EQ(asked, 1U);
}

TEST(syncing, equal_tables_cost_one_message_each_way) {
  solo node = node_with_members(100, 0);
  node.hear("member-3", 1, sync_request{.digest = node.machine().table().live_digest()});
  ASSERT_EQ(node.out().sends.size(), 1U);
  EXPECT_EQ(node.said_to<sync_page_end>("member-3").size(), 1U);
  EXPECT_EQ(node.said_to<sync_page_end>("member-3")[0].next, 0U);
}

TEST(syncing, a_later_page_is_sent_even_if_the_tables_have_become_equal) {
  solo node = node_with_members(10, 0);
  node.hear("member-3", 1,
            sync_request{.position = 4, .digest = node.machine().table().live_digest()});
  EXPECT_EQ(node.said_to<member_update>("member-3").size(), 7U);
}

TEST(syncing, a_position_past_the_end_ends) {
  solo node = node_with_members(3, 0);
  node.hear("member-1", 1, sync_request{.position = ~std::uint32_t{0}});
  ASSERT_EQ(node.said_to<sync_page_end>("member-1").size(), 1U);
  EXPECT_EQ(node.said_to<sync_page_end>("member-1")[0].next, 0U);
}

TEST(syncing, who_joins_reads_page_after_page) {
  solo node({}, {address_of(9)});
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, sync_page_end{.next = 10});
  EXPECT_TRUE(node.out().join_answered);
  ASSERT_EQ(node.said_to<sync_request>("a").size(), 1U);
  EXPECT_EQ(node.said_to<sync_request>("a")[0].position, 10U);
  node.hear("a", 1, sync_page_end{.next = 20});
  ASSERT_EQ(node.said_to<sync_request>("a").size(), 1U);
  EXPECT_EQ(node.said_to<sync_request>("a")[0].position, 20U);
  // A page that comes twice, or another node's, moves nothing.
  node.hear("a", 1, sync_page_end{.next = 20});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.hear("b", 1, sync_page_end{.next = 99});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.hear("a", 1, sync_page_end{.next = 0});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
}

// A seed of which thousands want to know everybody could not serve them all.
TEST(syncing, who_joins_reads_on_at_another_whom_the_page_named) {
  solo node({}, {address_of(9)});
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, update("b", 1, 1));
  node.hear("a", 1, sync_page_end{.next = 1});
  EXPECT_TRUE(node.out().join_answered);
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  ASSERT_EQ(node.said_to<sync_request>("b").size(), 1U);
  EXPECT_EQ(node.said_to<sync_request>("b")[0].position, 0U);
  node.hear("b", 1, sync_page_end{.next = 1});
  ASSERT_EQ(node.said_to<sync_request>("b").size(), 1U) << "as fast as they come";
  EXPECT_EQ(node.said_to<sync_request>("b")[0].position, 1U);
}

TEST(syncing, a_page_that_is_lost_is_asked_for_again_a_few_times) {
  solo node({}, {address_of(9)});
  node.hear("a", 1, sync_page_end{.next = 10});
  std::size_t asked = 0;
  for (int i = 0; i < 35; ++i) {
    node.pass(100ms);
    for (const sync_request& one : node.said_to<sync_request>("a")) {
      asked += one.position == 10 ? 1 : 0;
    }
  }
  EXPECT_EQ(asked, sync_attempts_max - 1);
}

TEST(syncing, goes_on_when_each_page_is_lost_now_and_then) {
  solo node({}, {address_of(9)});
  node.hear("a", 1, update("a", 1, 1));
  for (std::uint32_t page = 1; page < 10; ++page) {
    node.hear("a", 1, sync_page_end{.next = page * 10});
    ASSERT_EQ(node.said_to<sync_request>("a").size(), 1U) << page;
    node.pass(1s);
    ASSERT_GE(node.said_to<sync_request>("a").size(), 1U) << page;
  }
}

TEST(syncing, who_only_makes_sure_pauses_between_pages) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, sync_page_end{.next = 10});
  node.hear("a", 1, sync_page_end{.next = 20});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.pass(199ms);
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.pass(1ms);
  EXPECT_EQ(node.said_to<sync_request>("a").size(), 1U);
}

// With a, who is alive all the time, from second `from` on.
std::size_t comparisons(solo& node, int from, int seconds) {
  std::size_t asked = 0;
  for (int i = from; i < from + seconds; ++i) {
    node.pass(1s);
    for (const sync_request& one : node.said_to<sync_request>("a")) {
      EXPECT_EQ(one.digest, node.machine().table().live_digest());
      node.hear("a", 1, sync_page_end{});
      ++asked;
    }
    node.hear("a", 1, update("a", 1, static_cast<std::uint64_t>(i) + 2));
  }
  return asked;
}

TEST(syncing, a_live_member_is_asked_to_compare_each_second_rejoin_interval) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  comparisons(node, 0, 30);
  const std::size_t asked = comparisons(node, 30, 100);
  EXPECT_GE(asked, 8U);
  EXPECT_LE(asked, 13U);
}

// After about 1, 2.3, 3.8, 5.8 and 8.2 seconds.
TEST(syncing, who_has_just_joined_compares_sooner) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  const std::size_t asked = comparisons(node, 0, 10);
  EXPECT_GE(asked, 4U);
  EXPECT_LE(asked, 7U);
}

// Each page at once, and not one each gossip interval.
TEST(syncing, who_has_just_joined_reads_as_fast_as_pages_come) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.pass_until_said_to<sync_request>("a");
  node.hear("a", 1, sync_page_end{.next = 1});
  ASSERT_EQ(node.said_to<sync_request>("a").size(), 1U);
  EXPECT_EQ(node.said_to<sync_request>("a")[0].position, 1U);
}

// Of those that are gone for good the addresses are tried at a bounded rate, and kept to a bound.
TEST(former_peers, are_tried_seldom_and_forgotten_when_they_are_many) {
  membership_config config;
  config.forget_after = 10s;
  solo node(config);
  for (int i = 0; i < 200; ++i) {
    const std::string name = "gone-" + std::to_string(i);
    node.hear(name, 1, update(name, 1, 1));
    node.hear("a", 1, update(name, 1, 1, member_status::dead));
  }
  const auto alive = [&] {
    const std::vector<ping> pings = node.said_to<ping>("a");
    node.hear("a", 1, update("a", 1, 1));
    for (const ping& asked : pings) {
      node.hear("a", 1, ping_answer{.probe = asked.probe, .at = {}});
    }
  };
  for (int i = 0; i < 300; ++i) {
    node.pass(100ms);
    alive();
  }
  ASSERT_LE(node.machine().table().size(), 2U) << "they are forgotten";
  std::size_t tries = 0;
  for (int i = 0; i < 3'000; ++i) {
    node.pass(100ms);
    tries += node.said_to_nobody_known();
    alive();
  }
  EXPECT_GT(tries, 0U);
  EXPECT_LT(tries, 30U) << "in five minutes: one in six turns, of five seconds each";
  EXPECT_EQ(node.machine().peers_to_keep().size(), 32U);
}

TEST(former_peers, that_speak_are_former_no_more) {
  membership_config config;
  config.forget_after = 10s;
  solo node(config);
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1));
  node.hear("a", 1, update("b", 1, 1, member_status::dead));
  const address where = update("b", 1, 1).where;
  EXPECT_EQ(std::ranges::count(node.machine().peers_to_keep(), where), 1)
      << "where all seem to be dead, all are kept";
  node.pass(11s);
  ASSERT_EQ(node.find("b"), nullptr);
  EXPECT_EQ(std::ranges::count(node.machine().peers_to_keep(), where), 1);
  node.hear("b", 2, update("b", 2, 1));
  EXPECT_EQ(std::ranges::count(node.machine().peers_to_keep(), where), 1);
  node.hear("b", 2, update("b", 2, 1, member_status::left));
  EXPECT_EQ(std::ranges::count(node.machine().peers_to_keep(), where), 0);
  node.pass(11s);
  ASSERT_EQ(node.find("b"), nullptr);
  EXPECT_EQ(std::ranges::count(node.machine().peers_to_keep(), where), 0)
      << "who has left is not looked for";
}

}  // namespace
}  // namespace conclave::core
