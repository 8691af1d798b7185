// Updates that no honest node sends are dropped and counted.
#include "solo.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

TEST(hostile, unsound_updates_are_dropped_and_counted) {
  const member_update sound = update("a", 1, 1);
  std::vector<member_update> unsound(8, sound);
  unsound[0].name = "";
  unsound[1].name = std::string(256, 'x');
  unsound[2].where = {};
  unsound[3].boot = {};
  unsound[4].incarnation = {};
  unsound[5].incarnation = {std::uint64_t{1} << 32};
  unsound[6].metadata = std::string(513, 'x');
  unsound[7].incarnation = {~std::uint64_t{0}};
  solo node;
  for (const member_update& one : unsound) {
    node.hear("x", 1, one);
    EXPECT_TRUE(node.out().changes.empty());
  }
  EXPECT_EQ(node.machine().counters().updates_refused, unsound.size());
  EXPECT_EQ(node.machine().table().size(), 1U);
  node.hear("x", 1, sound);
  EXPECT_EQ(node.machine().table().size(), 2U);
}

// Two names of 16 bytes with equal hashes: the second word makes up for the first.
std::string name_of(std::uint64_t first, std::uint64_t second) {
  std::string name(16, ' ');
  for (unsigned i = 0; i < 8; ++i) {
    name[i] = static_cast<char>(first >> (8 * i));
    name[i + 8] = static_cast<char>(second >> (8 * i));
  }
  return name;
}

TEST(hostile, a_name_with_the_id_of_another_member_is_dropped_and_counted) {
  constexpr std::uint64_t factor = 0x9e3779b97f4a7c15U;
  const std::string honest = name_of(1, 2);
  const std::string forged = name_of(3, 2 + (mix(1 + 1) - mix(3 + 1)) * factor);
  ASSERT_NE(honest, forged);
  ASSERT_EQ(node_id_of(honest), node_id_of(forged));
  solo node;
  node.hear("x", 1, update(honest, 1, 1));
  node.hear("x", 1, update(forged, 9, 9));
  EXPECT_EQ(node.find(honest)->record->name, honest);
  EXPECT_EQ(node.machine().counters().updates_refused, 1U);
}

TEST(hostile, the_longest_name_and_metadata_are_taken) {
  solo node;
  member_update longest = update(std::string(255, 'n'), 1, 1);
  longest.metadata = std::string(512, 'm');
  node.hear("x", 1, longest);
  EXPECT_EQ(node.find(longest.name)->record->metadata, longest.metadata);
}

TEST(hostile, more_members_than_the_bound_are_refused_and_counted) {
  membership_config config;
  config.members_max = 5;
  solo node(config);
  for (int i = 0; i < 8; ++i) {
    node.hear("x", 1, update("member-" + std::to_string(i), 1, 1));
  }
  EXPECT_EQ(node.machine().table().size(), 6U);
  EXPECT_EQ(node.machine().counters().members_refused, 3U);
  node.hear("x", 1, update("member-0", 1, 2));
  EXPECT_EQ(node.find("member-0")->incarnation, 2U);
}

TEST(hostile, what_is_told_to_others_in_an_interval_is_bounded) {
  membership_config config;
  config.members_max = 3'000;
  solo node(config);
  std::size_t asked = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::string name = "stranger-" + std::to_string(i);
    node.hear(name, 1, ping_answer{.probe = {1}});
    asked += node.said_to<sync_request>(name).size();
  }
  EXPECT_EQ(asked, 1'024U);
}

TEST(hostile, messages_of_locks_are_ignored) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, release{.lock = "x", .request = {1}, .last_token = {1}});
  EXPECT_TRUE(node.out().sends.empty());
}

TEST(hostile, random_messages_break_no_invariant) {
  random_source random(99);
  membership_config config;
  config.members_max = 12;
  for (int run = 0; run < 20; ++run) {
    solo node(config, {address_of(2'000)});
    for (int i = 0; i < 2'000; ++i) {
      const auto name = [&] {
        const std::uint64_t pick = random.below(16);
        return pick == 0 ? std::string("self") : "m" + std::to_string(pick);
      };
      const std::string speaker = name();
      const std::vector<message> contents = {
          ping{.probe = {random.below(5)}, .target = node_id_of(name())},
          ping_answer{.probe = {random.below(5)}},
          ping_request{.probe = {1}, .target = node_id_of(name()), .where = address_of(5)},
          update(name(), 47 + random.below(4), 1 + random.below(3),
                 static_cast<member_status>(random.below(4))),
          sync_request{.wish = static_cast<sync_wish>(random.below(3)),
                       .number = static_cast<std::uint32_t>(random.below(2)),
                       .position = static_cast<std::uint32_t>(random.below(20)),
                       .digest = 0,
                       .has = {.slices = static_cast<std::uint32_t>(random.below(3)),
                               .slice = static_cast<std::uint32_t>(random.below(3)),
                               .salt = 1,
                               .bits = std::string(random.below(4), '\x55')}},
          sync_page_end{.number = node.last_question(speaker),
                        .next = static_cast<std::uint32_t>(random.below(20)),
                        .equal = random.chance(0.2)}};
      node.hear(speaker, 47 + random.below(4), contents[random.below(contents.size())]);
      if (random.chance(0.1)) {
        node.pass(random.between(duration(0), duration(2s)));
      }
    }
  }
}

}  // namespace
}  // namespace conclave::core
