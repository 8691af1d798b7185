// Crashes are noticed, and nobody else is accused (docs/protocol.md, "Membership"; SWIM, 3 and 4).
#include "solo.hpp"
#include "virtual_cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

std::size_t accusations(const virtual_cluster& cluster, std::size_t by) {
  return static_cast<std::size_t>(
      std::ranges::count_if(cluster.changes(by), [](const seen_change& one) {
        return one.kind == member_event_kind::suspected || one.kind == member_event_kind::died;
      }));
}

TEST(probing, a_crashed_member_is_declared_dead_by_all_others_and_nobody_else_is) {
  virtual_cluster cluster(1);
  cluster.add_many(12);
  ASSERT_TRUE(cluster.run_until([&] { return cluster.all_see_all(); }, 20s));
  cluster.crash(5);
  // Two rounds to be probed, the suspicion, and time for the news: a bound with room.
  const auto all_know = [&] {
    return std::ranges::all_of(cluster.everyone(), [&](std::size_t viewer) {
      return cluster.status(viewer, 5) == member_status::dead;
    });
  };
  EXPECT_TRUE(cluster.run_until(all_know, 2 * 12s + 8s + 5s));
  cluster.run_for(60s);
  for (const std::size_t viewer : cluster.everyone()) {
    EXPECT_EQ(cluster.count(viewer, member_event_kind::suspected, "node-5"), 1U);
    EXPECT_EQ(cluster.count(viewer, member_event_kind::died, "node-5"), 1U);
    EXPECT_EQ(accusations(cluster, viewer), 2U);
  }
}

TEST(probing, a_member_that_others_can_reach_is_not_suspected) {
  virtual_cluster cluster(2);
  cluster.add_many(6);
  cluster.run_for(10s);
  cluster.block(1, 2);
  cluster.block(2, 1);
  cluster.run_for(120s);
  EXPECT_GT(cluster.sent<ping_request>(), 0U);
  for (const std::size_t viewer : cluster.everyone()) {
    EXPECT_EQ(accusations(cluster, viewer), 0U);
  }
}

TEST(probing, a_member_that_was_slow_refutes_and_is_never_declared_dead) {
  virtual_cluster cluster(3);
  cluster.add_many(5);
  cluster.run_for(10s);
  const auto suspected = [&] {
    return std::ranges::any_of(cluster.everyone(), [&](std::size_t viewer) {
      return cluster.status(viewer, 4) == member_status::suspect;
    });
  };
  ASSERT_TRUE(cluster.run_until(
      [&] {
        cluster.pause(4, 500ms);
        return suspected();
      },
      20s));
  cluster.run_for(20s);
  EXPECT_TRUE(cluster.all_see_all());
  EXPECT_GE(cluster.machine(4).counters().refutations, 1U);
  EXPECT_GE(cluster.machine(4).table().self().incarnation, 2U);
  for (const std::size_t viewer : cluster.everyone()) {
    EXPECT_EQ(cluster.count(viewer, member_event_kind::died, "node-4"), 0U);
    EXPECT_EQ(cluster.count(viewer, member_event_kind::suspected, "node-4"),
              cluster.count(viewer, member_event_kind::refuted, "node-4"));
  }
}

TEST(probing, a_node_that_was_paused_accuses_nobody_for_its_own_pause) {
  virtual_cluster cluster(4);
  cluster.add_many(6);
  cluster.run_for(10s);
  for (int i = 0; i < 10; ++i) {
    cluster.pause(2, 45s);
    cluster.run_for(60s);
  }
  EXPECT_EQ(cluster.machine(2).counters().pauses, 10U);
  EXPECT_EQ(accusations(cluster, 2), 0U);
  EXPECT_TRUE(cluster.all_see_all());
}

TEST(probing, time_that_this_process_did_not_run_does_not_count_against_a_suspect) {
  solo node;
  node.hear("a", 1, update("a", 1, 1, member_status::suspect));
  node.sleep(10min);
  EXPECT_EQ(node.find("a")->status, member_status::suspect);
  node.pass(500ms);
  EXPECT_EQ(node.find("a")->status, member_status::suspect);
  node.pass(3s);
  EXPECT_EQ(node.find("a")->status, member_status::dead);
}

