// Who is accused and refutes, again and again (docs/protocol.md, "Suspicion").
#include "accused.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

// Accused and refuted, so many times.
class refuting : public accused {
 protected:
  void refute(std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      accuse("a", word_);
      accuse("b", word_);
      node_.hear("x", 1, update("x", 1, ++word_));
      ASSERT_EQ(status(), member_status::alive);
    }
  }
  void be_accused(bool flaps = false) {
    for (const std::string name : {"a", "b", "c"}) {
      node_.hear("d", 1,
                 accusation{.member = node_id_of("x"),
                            .boot = {1},
                            .incarnation = {word_},
                            .accuser = node_id_of(name),
                            .flaps = flaps});
    }
  }

  std::uint64_t word_ = 1;
};

TEST_F(refuting, three_times_it_is_suspected_for_longer) {
  refute(2);
  EXPECT_FALSE(node_.machine().is_flapping(node_id_of("x")));
  refute(1);
  EXPECT_TRUE(node_.machine().is_flapping(node_id_of("x")));
  be_accused();
  pass_answered(29s);
  EXPECT_EQ(status(), member_status::suspect);
  pass_answered(2s);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(refuting, twice_it_is_as_others) {
  refute(2);
  be_accused();
  pass_answered(1'500ms);
  EXPECT_EQ(status(), member_status::dead);
}

// It may be that one that is sick.
TEST_F(refuting, what_one_alone_says_it_is_as_others) {
  for (int i = 0; i < 10; ++i) {
    accuse("a", word_);
    node_.hear("x", 1, update("x", 1, ++word_));
  }
  EXPECT_FALSE(node_.machine().is_flapping(node_id_of("x")));
  refute(3);
  ASSERT_TRUE(node_.machine().is_flapping(node_id_of("x")));
  pass_answered(50s);
  accuse("a", word_);
  node_.hear("x", 1, update("x", 1, ++word_));
  pass_answered(50s);
  EXPECT_TRUE(node_.machine().is_flapping(node_id_of("x"))) << "once it flaps, all count";
}

TEST_F(refuting, seldom_it_is_as_others) {
  refute(2);
  pass_answered(61s);
  refute(2);
  be_accused();
  pass_answered(1'500ms);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(refuting, each_time_is_remembered_from_the_last_one) {
  for (int i = 0; i < 3; ++i) {
    refute(1);
    pass_answered(50s);
  }
  be_accused();
  pass_answered(10s);
  EXPECT_EQ(status(), member_status::suspect);
}

// Who has just come has not seen it refute.
TEST_F(refuting, before_this_node_saw_it_it_is_told_by_who_accuses) {
  be_accused(true);
  pass_answered(29s);
  EXPECT_EQ(status(), member_status::suspect);
  pass_answered(2s);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(refuting, by_hearsay_is_of_that_suspicion_only) {
  be_accused(true);
  EXPECT_TRUE(node_.machine().is_flapping(node_id_of("x")));
  node_.hear("x", 1, update("x", 1, ++word_));
  EXPECT_FALSE(node_.machine().is_flapping(node_id_of("x")));
  be_accused();
  pass_answered(1'500ms);
  EXPECT_EQ(status(), member_status::dead);
}

// Those who accuse are known already: each says no more than that it flaps.
TEST_F(refuting, is_told_of_a_suspicion_that_runs) {
  be_accused();
  be_accused(true);
  pass_answered(29s);
  EXPECT_EQ(status(), member_status::suspect);
  pass_answered(2s);
  EXPECT_EQ(status(), member_status::dead);
}

TEST_F(refuting, again_and_again_is_in_the_pages) {
  refute(3);
  be_accused();
  node_.hear("new", 1, sync_request{});
  const auto told = node_.said_to<accusation>("new");
  ASSERT_EQ(told.size(), 3U);
  EXPECT_TRUE(told.front().flaps);
}

TEST_F(refuting, is_forgotten_at_a_restart) {
  refute(2);
  word_ = 1;
  node_.hear("x", 2, update("x", 2, word_));
  accuse("a", word_, 2);
  accuse("b", word_, 2);
  node_.hear("x", 2, update("x", 2, 2));
  EXPECT_FALSE(node_.machine().is_flapping(node_id_of("x")));
}

TEST_F(refuting, by_hearsay_is_forgotten_at_a_restart) {
  be_accused(true);
  node_.hear("d", 2, update("x", 2, 1, member_status::suspect));
  EXPECT_FALSE(node_.machine().is_flapping(node_id_of("x")));
}

// The others may have forgotten it meanwhile, and say nothing of it.
TEST_F(refuting, again_and_again_lengthens_a_suspicion_until_its_end) {
  refute(3);
  pass_answered(57s);
  accuse("a", word_);
  pass_answered(5s);
  accuse("b", word_);
  accuse("c", word_);
  pass_answered(23s);
  EXPECT_EQ(status(), member_status::suspect);
  pass_answered(3s);
  EXPECT_EQ(status(), member_status::dead);
}

// Two seconds before its end, as others are.
class last_words_of_who_refutes : public refuting {
 protected:
  // When it is asked last, from now on, without a probe.
  duration asked_after() {
    const instant began = node_.now();
    duration last{};
    while (status() == member_status::suspect) {
      node_.pass(20ms);
      if (node_.said_to<ping>("x").empty() && !node_.said_to<member_update>("x").empty()) {
        last = node_.now() - began;
      }
      answer_but_for("");
    }
    return last;
  }
};

TEST_F(last_words_of_who_refutes, again_and_again_are_asked_late) {
  refute(3);
  be_accused();
  const duration after = asked_after();
  EXPECT_GE(after, 28s);
  EXPECT_LE(after, 28'020ms);
}

TEST_F(last_words_of_who_refutes, again_and_again_by_hearsay_are_asked_late) {
  be_accused();
  be_accused(true);
  const duration after = asked_after();
  EXPECT_GE(after, 28s);
  EXPECT_LE(after, 28'020ms);
}

// An answer moves all of the time of a suspicion, and so the last word.
TEST_F(last_words_of_who_refutes, after_an_answer_are_asked_late_as_well) {
  refute(3);
  pass_unanswered("x");
  accuse("a", word_);
  accuse("b", word_);
  pass_answered(10s);
  ASSERT_EQ(status(), member_status::suspect);
  instant last{};
  while (status() == member_status::suspect) {
    node_.pass(20ms);
    if (node_.said_to<ping>("x").empty() && !node_.said_to<member_update>("x").empty()) {
      last = node_.now();
    }
    answer_but_for("x");
    node_.hear("a", 1, ping{.probe = probe_id{1}, .target = {}});  // so it is not deaf
  }
  EXPECT_GE(node_.now() - last, 2s);
  EXPECT_LE(node_.now() - last, 2'020ms);
}

// When many leave, suspicions become shorter, and the time of a last word may be over already.
TEST(flapping_member, heard_of_late_is_asked_now_and_not_in_the_past) {
  membership_config config;
  config.suspicion_multiplier = 10;  // thirty seconds among a hundred, as of who flaps
  solo node(config);
  const auto of_all = [&](int from, member_status status) {
    for (int i = from; i < 100; ++i) {
      node.hear("a", 1, update("m" + std::to_string(i), 1, 1, status));
    }
  };
  node.hear("a", 1, update("x", 1, 1));
  of_all(0, member_status::alive);
  const accusation said{
      .member = node_id_of("x"), .boot = {1}, .incarnation = {1}, .accuser = node_id_of("m0")};
  node.hear("m0", 1, said);
  node.pass(28s);
  of_all(5, member_status::left);
  accusation late = said;
  late.flaps = true;
  const std::uint64_t pauses = node.machine().counters().pauses;
  node.hear("m0", 1, late);
  node.pass(100ms);
  EXPECT_EQ(node.machine().counters().pauses, pauses);
  EXPECT_FALSE(node.said_to<member_update>("x").empty());
}

TEST_F(refuting, again_and_again_is_passed_on) {
  refute(3);
  accuse("a", word_);
  node_.pass_until_said_to<accusation>("b");
  EXPECT_TRUE(node_.said_to<accusation>("b").front().flaps);
}

TEST_F(refuting, now_and_then_is_not_passed_on) {
  refute(2);
  accuse("a", word_);
  node_.pass_until_said_to<accusation>("b");
  EXPECT_FALSE(node_.said_to<accusation>("b").front().flaps);
}

TEST_F(refuting, again_and_again_it_is_not_probed_at_once) {
  refute(3);
  pass_answered(2s);  // it is not being probed
  accuse("a", word_);
  EXPECT_TRUE(node_.said_to<ping>("x").empty());
}

// What is said of it goes with pings and their answers, and causes no rounds.
class rounds_about_who_refutes : public refuting {
 protected:
  // Datagrams of the next two seconds with nothing but news.
  std::size_t rumours_alone() {
    std::size_t found = 0;
    for (int step = 0; step < 100; ++step) {
      node_.pass(20ms);
      std::map<node_id, bool> told;  // whether there was something else
      for (const gossip_send& sent : node_.out().sends) {
        told[sent.to] |= !std::holds_alternative<member_update>(sent.content) &&
                         !std::holds_alternative<accusation>(sent.content);
      }
      told.erase(node_id_of("x"));  // which may be asked for a last word
      found += static_cast<std::size_t>(
          std::ranges::count_if(told, [](const auto& one) { return !one.second; }));
      answer_but_for("");
    }
    return found;
  }
  void flap() {
    refute(3);
    pass_answered(10s);  // until all of that was told
    ASSERT_EQ(node_.machine().rumours_left(), 0U);
  }
};

TEST_F(rounds_about_who_refutes, are_as_of_others) {
  pass_answered(10s);
  refute(1);
  EXPECT_GE(rumours_alone(), 2U);
}

TEST_F(rounds_about_who_refutes, again_and_again_are_none_when_it_refutes) {
  flap();
  refute(1);
  EXPECT_EQ(rumours_alone(), 0U);
  EXPECT_GT(node_.machine().rumours_left(), 0U);
}

TEST_F(rounds_about_who_refutes, again_and_again_are_none_when_it_is_accused) {
  flap();
  accuse("a", word_);
  accuse("b", word_);
  EXPECT_EQ(rumours_alone(), 0U);
  EXPECT_GT(node_.machine().rumours_left(), 0U);
}

TEST_F(rounds_about_who_refutes, again_and_again_are_as_of_others_when_it_has_something_to_say) {
  flap();
  member_update moved = update("x", 1, ++word_);
  moved.metadata = "moved";
  node_.hear("x", 1, moved);
  EXPECT_GE(rumours_alone(), 2U);
}

TEST_F(rounds_about_who_refutes, of_other_news_take_it_along) {
  flap();
  accuse("a", word_);
  node_.hear("b", 1, update("b", 1, 2));
  std::set<std::string> told;
  node_.pass(20ms);
  for (const std::string name : {"a", "b", "c", "d"}) {
    for (const member_update& news : node_.said_to<member_update>(name)) {
      told.insert(news.name);
    }
  }
  EXPECT_EQ(told, (std::set<std::string>{"b", "x"}));
}

TEST_F(rounds_about_who_refutes, again_and_again_are_as_of_others_when_it_is_dead) {
  flap();
  be_accused();
  pass_answered(31s);
  ASSERT_EQ(status(), member_status::dead);
  node_.hear("d", 1, update("x", 1, word_ + 1));
  node_.hear("d", 1, update("x", 1, word_ + 1, member_status::dead));
  EXPECT_GE(rumours_alone(), 2U);
}

// The time since the last round is not one for which this process did not run.
TEST_F(refuting, again_and_again_and_then_other_news_is_no_pause) {
  refute(3);
  pass_answered(10s);
  accuse("a", word_);
  pass_answered(2s);
  ASSERT_GT(node_.machine().rumours_left(), 0U);
  node_.hear("b", 1, update("b", 1, 2));
  node_.pass(100ms);
  EXPECT_EQ(node_.machine().counters().pauses, 0U);
}

}  // namespace
}  // namespace conclave::core
