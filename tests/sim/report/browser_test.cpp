// The page in a real browser, clicked through. two_holders.json is the end of a run of a candidate
// that was made to believe for twice its lease, with a judge that watched for overlaps only.
#include "browser.hpp"

#include "recorded_run.hpp"
#include "sim/report/page.hpp"
#include "sim/report/recording_json.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace conclave::sim {
namespace {

using json = nlohmann::json;

constexpr const char* right_arrow = "\uE014";
constexpr const char* left_arrow = "\uE012";

recording two_holders() {
  std::ifstream file(CONCLAVE_TWO_HOLDERS, std::ios::binary);
  return recording_of({std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()});
}

class page_in_browser : public testing::Test {
 protected:
  void SetUp() override {
    if (!browser::is_there()) {
      GTEST_SKIP() << "needs the Debian packages chromium and chromium-driver";
    }
    chromium_.emplace();
    all_ = two_holders();
  }
  // A page that complains is broken, whatever it shows.
  void TearDown() override {
    if (chromium_) {
      EXPECT_EQ(chromium_->complaints(), json::array());
    }
  }

  double data(const std::string& name) {
    return std::stod(
        chromium_->run("return document.body.dataset." + name + ";").get<std::string>());
  }
  double span() { return data("to") - data("from"); }
  bool selects(std::uint64_t number) {
    return chromium_->becomes(
        "document.body.dataset.selected === '" + std::to_string(number) +
        "' && document.getElementById('event_details').innerText.includes('e" +
        std::to_string(number) + "')");
  }
  point place(const std::string& expression) {
    const json at = chromium_->run("return conclave_picture." + expression + ";");
    return {.x = at.at("x"), .y = at.at("y")};
  }
  // Red, green, blue of the picture at a place on the window.
  std::vector<int> pixel(const point& at) {
    const std::string x = std::to_string(at.x);
    const std::string y = std::to_string(at.y);
    return chromium_
        ->run(
            "const canvas = document.getElementById('picture');"
            "const box = canvas.getBoundingClientRect(), scale = canvas.width / box.width;"
            "return [...canvas.getContext('2d').getImageData((" +
            x + " - box.left) * scale, (" + y + " - box.top) * scale, 1, 1).data];")
        .get<std::vector<int>>();
  }
  bool is_red(const point& at) {
    const std::vector<int> colour = pixel(at);
    return colour[0] > 180 && colour[1] < 80 && colour[2] < 80;
  }
  std::uint64_t first_of(recorded_kind kind) {
    const auto found = std::ranges::find(all_.events, kind, &recorded_event::kind);
    return all_.first_event + static_cast<std::uint64_t>(found - all_.events.begin());
  }

  std::optional<browser> chromium_;
  recording all_;
};

TEST_F(page_in_browser, shows_an_overlap_in_red_and_says_so) {
  const std::vector<overlap> overlaps = overlaps_of(all_);
  ASSERT_EQ(overlaps.size(), 1U);
  chromium_->open(to_page(all_));
  EXPECT_EQ(chromium_->run("return document.getElementById('outcome').innerText;"), all_.what);
  // It is what the page opens with.
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.selected !== ''"));
  EXPECT_TRUE(is_red(place("place_of_overlap(0)")));

  chromium_->click("#zoom_all");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.from < " +
                                 std::to_string(all_.window.from.time_since_epoch().count())));
  EXPECT_TRUE(is_red(place("place_of_overlap(0)")));
  // Where only one believes, its bar has the colour of its node.
  const double middle = place("place_of_overlap(0)").x;
  const auto length =
      static_cast<double>((overlaps[0].during.to - overlaps[0].during.from).count());
  const double width = length / span() * data("plot");
  const point beside{.x = middle + width / 2 + 6, .y = place("place_of_overlap(0)").y};
  EXPECT_FALSE(is_red(beside));
  EXPECT_NE(pixel(beside), pixel({.x = beside.x, .y = beside.y + 40}));

  chromium_->click("#overlap_next");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.from > " +
                                 std::to_string(all_.window.from.time_since_epoch().count())));
  EXPECT_TRUE(is_red(place("place_of_overlap(0)")));
  EXPECT_EQ(chromium_->run("return document.querySelectorAll('#problems button').length;"), 1);
}