TEST(probing, a_round_in_which_this_process_stood_still_accuses_nobody) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.pass_until_said_to<ping>("a");
  node.sleep(10min);
  while (node.said_to<ping>("a").empty()) {
    node.pass(10ms);  // the answer, if there was one, is lost
  }
  EXPECT_EQ(node.find("a")->status, member_status::alive);
  node.pass(580ms);
  EXPECT_EQ(node.find("a")->status, member_status::alive);
  node.pass(20ms);
  EXPECT_EQ(node.find("a")->status, member_status::suspect);
}

TEST(probing, a_member_that_restarts_while_it_is_probed_is_not_suspected_for_its_older_boot) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.pass_until_said_to<ping>("a");
  node.hear("a", 2, update("a", 2, 1));
  node.pass(600ms);
  EXPECT_EQ(node.machine().counters().probes_failed, 1U);
  EXPECT_EQ(node.find("a")->status, member_status::alive);
}

TEST(probing, a_suspect_has_more_time_among_more_members) {
  for (const int members : {5, 150}) {
    solo node;
    for (int i = 0; i < members; ++i) {
      node.hear("x", 1, update("member-" + std::to_string(i), 1, 1));
    }
    node.hear("x", 1, update("member-0", 1, 1, member_status::suspect));
    const duration expected = members == 5 ? 4s : 12s;
    node.pass(expected - 1ms);
    EXPECT_EQ(node.find("member-0")->status, member_status::suspect);
    node.pass(1ms);
    EXPECT_EQ(node.find("member-0")->status, member_status::dead);
  }
}

TEST(probing, what_a_member_said_since_the_probe_began_is_not_held_against_it) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.pass_until_said_to<ping>("a");
  node.hear("a", 1, update("a", 1, 2));
  node.pass(600ms);
  EXPECT_EQ(node.machine().counters().probes_failed, 1U);
  EXPECT_EQ(node.find("a")->status, member_status::alive);
}

TEST(probing, no_more_probes_are_under_way_than_there_may_be) {
  solo node;
  std::set<std::string> probed;
  for (std::uint64_t word = 1; word <= 8; ++word) {
    for (int i = 0; i < 40; ++i) {
      const std::string name = "member-" + std::to_string(i);
      node.hear("x", 1, update(name, 1, word));
      node.hear("x", 1, update(name, 1, word, member_status::suspect));
      if (!node.said_to<ping>(name).empty()) {
        probed.insert(name);
      }
    }
  }
  EXPECT_EQ(probed.size(), probe_rounds_max);
}

TEST(probing, who_hears_nobody_accuses_nobody_before_it_is_sure) {
  solo node;
  for (const std::string name : {"a", "b", "c"}) {
    node.hear(name, 1, update(name, 1, 1));
  }
  node.pass(3'900ms);
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_EQ(node.find(name)->status, member_status::alive);
  }
  node.pass(30s);
  for (const std::string name : {"a", "b", "c"}) {
    EXPECT_EQ(node.find(name)->status, member_status::dead);
  }
}

TEST(probing, a_probe_asks_three_times_and_others_twice) {
  solo node;
  for (const std::string name : {"a", "b"}) {
    node.hear(name, 1, update(name, 1, 1));
  }
  node.pass_until_said_to<ping>("a");
  std::size_t pings = node.said_to<ping>("a").size();
  std::size_t favours = 0;
  for (int i = 0; i < 2; ++i) {
    node.pass(200ms);
    pings += node.said_to<ping>("a").size();
    favours += node.said_to<ping_request>("b").size();
  }
  EXPECT_EQ(pings, 3U);
  EXPECT_EQ(favours, 2U);
}

TEST(probing, others_are_asked_for_help_and_not_the_member_itself) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1));
  for (int i = 0; i < 4; ++i) {
    node.pass(1s);
    for (const std::string name : {"a", "b"}) {
      for (const ping_request& favour : node.said_to<ping_request>(name)) {
        EXPECT_NE(favour.target, node_id_of(name));
      }
    }
  }
}

