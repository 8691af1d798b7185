// The log for ShiViz: each line is read by the expression on top, and its vector clocks say what
// can have caused what.
#include "sim/report/shiviz.hpp"

#include "recorded_run.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace conclave::sim {
namespace {

using vector_clock = std::map<std::string, std::uint64_t>;

struct line {
  std::string host;
  vector_clock clock;
  std::string event;
};

// The expression of a log without the names of its groups, which only ShiViz understands.
std::regex without_names(const std::string& expression) {
  return std::regex(std::regex_replace(expression, std::regex(R"(\?<(host|clock|event)>)"), ""));
}

std::vector<line> parse(const std::string& log) {
  std::istringstream in(log);
  std::string expression;
  std::string delimiter;
  std::getline(in, expression);
  std::getline(in, delimiter);
  EXPECT_EQ(delimiter, "");
  const std::regex form = without_names(expression);
  std::vector<line> lines;
  for (std::string text; std::getline(in, text);) {
    std::smatch parts;
    EXPECT_TRUE(std::regex_match(text, parts, form)) << text;
    if (parts.size() == 4) {
      lines.push_back({.host = parts[1],
                       .clock = nlohmann::json::parse(parts[2].str()).get<vector_clock>(),
                       .event = parts[3]});
    }
  }
  return lines;
}

std::uint64_t component(const vector_clock& clock, const std::string& host) {
  const auto at = clock.find(host);
  return at == clock.end() ? 0 : at->second;
}

bool dominates(const vector_clock& later, const vector_clock& earlier) {
  return std::ranges::all_of(
      earlier, [&](const auto& one) { return component(later, one.first) >= one.second; });
}

TEST(shiviz, has_a_line_for_each_event) {
  const recording all = record(short_run(7)).all;
  const std::vector<line> lines = parse(to_shiviz(all));
  ASSERT_EQ(lines.size(), all.events.size());
  EXPECT_EQ(lines[0].event.substr(0, 6), "e0 at ");
}

TEST(shiviz, each_event_adds_one_to_its_own_host) {
  const std::vector<line> lines = parse(to_shiviz(record(short_run(7)).all));
  std::map<std::string, vector_clock> last;
  for (const line& one : lines) {
    ASSERT_EQ(component(one.clock, one.host), component(last[one.host], one.host) + 1);
    ASSERT_TRUE(dominates(one.clock, last[one.host]));
    last[one.host] = one.clock;
  }
}

TEST(shiviz, an_arrival_comes_after_its_sending_and_nothing_else_joins_hosts) {
  const recording all = record(short_run(7)).all;
  const std::vector<line> lines = parse(to_shiviz(all));
  ASSERT_EQ(lines.size(), all.events.size());
  std::map<std::string, vector_clock> last;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const recorded_event& event = all.events[i];
    const line& one = lines[i];
    if (event.kind == recorded_kind::arrived) {
      ASSERT_TRUE(dominates(one.clock, lines[event.cause].clock)) << one.event;
    } else {
      vector_clock expected = last[one.host];
      ++expected[one.host];
      ASSERT_EQ(one.clock, expected) << one.event;
    }
    last[one.host] = one.clock;
  }
}

TEST(shiviz, a_name_cannot_break_a_line) {
  recording all;
  all.nodes = {{.name = "a \"b\"\n{c}"}};
  all.texts = {"", "one\ntwo {\"x\":1}"};
  all.events = {{.kind = recorded_kind::call, .node = 0, .text = 1}};
  const std::vector<line> lines = parse(to_shiviz(all));
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].host, "a__b___c_");
  EXPECT_EQ(component(lines[0].clock, lines[0].host), 1U);
}

}  // namespace
}  // namespace conclave::sim
