// Rumours: least told first, told a bounded number of times, always the latest news.
#include "membership/rumours.hpp"

#include "base/digest.hpp"
#include "solo.hpp"
#include "virtual_cluster.hpp"
#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

class rumours_of_members : public testing::Test {
 protected:
  rumours_of_members()
      : table_(std::make_shared<member_records>(), {.name = "self",
                                                    .where = ipv4_address({10, 0, 0, 1}, 1),
                                                    .boot = {1},
                                                    .metadata = ""}) {}

  node_id add(const std::string& name, std::size_t metadata_size = 0,
              rumours::kind which = rumours::kind::word) {
    table_.put({.name = name,
                .where = ipv4_address({10, 0, 0, 1}, 2),
                .boot = {1},
                .metadata = std::string(metadata_size, 'm')},
               1, member_status::alive);
    rumours_.add(node_id_of(name), which);
    return node_id_of(name);
  }

  std::vector<node_id> take(std::uint32_t words, std::uint32_t arrivals = 1) {
    return rumours_.take(table_, gossip_budget, {.arrivals = arrivals, .words = words});
  }

  member_table table_;
  rumours rumours_;
};

TEST_F(rumours_of_members, each_is_told_so_many_times_and_no_more) {
  const node_id a = add("a");
  const node_id b = add("b");
  std::map<node_id, int> told;
  for (int i = 0; i < 20; ++i) {
    for (const node_id id : take(4)) {
      ++told[id];
    }
  }
  EXPECT_EQ(told[a], 4);
  EXPECT_EQ(told[b], 4);
  EXPECT_TRUE(rumours_.empty());
}

TEST_F(rumours_of_members, arrivals_are_told_as_often_as_there_is_room_for) {
  const node_id came = add("came", 0, rumours::kind::arrival);
  const node_id accused = add("accused");
  std::map<node_id, int> told;
  for (int i = 0; i < 20; ++i) {
    for (const node_id id : take(8, 3)) {
      ++told[id];
    }
  }
  EXPECT_EQ(told[came], 3);
  EXPECT_EQ(told[accused], 8);
  EXPECT_TRUE(rumours_.empty());
  add("came", 0, rumours::kind::arrival);
  rumours_.add(came, rumours::kind::word);
  for (told[came] = 0; !rumours_.empty(); ++told[came]) {
    EXPECT_EQ(take(8, 3), std::vector{came});
  }
  EXPECT_EQ(told[came], 8) << "who has come is accused: that is a word";
}

TEST_F(rumours_of_members, riders_are_told_as_often_as_words_and_need_no_round) {
  const node_id flaps = add("flaps", 0, rumours::kind::rider);
  EXPECT_FALSE(rumours_.hurry());
  std::size_t told = 0;
  for (; !rumours_.empty(); ++told) {
    EXPECT_EQ(take(8), std::vector{flaps});
    EXPECT_FALSE(rumours_.hurry());
  }
  EXPECT_EQ(told, 8U);
}

// Else a death would wait behind all that is said of who flaps.
TEST_F(rumours_of_members, riders_go_last_and_are_dropped_first) {
  for (int i = 0; i < 10; ++i) {
    add("flaps-" + std::to_string(i), 200, rumours::kind::rider);
  }
  const node_id dead = add("dead", 200);
  EXPECT_EQ(take(8).front(), dead);
  EXPECT_EQ(take(8).front(), dead) << "though it was told more often";
  const std::size_t before = rumours_.size();
  for (std::size_t i = before; i < rumours_max + 1; ++i) {
    add("new-" + std::to_string(i));
  }
  EXPECT_EQ(rumours_.size(), rumours_max);
  EXPECT_TRUE(rumours_.has(dead));
}