TEST(probing, a_favour_is_done_at_the_address_that_is_known_for_the_member) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1));
  for (const std::string name : {"b", "stranger"}) {
    const address claimed = address_of(4'321);
    node.hear("a", 1, ping_request{.probe = {1}, .target = node_id_of(name), .where = claimed});
    ASSERT_EQ(node.said_to<ping>(name).size(), 1U);
    EXPECT_EQ(node.out().sends.back().where, name == "b" ? update("b", 1, 1).where : claimed);
  }
}

// Its rumours are soon gone: what it tells after that comes by other rules.
membership_config hardly_gossiping() {
  membership_config config;
  config.gossip_interval = 10s;
  config.retransmits_multiplier = 1;
  return config;
}

// Protocol 81.
TEST(probing, of_a_suspect_that_is_out_of_reach_tells_it_through_the_helpers) {
  solo node(hardly_gossiping());
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1));
  const auto pass = [&](duration length) {
    node.pass(length);
    const membership_output said = node.out();
    for (const ping& asked : node.said_to<ping>("b")) {
      node.hear("b", 1, ping_answer{.probe = asked.probe, .at = {}});
    }
    node.out() = said;
  };
  while (node.find("a")->status == member_status::alive || node.machine().rumours_left() > 0) {
    pass(50ms);
  }
  ASSERT_EQ(node.find("a")->status, member_status::suspect);
  while (node.said_to<ping_request>("b").empty()) {
    pass(50ms);
  }
  ASSERT_EQ(node.said_to<ping_request>("b")[0].target, node_id_of("a"));
  const auto told = node.said_to<member_update>("b");
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told[0].name, "a");
  EXPECT_EQ(told[0].status, member_status::suspect);
  EXPECT_FALSE(node.said_to<accusation>("b").empty());
}

TEST(probing, who_does_that_favour_tells_a_suspect_what_it_has_to_refute) {
  for (const member_status status : {member_status::alive, member_status::suspect}) {
    solo node;
    node.hear("a", 1, update("a", 1, 1));
    node.hear("b", 1, update("b", 1, 1));
    node.hear("b", 1, update("a", 1, 1, status));
    node.hear("b", 1, ping_request{.probe = {1}, .target = node_id_of("a"), .where = {}});
    ASSERT_FALSE(node.said_to<ping>("a").empty());
    const auto told = node.said_to<member_update>("a");
    ASSERT_EQ(told.size(), status == member_status::suspect ? 1U : 0U);
    EXPECT_TRUE(told.empty() || told[0].status == member_status::suspect);
  }
}

TEST(probing, lost_datagrams_alone_declare_nobody_dead) {
  virtual_cluster cluster(5);
  cluster.add_many(10);
  cluster.run_for(10s);
  cluster.lose(0.1);
  cluster.run_for(10min);
  for (const std::size_t viewer : cluster.everyone()) {
    for (const std::size_t subject : cluster.everyone()) {
      EXPECT_EQ(cluster.count(viewer, member_event_kind::died, "node-" + std::to_string(subject)),
                0U);
    }
  }
}

TEST(probing, every_member_is_probed_once_in_a_round) {
  solo node;
  const std::vector<std::string> names = {"a", "b", "c", "d", "e", "f", "g"};
  for (const std::string& name : names) {
    node.hear(name, 1, update(name, 1, 1));
  }
  std::map<std::string, std::set<probe_id>> probes;  // each asks several times
  for (const instant end = node.now() + std::chrono::seconds(names.size()); node.now() < end;) {
    node.pass(20ms);
    for (const gossip_send& sent : std::vector(node.out().sends)) {
      const auto* asked = std::get_if<ping>(&sent.content);
      const auto name = std::ranges::find(names, sent.to, node_id_of);
      if (asked != nullptr && name != names.end()) {
        probes[*name].insert(asked->probe);
        node.hear(*name, 1, ping_answer{.probe = asked->probe});
      }
    }
  }
  for (const std::string& name : names) {
    EXPECT_EQ(probes[name].size(), 1U) << name;
  }
}

TEST(probing, a_suspect_is_told_with_the_ping_so_that_it_can_refute) {
  solo node(hardly_gossiping());
  node.hear("a", 1, update("a", 1, 1));
  node.pass(2'500ms);
  while (node.machine().rumours_left() > 0) {
    node.pass(200ms);
  }
  ASSERT_EQ(node.find("a")->status, member_status::suspect);
  node.pass_until_said_to<ping>("a");
  const auto told = node.said_to<member_update>("a");
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told[0].name, "a");
  EXPECT_EQ(told[0].status, member_status::suspect);
}

