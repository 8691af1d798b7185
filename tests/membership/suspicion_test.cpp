// Who is accused, by whom, and for how long it is suspected (docs/protocol.md, "Suspicion").
#include "accused.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <vector>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

// Rumours reach nearly all. Who did not hear the refutation hears it so.
TEST_F(accused, is_asked_once_more_before_it_is_declared_dead) {
  accuse("a");
  node_.pass(1'999ms);  // of four seconds
  node_.pass(2ms);
  const auto asked = node_.said_to<member_update>("x");
  ASSERT_FALSE(asked.empty());
  EXPECT_EQ(asked[0].name, "x");
  EXPECT_EQ(asked[0].status, member_status::suspect);
}

TEST_F(accused, by_three_it_is_dead_as_soon_as_it_could_have_refuted) {
  accuse("a");
  EXPECT_EQ(status(), member_status::suspect);
  accuse("b");
  accuse("c");
  pass_answered(900ms);
  EXPECT_EQ(status(), member_status::suspect);
  pass_answered(200ms);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(accused, by_fewer_it_has_longer) {
  accuse("a");
  accuse("b");
  accuse("a");
  accuse("x");
  accuse("a stranger");
  pass_answered(3'900ms);
  EXPECT_EQ(status(), member_status::suspect);
  pass_answered(200ms);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(accused, of_what_it_refuted_is_not_believed) {
  node_.hear("x", 1, update("x", 1, 2));
  for (const std::string name : {"a", "b", "c"}) {
    accuse(name);
  }
  EXPECT_EQ(status(), member_status::alive);
  for (const std::string name : {"a", "b", "c"}) {
    accuse(name, 3);
  }
  EXPECT_EQ(status(), member_status::alive) << "nor of what it did not say yet";
}

TEST_F(accused, of_what_it_could_not_refute_is_refused) {
  constexpr std::uint64_t greatest = std::numeric_limits<std::uint32_t>::max();
  node_.hear("x", 1, update("x", 1, greatest));
  ASSERT_EQ(node_.find("x")->incarnation, greatest);
  accuse("a", greatest);
  EXPECT_EQ(status(), member_status::alive);
  EXPECT_EQ(node_.machine().counters().updates_refused, 1U);
}

TEST_F(accused, in_another_boot_is_another_matter) {
  for (const std::string name : {"a", "b", "c"}) {
    accuse(name, 1, 2);
  }
  EXPECT_EQ(status(), member_status::alive);
}

TEST_F(accused, by_who_is_gone_counts_for_nothing) {
  node_.hear("c", 1, update("c", 1, 1, member_status::left));
  for (const std::string name : {"a", "b", "c"}) {
    accuse(name);
  }
  pass_answered(2s);
  EXPECT_EQ(status(), member_status::suspect);
}

TEST_F(accused, by_this_node_alone_it_has_a_chance_each_period) {
  pass_unanswered("x");
  ASSERT_EQ(status(), member_status::suspect);
  std::set<std::uint64_t> probes;
  for (int turn = 0; turn < 30; ++turn) {
    node_.pass(100ms);
    for (const ping& asked : node_.said_to<ping>("x")) {
      probes.insert(asked.probe.value);
    }
    answer_but_for("x");
  }
  EXPECT_GE(probes.size(), 3U) << "in the order of all it would be one in five seconds";
}

TEST_F(accused, by_this_node_it_is_not_dead_while_it_answers) {
  pass_unanswered("x");
  ASSERT_EQ(status(), member_status::suspect);
  pass_answered(20s);
  EXPECT_EQ(status(), member_status::suspect) << "it answers, but did not refute";
  for (const instant end = node_.now() + 6s; node_.now() < end;) {
    node_.pass(20ms);
    answer_but_for("x");
  }
  EXPECT_EQ(status(), member_status::dead) << "it answers no more";
}

TEST(suspicion, of_many_does_not_take_up_all_probes) {
  solo node;
  std::vector<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.push_back("m" + std::to_string(i));
    node.hear(names.back(), 1, update(names.back(), 1, 1));
  }
  std::set<probe_id> probes;
  std::size_t most = 0;  // begun at once
  for (const instant end = node.now() + 12s; node.now() < end;) {
    const std::size_t before = probes.size();
    node.pass(20ms);
    for (const std::string& name : names) {
      for (const ping& asked : node.said_to<ping>(name)) {
        probes.insert(asked.probe);
      }
    }
    most = std::max(most, probes.size() - before);
    node.hear("m0", 1, ping{.probe = probe_id{1}, .target = {}});  // so it is not deaf
  }
  EXPECT_EQ(most, probe_rounds_max / 2 + 1) << "one more is that of the period";
}

TEST_F(accused, is_probed_once_at_a_time) {
  accuse("a");
  ASSERT_EQ(node_.said_to<ping>("x").size(), 1U);
  node_.hear("x", 1, update("x", 1, 2));
  accuse("b", 2);
  EXPECT_EQ(status(), member_status::suspect);
  EXPECT_TRUE(node_.said_to<ping>("x").empty());
}

TEST_F(accused, who_refutes_has_no_accusers_any_more) {
  for (const std::string name : {"a", "b"}) {
    accuse(name);
  }
  node_.hear("x", 1, update("x", 1, 2));
  ASSERT_EQ(status(), member_status::alive);
  accuse("c", 2);
  pass_answered(3s);
  EXPECT_EQ(status(), member_status::suspect);
}

TEST(probing, who_came_back_and_is_forgotten_came_not_back) {
  membership_config config;
  config.forget_after = 10s;
  solo node(config);
  node.hear("a", 1, update("a", 1, 1));
  node.hear("b", 1, update("b", 1, 1, member_status::alive));
  node.hear("b", 1, update("a", 1, 1, member_status::dead));
  node.hear("a", 1, update("a", 1, 2));
  ASSERT_EQ(node.find("a")->status, member_status::alive);
  node.hear("b", 1, update("a", 1, 2, member_status::dead));
  node.pass(20s);  // which looks at what always holds
  EXPECT_EQ(node.find("a"), nullptr);
}

TEST(incarnation, does_not_begin_anew_after_the_greatest) {
  solo node;
  constexpr std::uint64_t greatest = std::numeric_limits<std::uint32_t>::max();
  node.hear("a", 1, update("self", 50, greatest - 1, member_status::suspect));
  ASSERT_EQ(node.machine().table().self().incarnation, greatest);
  node.machine().set_metadata("new", node.now(), node.out());
  EXPECT_EQ(node.machine().table().self().incarnation, greatest);
}

// Declared dead, and alive again without a restart.
class returned : public accused {
 protected:
  returned() {
    die(1);
    node_.hear("x", 1, update("x", 1, 2));
  }
  void be_accused(std::uint64_t word, std::uint64_t boot = 1) {
    for (const std::string name : {"a", "b", "c"}) {
      accuse(name, word, boot);
    }
  }
  void die(std::uint64_t word) {
    be_accused(word);
    pass_answered(1'100ms);
    EXPECT_EQ(status(), member_status::dead);
  }
};

TEST_F(returned, it_is_suspected_for_longer) {
  be_accused(2);
  pass_answered(29s);
  EXPECT_EQ(status(), member_status::suspect);
  pass_answered(2s);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(returned, after_a_while_in_peace_it_is_as_others) {
  pass_answered(61s);
  die(2);
}

TEST_F(returned, after_a_long_time_it_is_as_others) {
  pass_answered(61s);
  die(2);
  pass_answered(61s);
  node_.hear("x", 1, update("x", 1, 3));
  EXPECT_FALSE(node_.machine().is_flapping(node_id_of("x")));
}

// It may be this node that was cut off. Then what it says of all others would make them flap for
// all, and whoever crashed after that would be noticed late.
TEST_F(accused, by_this_node_alone_it_does_not_flap_when_it_is_back) {
  pass_unanswered("x");
  while (status() != member_status::dead) {
    node_.pass(20ms);
    answer_but_for("x");
    node_.hear("a", 1, ping{.probe = probe_id{1}, .target = {}});  // so it is not deaf
  }
  node_.hear("x", 1, update("x", 1, 2));
  ASSERT_EQ(status(), member_status::alive);
  EXPECT_FALSE(node_.machine().is_flapping(node_id_of("x")));
}

TEST_F(returned, each_suspicion_that_it_refutes_is_remembered_too) {
  pass_answered(50s);
  accuse("a", 2);
  node_.hear("x", 1, update("x", 1, 3));
  pass_answered(50s);
  be_accused(3);
  pass_answered(20s);
  EXPECT_EQ(status(), member_status::suspect);
}

TEST_F(returned, whom_enough_others_accuse_too_is_probed_in_its_turn) {
  pass_unanswered("x");
  ASSERT_EQ(status(), member_status::suspect);
  accuse("a", 2);
  accuse("b", 2);
  std::set<probe_id> probes;
  for (int turn = 0; turn < 100; ++turn) {
    node_.pass(100ms);
    for (const ping& asked : node_.said_to<ping>("x")) {
      probes.insert(asked.probe);
    }
    answer_but_for("x");
  }
  EXPECT_EQ(status(), member_status::suspect);
  EXPECT_LE(probes.size(), 3U) << "once in five seconds";
}

TEST_F(returned, a_restart_is_a_new_beginning) {
  node_.hear("x", 2, update("x", 2, 1));
  be_accused(1, 2);
  pass_answered(1'100ms);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(returned, who_only_refutes_is_suspected_no_longer_than_others) {
  node_.hear("e", 1, update("e", 1, 1));
  node_.hear(
      "d", 1,
      accusation{
          .member = node_id_of("e"), .boot = {1}, .incarnation = {1}, .accuser = node_id_of("a")});
  node_.hear("e", 1, update("e", 1, 2));
  for (const std::string name : {"a", "b", "c"}) {
    node_.hear("d", 1,
               accusation{.member = node_id_of("e"),
                          .boot = {1},
                          .incarnation = {2},
                          .accuser = node_id_of(name)});
  }
  pass_answered(1'500ms);
  EXPECT_EQ(node_.find("e")->status, member_status::dead);
}

// There is nothing more to find out: it is told what is said of it, and that is all.
TEST_F(accused, by_three_it_is_asked_alone) {
  refute_often();
  for (const std::string name : {"a", "b", "c"}) {
    accuse(name, 4);
  }
  pass_answered(3s);  // it was asked for a last word
  std::size_t pings = 0;
  for (int step = 0; step < 500; ++step) {
    node_.pass(20ms);
    pings += node_.said_to<ping>("x").size();
    EXPECT_EQ(node_.said_to<ping>("x").size(), node_.said_to<member_update>("x").size()) << step;
    for (const std::string name : {"a", "b", "c", "d"}) {
      EXPECT_TRUE(node_.said_to<ping_request>(name).empty());
    }
    answer_but_for("x");
    node_.hear("a", 1, ping{.probe = probe_id{1}, .target = {}});  // so it is not deaf
  }
  EXPECT_GE(pings, 1U);
  EXPECT_LE(pings, 3U) << "once in five seconds";
  EXPECT_EQ(status(), member_status::suspect);
}

TEST_F(accused, is_passed_on_with_its_accusers) {
  accuse("a");
  node_.pass_until_said_to<accusation>("b");
  const auto told = node_.said_to<accusation>("b");
  EXPECT_EQ(told.front().accuser, node_id_of("a"));
  EXPECT_EQ(told.front().member, node_id_of("x"));
}

TEST_F(accused, is_probed_at_once_by_who_hears_of_it) {
  accuse("a");
  EXPECT_EQ(node_.said_to<ping>("x").size(), 1U) << "all confirm where there are few";
}

TEST_F(accused, by_the_own_probe_it_is_told_first) {
  node_.hear("d", 1, update("x", 1, 1, member_status::suspect));
  node_.pass(300ms);
  node_.hear("a", 1, update("a", 1, 1));  // so that it hears somebody
  node_.pass(300ms);
  const auto told = node_.said_to<accusation>("x");
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().accuser, node_id_of("self"));
}

constexpr int crowd = 40;

std::string name_in_crowd(int place) {
  return "member-" + std::to_string(place);
}

// Who of that crowd probes `suspect` at once when all hear that it is suspected. Each has heard of
// all others, from the last to the first or the other way round, and draws from a seed of its own.
std::set<std::string> confirmers_of(int suspect, std::uint64_t word, std::uint64_t seed,
                                    bool from_the_last) {
  std::set<std::string> found;
  for (int place = 0; place < crowd; ++place) {
    if (place == suspect) {
      continue;
    }
    membership machine({.config = {},
                        .name = name_in_crowd(place),
                        .self_address = update(name_in_crowd(place), 1, 1).where,
                        .boot = {1},
                        .metadata = "",
                        .seeds = {},
                        .records = nullptr},
                       {}, random_source(seed + place));
    membership_output out;
    machine.join({}, out);
    const auto hear = [&](int about, member_status status) {
      machine.handle({.node = node_id_of("x"), .boot = {1}}, address_of(1),
                     update(name_in_crowd(about), 1, word, status), {}, out);
    };
    for (int i = 0; i < crowd; ++i) {
      if (const int about = from_the_last ? crowd - 1 - i : i; about != place) {
        hear(about, member_status::alive);
      }
    }
    out.clear();
    hear(suspect, member_status::suspect);
    for (const gossip_send& sent : out.sends) {
      if (std::holds_alternative<ping>(sent.content)) {
        EXPECT_EQ(sent.to, node_id_of(name_in_crowd(suspect)));
        found.insert(name_in_crowd(place));
      }
    }
  }
  return found;
}

// Else each of many who hear of it would toss for itself, and for some suspects nobody would probe.
TEST(suspicion,
     is_confirmed_by_the_same_members_whatever_they_draw_and_in_whatever_order_they_heard) {
  for (int suspect = 0; suspect < crowd; suspect += 5) {
    EXPECT_EQ(confirmers_of(suspect, 1, 1'000, false), confirmers_of(suspect, 1, 2'000, true))
        << name_in_crowd(suspect);
  }
}

// Who can't reach a suspect, or is sick, does not stand in its way for ever.
TEST(suspicion, is_confirmed_by_others_once_it_was_refuted) {
  EXPECT_NE(confirmers_of(7, 1, 1'000, false), confirmers_of(7, 2, 1'000, false));
}

// For each of 40 suspects each of 39 others is chosen with a chance of 6/39: 240 in all, with a
// standard deviation of 14. Four of them either way.
TEST(suspicion, is_confirmed_by_six_of_many_on_average) {
  std::size_t confirmed = 0;
  for (int suspect = 0; suspect < crowd; ++suspect) {
    confirmed += confirmers_of(suspect, 1, 1'000, false).size();
  }
  EXPECT_GE(confirmed, 240U - 4 * 14);
  EXPECT_LE(confirmed, 240U + 4 * 14);
}

}  // namespace
}  // namespace conclave::core
