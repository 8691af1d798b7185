// Nodes that heard nobody for so long that others may have forgotten whom they believe alive
// (docs/protocol.md, "Leaving and forgetting").
#include "solo.hpp"
#include "virtual_cluster.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

// All that it tells somebody who has nothing, with pages up to the last.
std::set<std::string> told(solo& node) {
  std::set<std::string> names;
  std::uint32_t position = 1;  // the first page is drawn at random
  do {
    node.hear("reader", 1, sync_request{.position = position});
    for (const member_update& one : node.said_to<member_update>("reader")) {
      names.insert(one.name);
    }
    position = node.said_to<sync_page_end>("reader").at(0).next;
  } while (position != 0);
  return names;
}

solo with_three() {
  solo node;
  for (const char* name : {"a", "b", "c"}) {
    node.hear(name, 1, update(name, 1, 1));
  }
  return node;
}

TEST(silence, that_is_short_changes_nothing) {
  solo node = with_three();
  node.sleep(5min - 1s);
  EXPECT_EQ(told(node), (std::set<std::string>{"a", "b", "c"}));
  EXPECT_EQ(node.machine().counters().silences, 0U);
}

TEST(silence, that_was_long_ends_with_telling_of_those_who_were_heard_of_anew) {
  solo node = with_three();
  node.sleep(5min);
  const std::uint64_t all = node.machine().table().live_digest();
  EXPECT_TRUE(told(node).empty());
  EXPECT_NE(node.machine().table().live_digest(), all);
  EXPECT_TRUE(node.out().changes.empty()) << "it goes on believing them alive";
  node.pass(1s);
  node.hear("a", 1, ping{.probe = {1}, .target = node_id_of("self")});
  EXPECT_EQ(told(node), std::set<std::string>{"a"});
  node.hear("a", 1, update("b", 1, 1));
  EXPECT_EQ(told(node), (std::set<std::string>{"a", "b"}));
  node.hear("a", 1, update("c", 2, 1));
  EXPECT_EQ(told(node), (std::set<std::string>{"a", "b", "c"})) << "another run of it";
}

// Of an older run, or of its death: that says nothing of whether it is still remembered.
TEST(silence, is_not_over_for_a_member_when_others_know_it_otherwise) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 2, update("b", 2, 2));
  node.sleep(5min);
  node.hear("a", 1, ping{.probe = {1}, .target = node_id_of("self")});
  node.pass(1s);
  node.hear("a", 1, update("b", 1, 3));
  node.hear("a", 1, update("b", 2, 1, member_status::dead));
  EXPECT_EQ(node.find("b")->status, member_status::alive);
  EXPECT_EQ(told(node), std::set<std::string>{"a"});
}

// Frames of links count too, also those without gossip.
TEST(silence, is_broken_by_any_frame) {
  solo node = with_three();
  node.sleep(5min);
  const node_boot from{.node = node_id_of("a"), .boot = {1}};
  node.machine().heard_of(from, update("a", 1, 1).where, node.now(), node.out());
  EXPECT_EQ(node.machine().counters().silences, 1U);
}

TEST(silence, that_was_long_leaves_no_word_of_a_suspicion_or_a_death_to_be_told) {
  solo node = with_three();
  node.sleep(5min);
  node.hear("a", 1, ping{.probe = {1}, .target = node_id_of("self")});
  for (int i = 0; i < 200 && node.find("b")->status != member_status::dead; ++i) {
    node.pass(300ms);
    node.hear("a", 1, ping{.probe = {1}, .target = node_id_of("self")});
    for (const member_update& one : node.said_to<member_update>("a")) {
      EXPECT_NE(one.name, "b");
    }
  }
  EXPECT_EQ(node.find("b")->status, member_status::dead) << "its own probes found that";
}

// Others who believe the member alive have to hear that it may not be.
TEST(silence, is_over_for_a_suspect_as_soon_as_others_know_of_it) {
  solo node = with_three();
  node.sleep(5min);
  for (int i = 0; i < 200 && node.find("b")->status != member_status::suspect; ++i) {
    node.hear("a", 1, ping{.probe = {1}, .target = node_id_of("self")});
    node.pass(300ms);
  }
  ASSERT_EQ(node.find("b")->status, member_status::suspect);
  node.hear("a", 1, update("b", 1, 1));
  node.pass(200ms);
  std::size_t heard = 0;
  for (const gossip_send& sent : node.out().sends) {
    const auto* news = std::get_if<member_update>(&sent.content);
    heard += news != nullptr && news->name == "b" && sent.to != node_id_of("b") ? 1 : 0;
  }
  EXPECT_GE(heard, 1U);
}