TEST(probing, an_answer_counts_only_from_who_was_asked) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.pass_until_said_to<ping>("a");
  const auto pings = node.said_to<ping>("a");
  node.hear("b", 1, ping_answer{.probe = pings[0].probe});
  node.hear("a", 1, ping_answer{.probe = pings[0].probe.next(7)});
  node.pass(600ms);
  EXPECT_EQ(node.find("a")->status, member_status::suspect);
}

TEST(probing, an_answer_in_time_is_an_answer) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  for (int i = 0; i < 200; ++i) {
    node.pass(100ms);
    for (const ping& asked : node.said_to<ping>("a")) {
      node.hear("a", 1, ping_answer{.probe = asked.probe});
    }
  }
  EXPECT_EQ(node.find("a")->status, member_status::alive);
  EXPECT_EQ(node.machine().counters().probes_failed, 0U);
}

// Answers each probe of "a" after that long, as somebody who is nearly nowhere yet.
void answer_after(solo& node, duration round_trip, int probes) {
  for (int i = 0; i < probes; ++i) {
    node.pass_until_said_to<ping>("a");
    const probe_id probe = node.said_to<ping>("a").front().probe;
    node.pass(round_trip);
    node.hear("a", 1, ping_answer{.probe = probe, .at = {.error_permille = 999}});
  }
}

// Else it could not tell whether all are silent, or it is deaf.
TEST(probing, that_fails_asks_one_of_the_helpers_for_a_word) {
  solo node;
  for (const std::string name : {"a", "b", "c"}) {
    node.hear(name, 1, update(name, 1, 1));
  }
  std::string probed;
  while (probed.empty()) {
    node.pass(10ms);
    for (const std::string name : {"a", "b", "c"}) {
      probed = node.said_to<ping>(name).empty() ? probed : name;
    }
  }
  node.pass(210ms);
  std::size_t asked = 0;
  for (const std::string name : {"a", "b", "c"}) {
    if (name != probed && !node.said_to<ping>(name).empty()) {
      EXPECT_FALSE(node.said_to<ping_request>(name).empty());
      ++asked;
      node.hear(name, 1, ping_answer{.probe = node.said_to<ping>(name)[0].probe, .at = {}});
    }
  }
  EXPECT_EQ(asked, 1U);
  node.pass(400ms);
  EXPECT_EQ(node.find(probed)->status, member_status::suspect) << "it hears somebody";
}

TEST(probing, who_is_far_away_has_time_for_two_round_trips) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1));
  EXPECT_FALSE(node.machine().round_trip_to(node_id_of("a")));
  const auto patience = [&] {
    node.pass_until_said_to<ping>("a");
    const instant asked = node.now();
    node.pass_until_said_to<ping>("a");
    return node.now() - asked;
  };
  EXPECT_EQ(patience(), 200ms) << "the setting";
  answer_after(node, 180ms, 40);
  const duration round_trip = node.machine().round_trip_to(node_id_of("a")).value();
  EXPECT_GT(round_trip, 150ms);
  EXPECT_LT(round_trip, 210ms);
  EXPECT_EQ(patience(), 2 * round_trip);
}

TEST(probing, who_is_near_has_the_time_that_is_set) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  answer_after(node, 1ms, 40);
  EXPECT_LT(node.machine().round_trip_to(node_id_of("a")).value(), 20ms);
  node.pass_until_said_to<ping>("a");
  const instant asked = node.now();
  node.pass_until_said_to<ping>("a");
  EXPECT_EQ(node.now() - asked, 200ms);
}

