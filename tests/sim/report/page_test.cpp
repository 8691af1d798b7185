// The page: small, on its own, and nothing in a recording can become a part of it.
#include "sim/report/page.hpp"

#include "recorded_run.hpp"
#include "sim/report/packing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <string>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t page_bytes_max = 1'000'000;
constexpr std::size_t events = 50'000;

nlohmann::json data_of(const std::string& page) {
  const std::string opening = R"(<script id="recording" type="application/json">)";
  const std::size_t from = page.find(opening) + opening.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

// Users who hardly think, several locks, many machines: as much to say as there can be.
options busy_run() {
  options drawn = draw_options(1);
  drawn.voters = 5;
  drawn.others = 3;
  drawn.locks = 3;
  drawn.users = 4;
  drawn.new_cluster = true;
  drawn.calm = {.delay_min = 100us, .delay_spread = 2ms, .loss_ppm = 20'000};
  drawn.think_max = 2ms;
  drawn.hold_max = 2ms;
  drawn.faults_last = 20s;
  drawn.left_voters = drawn.left_others = 0;
  return drawn;
}

TEST(page, of_fifty_thousand_events_takes_a_megabyte_at_most) {
  const recording all = record(busy_run(), {.events_max = events}).all;
  ASSERT_EQ(all.events.size(), events);
  const std::size_t bytes = to_page(all).size();
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LE(bytes, page_bytes_max);
  EXPECT_GT(bytes, page_bytes_max / 10);
}

TEST(page, asks_the_network_for_nothing) {
  const std::string page = to_page(record(short_run(1)).all);
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* word : {"http:", "https:", "src=", "<link", "@import", "url(", "fetch(",
                           "XMLHttpRequest", "WebSocket", "import("}) {
    EXPECT_THAT(page, Not(HasSubstr(word)));
  }
}

TEST(page, a_name_cannot_become_html) {
  const std::string hostile = "</script><img src=x onerror=alert(1)><!--";
  recording all;
  all.what = all.outcome = all.replay = hostile;
  all.options = {{hostile, hostile}};
  all.nodes = {{.name = hostile}};
  all.locks = {hostile};
  all.texts = {"", hostile};
  all.events = {{.kind = recorded_kind::call, .node = 0, .text = 1}};
  const std::string page = to_page(all);
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  const nlohmann::json data = data_of(page);
  EXPECT_EQ(data["nodes"][0]["name"], hostile);
  EXPECT_EQ(data["what"], hostile);
}

TEST(page, bytes_that_are_no_text_do_no_harm) {
  recording all;
  all.nodes = {{.name = "\xff\xfe"}};
  all.texts = {"", std::string("a\0\1\2\3b\xff", 7)};
  all.events = {{.kind = recorded_kind::call, .node = 0, .text = 1}};
  EXPECT_EQ(data_of(to_page(all))["nodes"].size(), 1U);
}

TEST(packing, small_numbers_take_one_character) {
  number_writer out;
  out.add(0);
  out.add(31);
  out.add_signed(-1);
  out.add_signed(1);
  EXPECT_EQ(out.text(), "AfBC");
  out.add(32);
  EXPECT_EQ(out.text(), "AfBCgB");
}

TEST(packing, texts_that_differ_in_numbers_alone_share_a_pattern) {
  text_packer texts;
  number_writer out;
  texts.refer(out, "VOTE request=7 ballot=1700000000000000001 | RECALL request=7");
  texts.refer(out, "VOTE request=8 ballot=1700000000000000002");
  texts.refer(out, "VOTE request=7 ballot=1700000000000000001 | RECALL request=7");
  texts.refer(out, "0012.5 and 99999999999999999999999");
  EXPECT_EQ(texts.patterns(),
            (std::vector<std::string>{"VOTE request=\1 ballot=\2", "RECALL request=\1",
                                      "\3.\1 and 99999999999999999999999"}));
  // New, new, two texts ago, new.
  EXPECT_EQ(out.text(), "AACA");
}

}  // namespace
}  // namespace conclave::sim