// What waited in its sockets while it stood still is as old as what it believes.
TEST(silence, that_was_long_is_not_ended_by_what_had_been_waiting) {
  solo node = with_three();
  node.sleep(5min);
  node.hear("a", 1, update("b", 1, 1));
  node.hear("b", 1, ping{.probe = {1}, .target = node_id_of("self")});
  node.hear("a", 1, update("d", 1, 1));
  node.hear(
      "a", 1,
      accusation{
          .member = node_id_of("c"), .boot = {1}, .incarnation = {1}, .accuser = node_id_of("a")});
  EXPECT_EQ(node.find("d"), nullptr);
  EXPECT_EQ(node.find("c")->status, member_status::alive);
  EXPECT_TRUE(told(node).empty());
}

// Its three others speak all the time. How often one of them was asked to compare tables.
std::size_t comparisons(solo& node, duration length) {
  std::size_t asked = 0;
  for (const instant end = node.now() + length; node.now() < end;) {
    node.pass(500ms);
    for (const char* name : {"a", "b", "c"}) {
      asked += node.said_to<sync_request>(name).size();
    }
    for (const char* name : {"a", "b", "c"}) {
      node.answer(name, {.equal = true});
      node.hear(name, 1, update(name, 1, node.find(name)->incarnation + 1));  // refutes
    }
  }
  return asked;
}

TEST(silence, that_was_long_ends_with_reading_all_again) {
  solo node = with_three();
  comparisons(node, 2min);
  ASSERT_LE(comparisons(node, 1min), 8U) << "it is not new any more";
  while (comparisons(node, 500ms) == 0) {
  }
  node.sleep(5min);
  comparisons(node, 500ms);
  EXPECT_GE(comparisons(node, 8s), 3U);
}

TEST(silence, that_was_long_leaves_nothing_to_be_read_further) {
  solo node = with_three();
  node.pass_until_said_to<sync_request>("a");
  node.answer("a", {.next = 1});
  ASSERT_EQ(node.said_to<sync_request>("a").size(), 1U);
  const std::uint32_t question = node.last_question("a");
  node.hear("b", 1, update("b", 1, 2));
  node.sleep(5min);
  node.hear("a", 1, sync_page_end{.number = question, .next = 2});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
}

TEST(silence, that_was_long_has_others_tell_of_those_in_doubt) {
  solo node = with_three();
  node.sleep(5min);
  node.hear("a", 1, ping{.probe = {1}, .target = node_id_of("self")});
  node.pass_until_said_to<sync_request>("a");
  node.answer("a", {.next = 1});
  const auto asked = node.said_to<sync_request>("a");
  ASSERT_EQ(asked.size(), 1U);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_FALSE(seems_to_hold(asked[0].has, *node.find(name)));
  }
}

// One stands still for longer than the dead are remembered. Meanwhile one crashes and one leaves.
TEST(ghosts, are_not_brought_back_by_one_who_slept) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    membership_config config;
    config.forget_after = 1min;
    virtual_cluster cluster(seed, config);
    cluster.add_many(6);
    ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 10s));
    cluster.pause(1, 3min);
    cluster.run_for(1s);
    cluster.crash(2);
    cluster.leave(3);
    cluster.run_for(3min - 2s);
    for (const std::size_t viewer : {0U, 4U, 5U}) {
      ASSERT_EQ(cluster.machine(viewer).table().find(cluster.id(2).node), nullptr);
    }
    EXPECT_TRUE(cluster.run_until([&] { return cluster.all_see_all({0, 1, 4, 5}); }, 30s)) << seed;
    cluster.run_for(1min);
    for (const std::size_t viewer : {0U, 4U, 5U}) {
      for (const std::string& ghost : {"node-2", "node-3"}) {
        EXPECT_EQ(cluster.count(viewer, member_event_kind::joined, ghost), 1U)
            << ghost << " at " << viewer << ", seed " << seed;
      }
    }
    EXPECT_EQ(cluster.status(1, 2), member_status::dead);
    EXPECT_EQ(cluster.status(1, 3), member_status::dead);
  }
}

}  // namespace
}  // namespace conclave::core