TEST_F(page_in_browser, zooms_by_button_key_wheel_and_moves_by_dragging) {
  chromium_->open(to_page(all_));
  chromium_->click("#zoom_all");
  const double whole = span();
  chromium_->click("#zoom_in");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.to - document.body.dataset.from < " +
                                 std::to_string(whole * 0.6)));
  chromium_->press("+");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.to - document.body.dataset.from < " +
                                 std::to_string(whole * 0.3)));
  const double before = span();
  chromium_->turn_wheel({.x = 500, .y = 400}, -300);
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.to - document.body.dataset.from < " +
                                 std::to_string(before * 0.8)));
  const double from = data("from");
  const double span_then = span();
  chromium_->drag({.x = 600, .y = 300}, {.x = 400, .y = 300});
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.from > " + std::to_string(from)));
  EXPECT_NEAR(span(), span_then, 1);
  EXPECT_NEAR(data("from") - from, 200 / data("plot") * span_then, span_then / 100);
  chromium_->click("#zoom_out");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.to - document.body.dataset.from > " +
                                 std::to_string(span_then * 1.5)));
}

TEST_F(page_in_browser, steps_from_event_to_event_by_button_and_key) {
  const std::uint64_t call = first_of(recorded_kind::call);
  chromium_->open(to_page(all_), "#e" + std::to_string(call));
  ASSERT_TRUE(selects(call));
  chromium_->click("#step_next");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.selected > " + std::to_string(call)));
  const auto next = static_cast<std::uint64_t>(data("selected"));
  chromium_->press(right_arrow);
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.selected > " + std::to_string(next)));
  chromium_->press(left_arrow);
  ASSERT_TRUE(selects(next));
  chromium_->click("#step_before");
  ASSERT_TRUE(selects(call));
  EXPECT_EQ(chromium_->run("return location.hash;"), "#e" + std::to_string(call));
}

TEST_F(page_in_browser, a_link_to_an_event_selects_and_shows_it) {
  const std::uint64_t number = first_of(recorded_kind::fault_begins);
  const recorded_event& event = *all_.find(number);
  chromium_->open(to_page(all_), "#e" + std::to_string(number));
  ASSERT_TRUE(selects(number));
  const auto at = static_cast<double>(event.at.time_since_epoch().count());
  EXPECT_LT(data("from"), at);
  EXPECT_GT(data("to"), at);
  EXPECT_NE(chromium_->run("return document.getElementById('event_title').innerText;")
                .get<std::string>()
                .find(all_.text(event.text)),
            std::string::npos);

  // Another link in the open page, and one by a click into the picture.
  const std::uint64_t other = first_of(recorded_kind::call);
  chromium_->follow("#e" + std::to_string(other));
  ASSERT_TRUE(selects(other));
  chromium_->press(right_arrow);
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.selected > " + std::to_string(other)));
  chromium_->click(place("place_of_event(" + std::to_string(other) + ")"));
  ASSERT_TRUE(selects(other));
}

TEST_F(page_in_browser, finds_events_by_text_and_goes_through_them) {
  chromium_->open(to_page(all_));
  std::vector<std::uint64_t> granted;
  for (std::size_t i = 0; i < all_.events.size(); ++i) {
    if (all_.text(all_.events[i].text).starts_with("granted")) {
      granted.push_back(all_.first_event + i);
    }
  }
  ASSERT_GE(granted.size(), 2U);
  chromium_->write("#search_text", "granted");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.matches === '" +
                                 std::to_string(granted.size()) + "'"));
  // Around the end: the page opened with the last of them.
  chromium_->click("#match_next");
  ASSERT_TRUE(selects(granted[0]));
  chromium_->click("#match_next");
  ASSERT_TRUE(selects(granted[1]));
  chromium_->click("#match_before");
  ASSERT_TRUE(selects(granted[0]));
  EXPECT_EQ(chromium_->run("return document.getElementById('match_count').innerText;"),
            "1 of " + std::to_string(granted.size()));
  chromium_->write("#search_text", "no such words");
  ASSERT_TRUE(chromium_->becomes("document.body.dataset.matches === '0'"));
}