TEST(probing, an_answer_to_one_of_two_pings_measures_nothing) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.pass_until_said_to<ping>("a");
  const probe_id probe = node.said_to<ping>("a").front().probe;
  node.pass(250ms);
  const network_coordinate before = *node.machine().coordinate_of(node_id_of("self"));
  const network_coordinate there{.place_us = {5'000, 0, 0}, .height_us = 70, .error_permille = 10};
  node.hear("a", 1, ping_answer{.probe = probe, .at = there});
  EXPECT_EQ(node.machine().coordinate_of(node_id_of("self")), before);
  EXPECT_EQ(node.machine().coordinate_of(node_id_of("a")), there);
}

TEST(probing, an_answer_that_is_passed_on_says_nothing_of_where_the_target_is) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1));
  node.pass_until_said_to<ping>("a");
  const probe_id probe = node.said_to<ping>("a").front().probe;
  node.pass(210ms);
  ASSERT_FALSE(node.said_to<ping_request>("b").empty());
  node.hear("b", 1, ping_answer{.probe = probe, .at = {.error_permille = 10}});
  EXPECT_FALSE(node.machine().coordinate_of(node_id_of("a")));
}

TEST(probing, who_does_not_know_where_it_is_is_nowhere) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  answer_after(node, 10ms, 5);
  EXPECT_TRUE(node.machine().round_trip_to(node_id_of("a")));
  node.pass_until_said_to<ping>("a");
  const probe_id probe = node.said_to<ping>("a").front().probe;
  node.hear("a", 1, ping_answer{.probe = probe, .at = {.error_permille = 1'000}});
  EXPECT_TRUE(node.machine().coordinate_of(node_id_of("a")));
  EXPECT_FALSE(node.machine().round_trip_to(node_id_of("a")));
}

TEST(probing, an_answer_says_where_this_node_is) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  answer_after(node, 80ms, 10);
  node.hear("a", 1, ping{.probe = {77}, .target = {}});
  EXPECT_EQ(node.said_to<ping_answer>("a").at(0).at,
            node.machine().coordinate_of(node_id_of("self")));
  EXPECT_GT(node.said_to<ping_answer>("a").at(0).at.height_us, 10'000U);
}

TEST(probing, a_ping_for_another_node_is_not_answered) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, ping{.probe = {5}, .target = node_id_of("who was here before")});
  EXPECT_TRUE(node.said_to<ping_answer>("a").empty());
  node.hear("a", 1, ping{.probe = {5}, .target = node_id_of("self")});
  EXPECT_EQ(node.said_to<ping_answer>("a").size(), 1U);
  node.hear("a", 1, ping{.probe = {5}, .target = {}});
  EXPECT_EQ(node.said_to<ping_answer>("a").size(), 1U);
}

TEST(probing, a_relayed_answer_is_passed_on_once_and_only_from_the_target) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1));
  node.hear(
      "a", 1,
      ping_request{.probe = {77}, .target = node_id_of("b"), .where = update("b", 1, 1).where});
  const auto pings = node.said_to<ping>("b");
  ASSERT_EQ(pings.size(), 1U);
  node.hear("c", 1, ping_answer{.probe = pings[0].probe});
  EXPECT_TRUE(node.said_to<ping_answer>("a").empty());
  node.hear("b", 1, ping_answer{.probe = pings[0].probe});
  ASSERT_EQ(node.said_to<ping_answer>("a").size(), 1U);
  EXPECT_EQ(node.said_to<ping_answer>("a")[0].probe, probe_id{77});
  node.hear("b", 1, ping_answer{.probe = pings[0].probe});
  EXPECT_TRUE(node.said_to<ping_answer>("a").empty());
}

TEST(probing, relays_are_bounded_and_expire) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  const ping_request favour{.probe = {1}, .target = node_id_of("b"), .where = address_of(9)};
  for (std::size_t i = 0; i < relays_max + 10; ++i) {
    node.hear("a", 1, favour);
  }
  EXPECT_EQ(node.machine().counters().relays_refused, 10U);
  node.pass(2s);
  node.hear("a", 1, favour);
  EXPECT_EQ(node.machine().counters().relays_refused, 10U);
}

TEST(probing, the_dead_are_forgotten_after_a_while_and_not_before) {
  solo node;
  node.hear("a", 1, update("a", 1, 1));
  node.hear("a", 1, update("a", 1, 1, member_status::dead));
  node.pass(9min);
  ASSERT_NE(node.find("a"), nullptr);
  EXPECT_EQ(node.find("a")->status, member_status::dead);
  node.pass(2min);
  EXPECT_EQ(node.find("a"), nullptr);
}

}  // namespace
}  // namespace conclave::core
