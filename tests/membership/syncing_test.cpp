// What a table has and another has not travels in pages, each in one frame (docs/protocol.md,
// "Membership").
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

// One that has been there for long enough to be in no hurry.
solo old_node() {
  solo node;
  node.pass(60s);
  return node;
}

struct page {
  std::vector<std::string> names;
  std::uint32_t next = 0;
};

page read_page(solo& node, std::uint32_t position, const member_filter& has = {}) {
  node.hear("reader", 1, sync_request{.position = position, .has = has});
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
  for (int i = 0; i < 150; ++i) {
    const page first = read_page(node, 0);
    EXPECT_EQ(first.names.front(), "self");
    EXPECT_EQ(first.next, 1U);
    EXPECT_EQ(std::set(first.names.begin(), first.names.end()).size(), first.names.size());
    EXPECT_LE(first.names.size(), 8U);  // thousands may ask at once
    named.insert(first.names.begin(), first.names.end());
  }
  EXPECT_GT(named.size(), 400U);
  solo small = node_with_members(5, 0);
  EXPECT_EQ(read_page(small, 0).names.size(), 6U);
  EXPECT_EQ(read_page(small, 0).next, 0U);
}

TEST(syncing, a_first_page_is_short_and_names_others_beside_much_metadata) {
  solo node = node_with_members(700, 100);
  membership_output out;
  node.machine().set_metadata(std::string(512, 'm'), {}, out);
  for (int i = 0; i < 50; ++i) {
    const page first = read_page(node, 0);
    EXPECT_GE(first.names.size(), 2U);
    EXPECT_LE(first.names.size(), 8U);
  }
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
  solo node = node_with_members(5'000, 0);
  const member_filter of_no_slice{.slices = 3, .slice = 3, .salt = 0};
  EXPECT_EQ(read_page(node, 0, of_no_slice).next, sync_page_places_max);
  EXPECT_EQ(read_page(node, sync_page_places_max, of_no_slice).next, 0U);
}

// All that come in the answers to filters of this node's table, slice after slice.
std::set<std::string> read_missing(solo& node, const member_table& has, std::uint32_t salt) {
  std::set<std::string> names;
  const std::uint32_t slices = slices_of(has);
  for (std::uint32_t slice = 0; slice < slices; ++slice) {
    page read;
    do {
      read = read_page(node, read.next, filter_of(has, slices, slice, salt));
      names.insert(read.names.begin(), read.names.end());
    } while (read.next != 0);
  }
  return names;
}

TEST(syncing, members_that_the_reader_has_are_left_out) {
  solo node = node_with_members(700, 0);
  solo reader = node_with_members(600, 0);
  node.hear("x", 1, update("member-5", 1, 2));
  node.hear("x", 1, update("member-6", 2, 1));
  node.hear("x", 1, update("member-7", 1, 1, member_status::left));
  node.hear("x", 1, update("member-8", 1, 1, member_status::suspect));
  node.hear("x", 1, update("member-9", 1, 1, member_status::dead));
  EXPECT_EQ(slices_of(reader.machine().table()), 3U);
  std::set<std::string> named;
  for (std::uint32_t salt = 0; salt < 3; ++salt) {
    const std::set<std::string> missing = read_missing(node, reader.machine().table(), salt);
    EXPECT_GE(missing.size(), 95U) << "of 103";
    named.insert(missing.begin(), missing.end());
  }
  EXPECT_EQ(named.size(), 103U);
  for (const std::string name : {"member-5", "member-6", "member-7", "member-650"}) {
    EXPECT_TRUE(named.contains(name)) << name;
  }
  for (const std::string name : {"member-4", "member-8", "member-9"}) {
    EXPECT_FALSE(named.contains(name)) << name;
  }
}

TEST(syncing, a_filter_errs_about_few) {
  solo node = node_with_members(5'000, 0);
  solo other = node_with_members(250, 0);
  const member_filter filter = filter_of(other.machine().table(), 1, 0, 7);
  EXPECT_EQ(filter.bits.size(), 502U);
  const member_table& table = node.machine().table();
  std::size_t held = 0;
  for (std::size_t place = 0; place < table.size(); ++place) {
    held += seems_to_hold(filter, table.at(place)) ? 1 : 0;
  }
  EXPECT_GE(held, 251U) << "all that it has";
  EXPECT_LE(held, 251U + 40U) << "and of 4,750 others few: one in 400";
}

// So many that a filter errs often: about others with each salt, so that nobody is left out for
// ever.
TEST(syncing, the_filter_of_a_crowded_slice_fits_a_frame_and_errs_about_others_each_time) {
  solo crowd = node_with_members(1'500, 0);
  const member_filter one = filter_of(crowd.machine().table(), 1, 0, 7);
  const member_filter other = filter_of(crowd.machine().table(), 1, 0, 8);
  EXPECT_EQ(one.bits.size(), filter_bytes_max);
  std::size_t missed = 0;
  std::size_t missed_twice = 0;
  solo node = node_with_members(4'500, 0);
  const member_table& table = node.machine().table();
  for (std::size_t place = 1; place < table.size(); ++place) {
    if (crowd.find(table.at(place).record->name) == nullptr &&
        seems_to_hold(one, table.at(place))) {
      ++missed;
      missed_twice += seems_to_hold(other, table.at(place)) ? 1 : 0;
    }
  }
  EXPECT_GT(missed, 100U);
  EXPECT_LT(missed_twice, missed / 2);
}

// Its answer is a frame of its own, and would be answered by the next question.
TEST(syncing, with_one_believed_dead_goes_no_faster_than_gossip) {
  solo node = node_with_members(3, 0);
  node.hear("x", 1, update("member-1", 1, 1, member_status::dead));
  std::size_t asked = 0;
  for (int i = 0; i < 5; ++i) {
    node.answer("member-1", {});
    asked += node.said_to<sync_request>("member-1").size();
  }
  EXPECT_EQ(asked, 1U);
}

TEST(syncing, equal_tables_cost_one_message_each_way) {
  solo node = node_with_members(100, 0);
  for (const sync_wish wish : {sync_wish::page, sync_wish::comparison}) {
    node.hear("member-3", 1,
              sync_request{.wish = wish, .digest = node.machine().table().live_digest()});
    ASSERT_EQ(node.out().sends.size(), 1U);
    ASSERT_EQ(node.said_to<sync_page_end>("member-3").size(), 1U);
    EXPECT_EQ(node.said_to<sync_page_end>("member-3")[0].next, 0U);
    EXPECT_TRUE(node.said_to<sync_page_end>("member-3")[0].equal);
  }
}

TEST(syncing, who_compares_is_told_no_more_than_that_there_is_something_to_read) {
  solo node = node_with_members(100, 0);
  node.hear("member-3", 1, sync_request{.wish = sync_wish::comparison, .digest = 1});
  ASSERT_EQ(node.out().sends.size(), 1U);
  ASSERT_EQ(node.said_to<sync_page_end>("member-3").size(), 1U);
  EXPECT_EQ(node.said_to<sync_page_end>("member-3")[0].next, 1U);
  EXPECT_FALSE(node.said_to<sync_page_end>("member-3")[0].equal);
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

// The only request to that member.
sync_request asked_of(solo& node, const std::string& name) {
  const auto asked = node.said_to<sync_request>(name);
  EXPECT_EQ(asked.size(), 1U);
  return asked.empty() ? sync_request() : asked[0];
}

TEST(syncing, who_joins_reads_page_after_page) {
  solo node({}, {address_of(9)});
  node.hear("a", 1, update("a", 1, 1));
  node.answer("a", {.next = 1});
  EXPECT_TRUE(node.out().join_answered);
  EXPECT_EQ(asked_of(node, "a").position, 0U);
  EXPECT_EQ(asked_of(node, "a").wish, sync_wish::page);
  EXPECT_EQ(asked_of(node, "a").has.slices, 1U);
  node.answer("a", {.next = 10});
  EXPECT_EQ(asked_of(node, "a").position, 10U);
  node.answer("a", {.next = 20});
  EXPECT_EQ(asked_of(node, "a").position, 20U);
  // A page that comes twice, or another node's, moves nothing.
  node.answer("a", {.next = 20});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.answer("b", {.next = 99});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.answer("a", {.next = 0});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  // Nor does the last one again: else what comes twice would be read for ever.
  node.answer("a", {.next = 0});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
}

// A seed of which thousands want to know everybody could not serve them all.
TEST(syncing, who_joins_reads_on_at_another_whom_the_page_named) {
  solo node({}, {address_of(9)});
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, update("b", 1, 1));
  node.answer("a", {.next = 1});
  EXPECT_TRUE(node.out().join_answered);
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  EXPECT_EQ(asked_of(node, "b").position, 0U);
  EXPECT_TRUE(seems_to_hold(asked_of(node, "b").has, *node.find("a")));
  node.answer("b", {.next = 1});
  EXPECT_EQ(asked_of(node, "b").position, 1U) << "as fast as they come";
}

TEST(syncing, slices_are_read_one_after_the_other) {
  solo node = node_with_members(700, 0);
  node.hear("a", 1, update("a", 1, 1));
  node.answer("a", {.next = 1});
  for (std::uint32_t slice = 0; slice < 3; ++slice) {
    EXPECT_EQ(asked_of(node, "a").has.slices, 3U);
    EXPECT_EQ(asked_of(node, "a").has.slice, slice);
    EXPECT_EQ(asked_of(node, "a").position, 0U);
    node.answer("a", {.next = 300});
    EXPECT_EQ(asked_of(node, "a").has.slice, slice);
    EXPECT_EQ(asked_of(node, "a").position, 300U);
    node.answer("a", {});
  }
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
}

// Else a copy of the end of one slice would end the next one, and its members would be missed.
TEST(syncing, an_answer_to_an_earlier_question_moves_nothing) {
  solo node = node_with_members(700, 0);
  node.hear("a", 1, update("a", 1, 1));
  node.answer("a", {.next = 1});
  const std::uint32_t first = node.last_question("a");
  node.answer("a", {.next = 300});
  const std::uint32_t second = node.last_question("a");
  node.answer("a", {});
  EXPECT_EQ(asked_of(node, "a").has.slice, 1U);
  node.hear("a", 1, sync_page_end{.number = first, .next = 300});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.hear("a", 1, sync_page_end{.number = second});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.answer("a", {});
  EXPECT_EQ(asked_of(node, "a").has.slice, 2U);
  node.hear("a", 1, sync_page_end{.number = second, .equal = true});
  node.answer("a", {.next = 300});
  EXPECT_EQ(asked_of(node, "a").position, 300U) << "it was not over";
}

TEST(syncing, ends_as_soon_as_tables_are_equal) {
  solo node = node_with_members(700, 0);
  node.hear("a", 1, update("a", 1, 1));
  node.answer("a", {.next = 1});
  EXPECT_EQ(asked_of(node, "a").has.slice, 0U);
  node.answer("a", {.next = 300, .equal = true});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
}

TEST(syncing, a_page_that_is_lost_is_asked_for_again_a_few_times) {
  solo node({}, {address_of(9)});
  node.answer("a", {.next = 1});
  node.answer("a", {.next = 10});
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
    node.answer("a", {.next = page * 10});
    ASSERT_EQ(node.said_to<sync_request>("a").size(), 1U) << page;
    node.pass(1s);
    ASSERT_GE(node.said_to<sync_request>("a").size(), 1U) << page;
  }
}

TEST(syncing, who_only_makes_sure_pauses_between_pages) {
  solo node = old_node();
  node.hear("a", 1, update("a", 1, 1));
  node.answer("a", {.next = 10});
  node.answer("a", {.next = 20});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.pass(199ms);
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.pass(1ms);
  EXPECT_EQ(node.said_to<sync_request>("a").size(), 1U);
}

// Tables are compared soon after many have come, not at the next turn but one.
TEST(syncing, who_hears_of_many_arrivals_compares_soon) {
  for (const int many : {7, 8}) {
    solo node = old_node();
    node.hear("a", 1, update("a", 1, 1));
    node.pass(30s);
    std::size_t soon = 0;
    std::uint64_t word = 1;
    for (int i = 0; i < 100; ++i) {
      // Right after it compared the next comparison is two turns away.
      do {
        node.hear("a", 1, update("a", 1, ++word));
        node.pass(1s);
      } while (node.said_to<sync_request>("a").empty());
      node.answer("a", {.equal = true});
      for (int one = 0; one < many; ++one) {
        node.hear("a", 1, update(std::to_string(i) + "-" + std::to_string(one), 1, 1));
        node.hear("a", 1,
                  update(std::to_string(i) + "-" + std::to_string(one), 1, 1, member_status::left));
      }
      node.hear("a", 1, update("a", 1, ++word));
      node.pass(1500ms);
      soon += node.said_to<sync_request>("a").empty() ? 0 : 1;
      node.answer("a", {.equal = true});
    }
    if (many == 8) {
      EXPECT_EQ(soon, 100U);
    } else {
      EXPECT_LE(soon, 10U);
    }
  }
}

// With a, who is alive all the time, from second `from` on.
std::size_t comparisons(solo& node, int from, int seconds) {
  std::size_t asked = 0;
  for (int i = from; i < from + seconds; ++i) {
    node.pass(1s);
    for (const sync_request& one : node.said_to<sync_request>("a")) {
      EXPECT_EQ(one.digest, node.machine().table().live_digest());
      EXPECT_EQ(one.wish, sync_wish::comparison);
      node.answer("a", {.equal = true});
      ++asked;
    }
    node.hear("a", 1, update("a", 1, static_cast<std::uint64_t>(i) + 2));
  }
  return asked;
}

// Nearly all that are gone have left. (One that left and one that is dead look alike here.)
TEST(rejoining, tries_the_dead_also_among_many_that_have_left) {
  solo node = old_node();
  for (int i = 0; i < 500; ++i) {
    node.hear("a", 1, update(std::to_string(i), 1, 1));
    node.hear("a", 1, update(std::to_string(i), 1, 1, member_status::left));
  }
  node.hear("a", 1, update("a", 1, 1, member_status::left));
  node.hear("b", 1, update("b", 1, 1));
  node.hear("b", 1, update("b", 1, 1, member_status::dead));
  node.pass(60s);
  EXPECT_GE(node.said_to<sync_request>("b").size(), 9U);
}

TEST(syncing, answers_one_question_for_a_page_of_a_frame) {
  solo node = node_with_members(100, 100);
  const node_boot from{.node = node_id_of("x"), .boot = {1}};
  const sync_request asked{.wish = sync_wish::page, .number = 7, .position = 1};
  membership_output out;
  for (int i = 0; i < 100; ++i) {
    node.machine().handle(from, update("x", 1, 1).where, asked, node.now(), out);
  }
  EXPECT_LE(bytes_of(out.sends), 1'200U);
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

// Thousands that join know a seed, and some others each: it would have to serve them all.
TEST(syncing, a_seed_is_compared_with_when_there_is_nobody_else) {
  const auto asked = [](bool others) {
    std::size_t of_seed = 0;
    for (int run = 0; run < 20; ++run) {
      solo node({}, {update("seed", 1, 1).where}, instant(std::chrono::seconds(run)));
      node.hear("seed", 1, update("seed", 1, 1));
      node.hear("seed", 1, sync_page_end{});
      if (others) {
        node.hear("seed", 1, update("a", 1, 1));
      }
      node.pass(1100ms);
      of_seed += node.said_to<sync_request>("seed").size();
    }
    return of_seed;
  };
  EXPECT_EQ(asked(false), 20U);
  EXPECT_EQ(asked(true), 0U);
}

// Each page at once, and not one each gossip interval.
TEST(syncing, who_has_just_joined_reads_as_fast_as_pages_come) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.pass_until_said_to<sync_request>("a");
  EXPECT_EQ(asked_of(node, "a").wish, sync_wish::comparison);
  node.answer("a", {.next = 1});
  EXPECT_EQ(asked_of(node, "a").wish, sync_wish::page);
  EXPECT_EQ(asked_of(node, "a").position, 0U);
  node.answer("a", {.next = 1});
  EXPECT_EQ(asked_of(node, "a").position, 1U);
}

// Of thousands that start together each knows some others only.
TEST(syncing, who_has_just_joined_and_read_of_many_goes_on_with_another) {
  const auto goes_on = [](solo node, int many) {
    node.hear("a", 1, update("a", 1, 1));
    node.answer("a", {.next = 1});
    EXPECT_EQ(node.said_to<sync_request>("a").size(), 1U);
    for (int i = 0; i < many; ++i) {
      node.hear("a", 1, update("member-" + std::to_string(i), 1, 1));
    }
    node.answer("a", {});
    EXPECT_TRUE(node.said_to<sync_request>("a").empty());
    std::size_t asked = 0;
    for (int i = 0; i < many; ++i) {
      for (const sync_request& one : node.said_to<sync_request>("member-" + std::to_string(i))) {
        EXPECT_EQ(one.wish, sync_wish::comparison);
        ++asked;
      }
    }
    return asked == 1;
  };
  EXPECT_TRUE(goes_on(solo(), 8));
  EXPECT_FALSE(goes_on(solo(), 6)) << "a itself is one more that arrived";
  EXPECT_FALSE(goes_on(old_node(), 8)) << "it was there before, and is in no hurry";
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
  node.hear("a", 1, update("a", 1, 2));
  node.pass(1s);  // after a silence, until news counts again
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