TEST_F(rumours_of_members, riders_are_counted_whatever_becomes_of_them) {
  const node_id flaps = add("flaps", 0, rumours::kind::rider);
  rumours_.add(flaps, rumours::kind::rider);
  EXPECT_FALSE(rumours_.hurry());
  rumours_.add(flaps, rumours::kind::word);
  EXPECT_TRUE(rumours_.hurry()) << "it died";
  rumours_.add(flaps, rumours::kind::rider);
  EXPECT_FALSE(rumours_.hurry());
  add("other");
  EXPECT_TRUE(rumours_.hurry());
  EXPECT_EQ(take(1).size(), 2U) << "the last time for both";
  EXPECT_FALSE(rumours_.hurry());
  add("flaps", 0, rumours::kind::rider);
  rumours_.clear();
  add("other");
  EXPECT_TRUE(rumours_.hurry());
}

TEST_F(rumours_of_members, of_very_many_each_is_told_less_often) {
  std::size_t tellings = 0;
  for (int i = 0; i < 1'000; ++i) {
    add("m" + std::to_string(i));
  }
  while (!rumours_.empty()) {
    tellings += take(20).size();
  }
  EXPECT_GE(tellings, 4 * 1'000U) << "4,096 divided by their number";
  EXPECT_LE(tellings, 12 * 1'000U) << "not 20 times each; the last ones are few";
}

TEST_F(rumours_of_members, are_bounded_and_those_told_most_go) {
  const node_id told = add("told");
  EXPECT_EQ(take(20).size(), 1U);
  const node_id oldest = add("oldest");
  for (std::size_t i = 2; i < rumours_max; ++i) {
    add("m" + std::to_string(i));
  }
  EXPECT_EQ(rumours_.size(), rumours_max);
  const node_id newer = add("newer");
  EXPECT_EQ(rumours_.size(), rumours_max);
  EXPECT_FALSE(rumours_.has(told));
  EXPECT_TRUE(rumours_.has(oldest) && rumours_.has(newer));
  add("newer");
  EXPECT_TRUE(rumours_.has(oldest)) << "that is the same one";
  add("newest");
  EXPECT_EQ(rumours_.size(), rumours_max);
  EXPECT_FALSE(rumours_.has(oldest)) << "none is told now: the oldest goes";
}

TEST_F(rumours_of_members, the_least_told_go_first) {
  const node_id a = add("a", 400);
  const node_id b = add("b", 400);
  EXPECT_EQ(take(4), (std::vector{a, b}));
  const node_id c = add("c", 400);
  EXPECT_EQ(take(4), (std::vector{c, a}));
  EXPECT_EQ(take(4), (std::vector{b, c}));
}

TEST_F(rumours_of_members, newer_news_replaces_older_and_starts_over) {
  const node_id a = add("a");
  EXPECT_EQ(take(2).size(), 1U);
  rumours_.add(a, rumours::kind::word);
  EXPECT_EQ(rumours_.size(), 1U);
  EXPECT_EQ(take(2).size(), 1U);
  EXPECT_EQ(take(2).size(), 1U);
  EXPECT_TRUE(take(2).empty());
}

TEST_F(rumours_of_members, told_again_it_counts_once_for_each_frame) {
  const node_id a = add("a");
  EXPECT_EQ(take(8), std::vector{a});
  rumours_.add(a, rumours::kind::word);
  int told = 0;
  while (!rumours_.empty()) {
    EXPECT_EQ(take(8), std::vector{a});
    ++told;
  }
  EXPECT_EQ(told, 8);
}

TEST_F(rumours_of_members, told_anew_it_loses_the_place_that_it_had) {
  const node_id a = add("a");
  const node_id b = add("b", 400);
  const node_id c = add("c", 400);
  EXPECT_EQ(take(8), (std::vector{a, b, c}));
  rumours_.add(a, rumours::kind::word);
  const node_id d = add("d", 400);
  const node_id e = add("e", 400);
  const node_id f = add("f", 400);
  EXPECT_EQ(take(8), (std::vector{a, d, e}));
  EXPECT_EQ(take(8), (std::vector{f, b}));
}

TEST_F(rumours_of_members, a_smaller_bound_ends_those_that_are_over_it) {
  add("a");
  EXPECT_EQ(take(8).size(), 1U);
  EXPECT_EQ(take(8).size(), 1U);
  EXPECT_TRUE(take(2).empty());
  EXPECT_TRUE(rumours_.empty());
}

TEST_F(rumours_of_members, none_is_told_twice_in_one_frame_and_all_have_their_turn) {
  std::map<node_id, int> told;
  for (int i = 0; i < 300; ++i) {
    add("member-" + std::to_string(i), 30);
  }
  while (!rumours_.empty()) {
    const auto taken = take(3);
    ASSERT_FALSE(taken.empty());
    EXPECT_EQ(std::set(taken.begin(), taken.end()).size(), taken.size());
    for (const node_id id : taken) {
      ++told[id];
    }
  }
  EXPECT_EQ(told.size(), 300U);
  for (const auto& [id, times] : told) {
    EXPECT_EQ(times, 3);
  }
}

TEST_F(rumours_of_members, those_of_forgotten_members_are_dropped) {
  const node_id a = add("a");
  table_.erase(a);
  EXPECT_TRUE(take(2).empty());
  EXPECT_TRUE(rumours_.empty());
}

TEST_F(rumours_of_members, what_is_taken_for_one_frame_fits_one) {
  for (int i = 0; i < 200; ++i) {
    add(std::string(1 + i, 'n') + std::to_string(i), static_cast<std::size_t>(i * 7 % 513));
  }
  while (!rumours_.empty()) {
    frame_header header;
    header.anchor = instant::max();
    header.echo = instant::max();
    header.echo_age = duration::max();
    header.lamport = {~std::uint64_t{0} >> 1};
    header.epoch = {~std::uint64_t{0}};
    header.lease_ttl = duration::max();
    header.generation = {~std::uint64_t{0}};
    std::vector<std::byte> bytes;
    const sealer seal(std::vector<std::byte>(32));
    frame_builder frame(bytes, header, seal);
    for (const node_id id : take(1)) {
      EXPECT_TRUE(frame.add(update_of(*table_.find(id))));
    }
    EXPECT_TRUE(frame.add(ping_answer{.probe = {~std::uint64_t{0}}}));
  }
}

membership_config without_probes() {
  membership_config config;
  config.probe_interval = 1h;
  config.rejoin_interval = 1h;
  return config;
}

TEST(rumours, go_to_some_members_each_interval) {
  membership_config config = without_probes();
  config.retransmits_multiplier = 20;
  config.rejoin_interval = 2h;  // it is new, and tells all that it can
  solo node(config);
  for (int i = 0; i < 8; ++i) {
    node.hear("x", 1, update("member-" + std::to_string(i), 1, 1));
  }
  const auto told_within = [&](duration length) {
    node.pass(length);
    std::set<node_id> told;
    for (const gossip_send& one : node.out().sends) {
      told.insert(one.to);
    }
    return told.size();
  };
  EXPECT_EQ(told_within(0ms), 3U);
  for (int round = 0; round < 5; ++round) {
    EXPECT_EQ(told_within(199ms), 0U);
    EXPECT_EQ(told_within(1ms), 3U);
  }
}

TEST(rumours, ride_on_pings_and_their_answers) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, update("b", 1, 1));
  node.hear("a", 1, ping{.probe = {1}, .target = {}});
  EXPECT_EQ(node.said_to<member_update>("a").size(), 2U);

  membership_config seldom;
  seldom.gossip_interval = 1h;
  solo other(seldom);
  other.hear("a", 1, update("a", 1, 1));
  other.pass(1ms);
  other.hear("a", 1, update("b", 1, 1));
  std::size_t pings = 0;
  for (int i = 0; i < 4; ++i) {
    other.pass(1s);
    for (const std::string name : {"a", "b"}) {
      const bool is_helper = !other.said_to<ping_request>(name).empty();
      if (!is_helper && !other.said_to<ping>(name).empty() && other.machine().rumours_left() > 0) {
        EXPECT_FALSE(other.said_to<member_update>(name).empty());
        ++pings;
      }
    }
  }
  EXPECT_GT(pings, 0U);
}

