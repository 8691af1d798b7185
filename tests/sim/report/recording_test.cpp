// Recordings as JSON, and what is found in them.
#include "recorded_run.hpp"
#include "sim/report/recording_json.hpp"
#include "sim/report/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

recording two_nodes() {
  recording all;
  all.nodes = {{.name = "n1"}, {.name = "n2"}};
  all.locks = {"a", "b"};
  all.texts = {""};
  all.window = {.from = true_time{}, .to = true_time(1s)};
  return all;
}

recorded_belief belief_of(std::uint32_t lock, std::uint32_t node, duration from, duration to) {
  recorded_belief one;
  one.lock = lock;
  one.node = node;
  one.during = {.from = true_time(from), .to = true_time(to)};
  return one;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(recording, reads_back_what_it_writes) {
  for (const std::uint64_t seed : {1U, 7U}) {
    const std::string text = to_json_text(record(short_run(seed)).all);
    EXPECT_EQ(to_json_text(recording_of(text)), text);
  }
}

TEST(recording, refuses_what_is_none_and_says_where) {
  const std::string good = to_json_text(record(short_run(1)).all);
  const auto refused = [](const std::string& text, const std::string& why) {
    try {
      (void)recording_of(text);
      ADD_FAILURE() << "accepted, in spite of: " << why;
    } catch (const std::runtime_error& wrong) {
      EXPECT_THAT(wrong.what(), testing::HasSubstr(why));
    }
  };
  refused("", "not a recording");
  refused("{}", "format");
  refused(replaced(good, "conclave recording 1", "conclave recording 2"), "of this version");
  refused(replaced(good, R"("kind":"started")", R"("kind":"juggled")"), "events[0]");
  refused(replaced(good, R"("kind":"started","node":"n)", R"("kind":"started","node":"x)"),
          "no node is named");
  refused(replaced(good, R"({"at_ns":)", R"({"at_ns":9)"), "order of time");
  refused(replaced(good, R"("events": [)", R"("events": [{"at_ns":0,"kind":"note","cause":0},)"),
          "a cause is the number of an earlier event");
  refused(replaced(good, R"("up_ns":[[)", R"("up_ns":[[8000000000000000000,1],[)"),
          "ends before it begins");
}

TEST(recording, finds_each_overlap_of_two_beliefs_in_one_lock) {
  recording all = two_nodes();
  all.beliefs = {belief_of(0, 0, 10ms, 50ms), belief_of(0, 1, 40ms, 60ms),
                 belief_of(1, 1, 30ms, 70ms), belief_of(0, 0, 60ms, 80ms)};
  const std::vector<overlap> found = overlaps_of(all);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, 0U);
  EXPECT_EQ(found[0].second, 1U);
  EXPECT_EQ(found[0].during, (interval{.from = true_time(40ms), .to = true_time(50ms)}));
}

TEST(recording, beliefs_that_touch_do_not_overlap) {
  recording all = two_nodes();
  all.beliefs = {belief_of(0, 0, 10ms, 50ms), belief_of(0, 1, 50ms, 60ms)};
  EXPECT_TRUE(overlaps_of(all).empty());
}

TEST(recording, a_part_has_what_reaches_into_it) {
  recording all = two_nodes();
  all.texts = {"", "early", "late"};
  all.events = {{.at = true_time(1ms), .text = 1}, {.at = true_time(20ms), .text = 2}};
  all.events_total = 2;
  all.beliefs = {belief_of(0, 0, 1ms, 5ms), belief_of(0, 0, 6ms, 12ms)};
  cut(all, {.from = true_time(10ms), .to = end_of_time}, 100);
  ASSERT_EQ(all.events.size(), 1U);
  EXPECT_EQ(all.first_event, 1U);
  EXPECT_EQ(all.events_total, 1U);
  EXPECT_EQ(all.text(all.events[0].text), "late");
  EXPECT_EQ(all.texts.size(), 2U);
  ASSERT_EQ(all.beliefs.size(), 1U);
  EXPECT_EQ(all.beliefs[0].during.from, true_time(6ms));
  EXPECT_EQ(all.window.from, true_time(10ms));
}

}  // namespace
}  // namespace conclave::sim
