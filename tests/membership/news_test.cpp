// Which news counts, and what a node does about news of itself (docs/protocol.md, "Membership").
#include "membership/precedence.hpp"
#include "solo.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

constexpr auto alive = member_status::alive;
constexpr auto suspect = member_status::suspect;
constexpr auto dead = member_status::dead;
constexpr auto left = member_status::left;

// Ordered: each supersedes all before it, and none supersedes itself.
TEST(news, is_ordered_by_boot_then_incarnation_then_status) {
  const std::vector<member_update> ascending = {
      update("a", 1, 1, alive), update("a", 1, 1, suspect), update("a", 1, 1, dead),
      update("a", 1, 2, alive), update("a", 1, 2, suspect), update("a", 1, 2, dead),
      update("a", 1, 1, left),  update("a", 2, 1, alive),   update("a", 2, 1, dead),
      update("a", 2, 1, left),  update("a", 3, 1, alive)};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      solo node;
      node.hear("x", 1, update("a", 1, 1, alive));
      node.hear("x", 1, ascending[i]);
      ASSERT_EQ(node.find("a")->status, ascending[i].status);
      EXPECT_EQ(supersedes(ascending[j], *node.find("a")), j > i) << j << " over " << i;
    }
  }
}

TEST(news, of_an_accuser_does_not_change_what_the_member_said_of_itself) {
  solo node;
  member_update told = update("a", 1, 1);
  told.metadata = "mine";
  node.hear("a", 1, told);
  told.metadata = "forged";
  told.status = suspect;
  node.hear("b", 1, told);
  EXPECT_EQ(node.find("a")->status, suspect);
  EXPECT_EQ(node.find("a")->record->metadata, "mine");
}

TEST(news, of_a_greater_boot_replaces_a_member_that_was_dead_or_had_left) {
  for (const member_status gone : {dead, left}) {
    solo node;
    node.hear("a", 1, update("a", 1, 4));
    node.hear("b", 1, update("a", 1, 4, gone));
    ASSERT_EQ(node.find("a")->status, gone);
    node.hear("a", 1, update("a", 1, 5));
    EXPECT_EQ(node.find("a")->status, gone == left ? left : alive);
    node.hear("a", 2, update("a", 2, 1));
    EXPECT_EQ(node.find("a")->status, alive);
    EXPECT_EQ(node.find("a")->record->boot, boot_id{2});
  }
}

TEST(news, of_the_dead_is_not_revived_by_a_stale_rumour_but_the_member_is_told) {
  solo node;
  node.hear("a", 1, update("a", 1, 3));
  node.hear("b", 1, update("a", 1, 3, dead));
  node.hear("c", 1, update("a", 1, 3));
  EXPECT_EQ(node.find("a")->status, dead);
  const auto told = node.said_to<member_update>("a");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].status, dead);
}

TEST(news, of_a_death_among_strangers_is_not_kept) {
  solo node;
  node.hear("b", 1, update("a", 1, 3, dead));
  node.hear("b", 1, update("c", 1, 3, left));
  EXPECT_EQ(node.find("a"), nullptr);
  EXPECT_EQ(node.find("c"), nullptr);
  EXPECT_TRUE(node.out().changes.empty());
}

TEST(news, that_accuses_a_node_is_refuted_with_a_greater_incarnation) {
  for (const member_status status : {suspect, dead}) {
    solo node;
    member_update accusation = update("self", 50, 1, status);
    node.hear("a", 1, accusation);
    EXPECT_EQ(node.machine().table().self().incarnation, 2U);
    EXPECT_EQ(node.find("self")->status, alive);
    auto told = node.said_to<member_update>("a");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].incarnation, incarnation{2});
    EXPECT_EQ(told[0].status, alive);
    // Who still says so is put right, but nothing is left to refute.
    node.hear("b", 1, accusation);
    EXPECT_EQ(node.machine().table().self().incarnation, 2U);
    EXPECT_EQ(node.said_to<member_update>("b").size(), 1U);
    accusation.incarnation = {40};
    node.hear("b", 1, accusation);
    EXPECT_EQ(node.machine().table().self().incarnation, 41U);
    accusation.incarnation = {3};
    node.hear("b", 1, accusation);
    EXPECT_EQ(node.machine().table().self().incarnation, 41U);
  }
}

TEST(news, of_a_newer_process_of_the_own_name_is_answered_once_for_all) {
  solo node;
  node.hear("a", 1, update("self", 51, 1));
  EXPECT_EQ(node.out().superseded_by, boot_id{51});
  ASSERT_EQ(node.out().sends.size(), 1U);
  EXPECT_EQ(node.out().sends[0].where, update("self", 51, 1).where);
  EXPECT_EQ(std::get<member_update>(node.out().sends[0].content).boot, boot_id{50});
  node.hear("a", 1, update("self", 51, 1));
  EXPECT_TRUE(node.out().sends.empty());
}

TEST(news, that_accuses_a_node_is_refuted_before_all_others_too) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  while (node.machine().rumours_left() > 0) {
    node.pass(200ms);
  }
  node.hear("a", 1, update("self", 50, 1, suspect));
  EXPECT_EQ(node.machine().rumours_left(), 1U);
}