TEST(rumours, are_dropped_when_nobody_is_left_to_tell) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, update("a", 1, 1, member_status::left));
  EXPECT_EQ(node.machine().rumours_left(), 1U);
  node.pass(1s);
  EXPECT_EQ(node.machine().rumours_left(), 0U);
}

// How often this node says that `last` is there, after so many others came.
std::size_t times_told(solo& node, int others, duration length) {
  for (int i = 0; i < others; ++i) {
    node.hear("x", 1, update("other-" + std::to_string(i), 1, 1));
  }
  node.hear("x", 1, update("last", 1, 1));
  node.pass(length);
  return static_cast<std::size_t>(
      std::ranges::count_if(node.out().sends, [](const gossip_send& one) {
        const auto* news = std::get_if<member_update>(&one.content);
        return news != nullptr && news->name == "last";
      }));
}

// Told as often as can be, but for what the two tests below are about.
membership_config talkative() {
  membership_config config = without_probes();
  config.retransmits_multiplier = 20;
  config.forget_after = 1000h;  // no silence is long
  return config;
}

// All who came within some seconds share 64 tellings.
TEST(rumours, of_many_arrivals_are_told_less_often_by_who_was_there_before) {
  const membership_config config = talkative();
  solo quiet(config);
  EXPECT_EQ(times_told(quiet, 3, 1min), 16U);
  solo crowded(config);
  EXPECT_EQ(times_told(crowded, 40, 1min), 1U);
  crowded.pass(config.probe_interval * 11);
  EXPECT_EQ(times_told(crowded, 0, 1min), 0U) << "that it is there is no news";
  crowded.hear("x", 1, update("last", 1, 1, member_status::dead));
  EXPECT_GE(times_told(crowded, 0, 1min), 32U) << "a death can't wait";
  crowded.hear("x", 1, update("last", 2, 1));
  EXPECT_GE(times_told(crowded, 0, 1min), 32U) << "the others came long ago";
}