TEST_F(page_in_browser, reads_what_was_recorded) {
  all_ = record(short_run(7)).all;
  chromium_->open(to_page(all_));
  const json read = chromium_->run(
      "const run = read_recording(JSON.parse(document.getElementById('recording').textContent));"
      "const events = [...run.events.at].map((at, i) => [at, run.kinds[run.events.kind[i]],"
      "  run.events.node[i], run.events.peer[i], run.events.cause[i],"
      "  run.events.text[i] < 0 ? '' : run.texts[run.events.text[i]]]);"
      "return {events, loans: run.loans.map((one) => [one.voter, one.candidate,"
      "  String(one.ballot), one.from, one.to]),"
      "  beliefs: run.beliefs.map((one) => [one.node, one.request, one.from, one.to,"
      "  one.extensions.length])};");
  ASSERT_EQ(read["events"].size(), all_.events.size());
  for (std::size_t i = 0; i < all_.events.size(); ++i) {
    const recorded_event& one = all_.events[i];
    const auto index = [](std::uint32_t node) {
      return node == no_node ? -1 : static_cast<int>(node);
    };
    const json expected{one.at.time_since_epoch().count(),
                        to_string(one.kind),
                        index(one.node),
                        index(one.peer),
                        one.cause == no_cause ? -1 : static_cast<std::int64_t>(one.cause),
                        all_.text(one.text)};
    ASSERT_EQ(read["events"][i], expected) << "event " << i;
  }
  ASSERT_EQ(read["loans"].size(), all_.loans.size());
  for (std::size_t i = 0; i < all_.loans.size(); ++i) {
    const recorded_loan& one = all_.loans[i];
    const json expected{one.voter, one.candidate, std::to_string(one.ballot),
                        one.during.from.time_since_epoch().count(),
                        one.during.to.time_since_epoch().count()};
    ASSERT_EQ(read["loans"][i], expected) << "loan " << i;
  }
  ASSERT_EQ(read["beliefs"].size(), all_.beliefs.size());
  for (std::size_t i = 0; i < all_.beliefs.size(); ++i) {
    const recorded_belief& one = all_.beliefs[i];
    const json expected{one.node, one.request, one.during.from.time_since_epoch().count(),
                        one.during.to.time_since_epoch().count(), one.extensions.size()};
    ASSERT_EQ(read["beliefs"][i], expected) << "belief " << i;
  }
}

TEST_F(page_in_browser, loads_nothing_and_runs_nothing_of_a_recording) {
  const std::string hostile = "</script><img src=x onerror=\"document.title='taken'\">";
  all_.nodes[0].name = all_.locks[0] = all_.what = hostile;
  all_.texts.push_back(hostile);
  for (recorded_event& one : all_.events) {
    one.text = one.kind == recorded_kind::call ? static_cast<std::uint32_t>(all_.texts.size() - 1)
                                               : one.text;
  }
  chromium_->open(to_page(all_), "#e" + std::to_string(first_of(recorded_kind::call)));
  ASSERT_TRUE(selects(first_of(recorded_kind::call)));
  EXPECT_EQ(chromium_->run("return document.querySelectorAll('img').length;"), 0);
  EXPECT_NE(chromium_->run("return document.title;"), "taken");
  EXPECT_EQ(chromium_->run("return performance.getEntriesByType('resource').length;"), 0);
  EXPECT_EQ(chromium_->run("return document.getElementById('outcome').innerText;"), hostile);
}

}  // namespace
}  // namespace conclave::sim