TEST(news, that_puts_other_words_in_a_nodes_mouth_is_refuted) {
  solo node;
  member_update forged = update("self", 50, 1);
  forged.where = address_of(1'000);
  node.hear("a", 1, forged);
  EXPECT_EQ(node.machine().table().self().incarnation, 1U);
  forged.metadata = "forged";
  node.hear("a", 1, forged);
  EXPECT_EQ(node.machine().table().self().incarnation, 2U);
  forged.incarnation = {9};
  node.hear("a", 1, forged);
  EXPECT_EQ(node.machine().table().self().incarnation, 10U);
  EXPECT_EQ(node.machine().table().self().record->metadata, "");
}

TEST(news, that_accuses_at_the_greatest_incarnation_is_refused_so_that_any_can_be_refuted) {
  constexpr std::uint64_t greatest = std::numeric_limits<std::uint32_t>::max();
  solo node;
  node.hear("a", 1, update("self", 50, greatest, dead));
  EXPECT_EQ(node.machine().counters().updates_refused, 1U);
  node.hear("a", 1, update("self", 50, greatest - 1, dead));
  EXPECT_EQ(node.machine().table().self().incarnation, greatest);
  solo other;
  other.hear("a", 1, update("b", 1, greatest - 1, dead));
  other.hear("b", 1, update("b", 1, greatest));
  EXPECT_EQ(other.find("b")->status, alive);
}

TEST(news, that_a_node_left_is_refused_by_the_node_itself) {
  solo node;
  node.hear("a", 1, update("self", 50, 1, left));
  EXPECT_EQ(node.find("self")->status, alive);
  EXPECT_EQ(node.machine().counters().farewells_refused, 1U);
  EXPECT_EQ(node.machine().table().self().incarnation, 1U);
}

TEST(news, of_a_smaller_boot_of_ones_own_name_is_answered_with_the_truth) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  while (node.machine().rumours_left() > 0) {
    node.pass(200ms);
  }
  node.hear("a", 1, update("self", 49, 8));
  const auto told = node.said_to<member_update>("a");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].boot, boot_id{50});
  EXPECT_EQ(node.machine().rumours_left(), 1U);
  EXPECT_EQ(node.machine().table().self().incarnation, 1U);
  EXPECT_FALSE(node.out().superseded_by);
}

TEST(news, of_a_greater_boot_of_ones_own_name_ends_this_process_part) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, update("self", 51, 1));
  EXPECT_EQ(node.out().superseded_by, boot_id{51});
  EXPECT_EQ(node.machine().next_deadline(), never);
  node.hear("a", 1, ping{.probe = {1}, .target = {}});
  EXPECT_TRUE(node.out().sends.empty());
}

TEST(news, of_a_newer_process_comes_with_its_frames_too) {
  solo node;
  node.hear("self", 51, ping{.probe = {1}, .target = {}});
  EXPECT_EQ(node.out().superseded_by, boot_id{51});
}

TEST(news, an_older_process_of_a_name_is_told_of_the_newer) {
  solo node;
  node.hear("a", 2, update("a", 2, 1));
  node.hear("a", 1, ping{.probe = {1}, .target = {}});
  const auto told = node.said_to<member_update>("a");
  ASSERT_GE(told.size(), 1U);
  EXPECT_EQ(told.back().boot, boot_id{2});
  EXPECT_EQ(node.machine().update_about(node_id_of("a"))->boot, boot_id{2});
  EXPECT_FALSE(node.machine().update_about(node_id_of("nobody")));
  node.hear("self", 49, ping{.probe = {1}, .target = {}});
  const auto own = node.said_to<member_update>("self");
  ASSERT_EQ(own.size(), 1U);
  EXPECT_EQ(own[0].boot, boot_id{50});
}

TEST(news, a_stranger_and_a_restarted_member_are_asked_who_they_are) {
  solo node;
  node.hear("stranger", 1, ping{.probe = {1}, .target = {}});
  ASSERT_EQ(node.said_to<sync_request>("stranger").size(), 1U);
  EXPECT_EQ(node.said_to<sync_request>("stranger")[0].wish, sync_wish::only_you);
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, ping{.probe = {1}, .target = {}});
  EXPECT_TRUE(node.said_to<sync_request>("a").empty());
  node.hear("a", 2, ping{.probe = {1}, .target = {}});
  EXPECT_EQ(node.said_to<sync_request>("a").size(), 1U);
  node.hear("a", 1, sync_request{.wish = sync_wish::only_you});
  const auto told = node.said_to<member_update>("a");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].name, "self");
  EXPECT_TRUE(node.said_to<sync_page_end>("a").empty());
}

TEST(news, who_is_believed_suspect_or_dead_and_speaks_is_told_so_once_an_interval) {
  for (const member_status status : {suspect, dead}) {
    solo node;
    node.hear("b", 1, update("a", 1, 1));
    node.hear("b", 1, update("a", 1, 1, status));
    node.out().clear();
    node.machine().heard_of({.node = node_id_of("a"), .boot = {1}}, address_of(4), node.now(),
                            node.out());
    node.machine().heard_of({.node = node_id_of("a"), .boot = {1}}, address_of(4), node.now(),
                            node.out());
    const auto told = node.said_to<member_update>("a");
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].status, status);
    EXPECT_EQ(node.said_to<sync_request>("a").size(), status == dead ? 1U : 0U);
    const instant later = node.now() + 200ms;
    node.machine().heard_of({.node = node_id_of("a"), .boot = {1}}, address_of(4), later,
                            node.out());
    EXPECT_EQ(node.said_to<member_update>("a").size(), 2U);
  }
}

}  // namespace
}  // namespace conclave::core