TEST(rumours, of_many_arrivals_are_told_as_often_as_others_by_who_is_new_itself) {
  membership_config config = talkative();
  config.rejoin_interval = 2h;
  solo node(config);
  EXPECT_GE(times_told(node, 40, 1min), 32U);
}

// The bound of the whole: each node tells each piece of news at most lambda log n times.
TEST(rumours, stop_when_all_know) {
  virtual_cluster cluster(1);
  cluster.add_many(20);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
  cluster.run_for(30s);
  cluster.forget_log();
  cluster.run_for(60s);
  EXPECT_EQ(cluster.sent<member_update>(), 0U);

  cluster.set_metadata(3, "new");
  cluster.run_for(60s);
  const std::size_t bound = 20 * membership_config{}.retransmits_multiplier * logarithm_of(20);
  EXPECT_LE(cluster.sent<member_update>(), bound);
  EXPECT_GE(cluster.sent<member_update>(), 19U);
}

TEST(rumours, metadata_reaches_all_and_each_sees_one_change) {
  virtual_cluster cluster(2);
  cluster.add({.name = "node-0", .seeds = {}, .metadata = "first"});
  for (std::size_t i = 1; i < 10; ++i) {
    cluster.add({.name = "node-" + std::to_string(i), .seeds = {0}});
  }
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 30s));
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(cluster.machine(i).table().find(node_id_of("node-0"))->record->metadata, "first");
  }
  cluster.set_metadata(0, "second");
  cluster.run_for(10s);
  for (std::size_t i = 1; i < 10; ++i) {
    EXPECT_EQ(cluster.machine(i).table().find(node_id_of("node-0"))->record->metadata, "second");
    EXPECT_EQ(cluster.count(i, member_event_kind::updated, "node-0"), 1U);
    EXPECT_EQ(cluster.count(i, member_event_kind::joined, "node-0"), 1U);
  }
}

TEST(rumours, an_address_that_was_resolved_late_reaches_all) {
  virtual_cluster cluster(3);
  cluster.add_many(4);
  cluster.run_for(10s);
  // Nothing listens there: the cluster will find that out as well.
  cluster.machine(2).set_address(ipv4_address({10, 9, 9, 9}, 1'002), instant{} + 10h);
  EXPECT_EQ(cluster.machine(2).table().self().incarnation, 2U);
  EXPECT_EQ(cluster.machine(2).rumours_left(), 1U);
}

}  // namespace
}  // namespace conclave::core
