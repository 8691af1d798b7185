// What membership does among many, by experiments: virtual time, so each figure follows from its
// seed.
#include "sim/experiment/experiments.hpp"

#include "sim/experiment/page.hpp"

#include <gtest/gtest.h>

namespace conclave::sim {
namespace {

std::vector<std::optional<double>> run(const std::string& name, std::uint32_t members,
                                       std::uint32_t loss_ppm = 0, std::uint64_t seed = 1) {
  return find_experiment(name)->run({.seed = seed,
                                     .members = members,
                                     .config = {},
                                     .loss_ppm = loss_ppm,
                                     .model = std::nullopt});
}

double median_of_known(std::uint32_t members, double loss_percent, std::uint32_t seeds) {
  const auto rows = measure(
      *find_experiment("crash"),
      {.members = {members}, .loss_percent = {loss_percent}, .seeds = seeds, .config = {}}, [] {});
  return rows.at(0).medians.at(3).value_or(1'000);
}

TEST(experiments, a_crash_is_known_to_all_soon) {
  EXPECT_LE(median_of_known(10, 0, 31), 3.0);
  EXPECT_LE(median_of_known(100, 0, 31), 3.5);
  EXPECT_LE(median_of_known(100, 20, 31), 3.5) << "also where a fifth of all is lost";
}

TEST(experiments, lost_datagrams_kill_nobody) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    EXPECT_EQ(run("crash", 60, 200'000, seed).at(5), 0.0);
  }
}

TEST(experiments, who_is_deaf_has_nobody_else_declared_dead) {
  const auto found = run("deaf", 60);
  EXPECT_EQ(found.at(0), 0.0);
}

TEST(experiments, who_loses_most_of_all_has_nobody_declared_dead) {
  EXPECT_EQ(run("lossy", 50).at(0), 0.0);
}

TEST(experiments, who_stood_still_says_of_nobody_else_that_it_is_dead) {
  const auto found = run("pauses", 20);
  EXPECT_EQ(found.at(0), 0.0);
  EXPECT_EQ(found.at(1), 0.0);
}

TEST(experiments, one_that_was_alone_finds_back_by_itself) {
  const auto found = run("alone", 20);
  ASSERT_TRUE(found.at(0).has_value());
  EXPECT_LE(*found.at(0), 30.0);
}

TEST(experiments, restarts_leave_nobody_behind) {
  for (const std::string name : {"rolling", "restart"}) {
    EXPECT_LE(run(name, 30).at(0).value_or(1'000), 10.0) << name;
  }
  EXPECT_EQ(run("rolling", 30).at(1), 0.0);
}

// They are away for longer than the dead are remembered.
TEST(experiments, bring_no_ghosts_back) {
  const auto rows =
      measure(*find_experiment("ghosts"),
              {.members = {20}, .loss_percent = {0, 20}, .seeds = 5, .config = {}}, [] {});
  for (const measured_row& row : rows) {
    EXPECT_EQ(row.medians.at(0), 0.0) << row.loss_percent;
    EXPECT_EQ(row.medians.at(1), 0.0) << row.loss_percent;
  }
}

// Where figures are counts of what must never happen, one seed is enough.
TEST(experiments, tell_the_greatest_where_the_median_would_hide_it) {
  EXPECT_EQ(greatest_of({0.0, 0.0, 2.0, 0.0}), 2.0);
  EXPECT_EQ(greatest_of({0.0, std::nullopt}), std::nullopt);
  EXPECT_EQ(greatest_of({}), std::nullopt);
}

TEST(experiments, halves_find_together_by_themselves) {
  const auto found = run("partition", 40);
  ASSERT_TRUE(found.at(0).has_value());
  EXPECT_LE(*found.at(0), 30.0);
  EXPECT_EQ(found.at(2), 2.0);
  EXPECT_GE(found.at(3), 1.0) << "who does not know somebody has to be told";
  EXPECT_LE(found.at(3), 10.0) << "and not by all others";
}

TEST(experiments, all_that_join_at_once_see_each_other) {
  const auto found = run("join", 60);
  ASSERT_TRUE(found.at(0).has_value());
  EXPECT_LE(*found.at(0), 3.0);
}

// In each second of peace each member sends one ping and, on average, answers one: in a minute 59
// to 61 of both. It compares tables at each second turn, and turns are 3¾ to 6¼ s apart: 4 to 9
// times, one message there and one back. That is all, however many there are.
TEST(experiments, in_peace_each_sends_as_much_among_many_as_among_few) {
  constexpr double least = 2 * (59 + 4) / 60.0;
  constexpr double most = 2 * (61 + 9) / 60.0;
  const auto few = run("idle", 10);
  const auto many = run("idle", 40);
  for (const auto& found : {few, many}) {
    EXPECT_GE(found.at(1).value_or(0), least);
    EXPECT_LE(found.at(1).value_or(most + 1), most);
    EXPECT_EQ(found.at(2), 0.0) << "nobody is accused";
  }
  EXPECT_LE(many.at(0).value_or(most), few.at(0).value_or(0) * most / least) << "bytes";
}

// What a model does follows from its papers: a check that it is built as they say.
TEST(models, declare_dead_after_the_time_that_their_settings_give) {
  const auto known = [](const std::string& protocol) {
    swarm_settings settings{.seed = 3, .members = 10, .config = {}, .model = {}};
    settings.model = find_protocol(protocol)->model;
    const auto found = run_crash(settings);
    return found.at(1).value_or(0) - found.at(0).value_or(0);
  };
  EXPECT_NEAR(known("swim"), 5.0, 0.01) << "5 times the logarithm of 10, in seconds";
  EXPECT_NEAR(known("memberlist"), 5.0, 0.5) << "as soon as three others confirm it";
}

TEST(models, know_of_each_other_and_of_crashes) {
  for (const protocol& each : protocols()) {
    swarm_settings settings{.seed = 2, .members = 30, .config = {}, .model = {}};
    settings.model = each.model;
    EXPECT_TRUE(run_join(settings).at(0).has_value()) << each.name;
    const auto found = run_crash(settings);
    EXPECT_TRUE(found.at(3).has_value()) << each.name;
    EXPECT_EQ(found.at(5), 0.0) << each.name;
  }
}

measured_row anomaly_row(const std::string& protocol, double deaths, std::uint32_t members = 128,
                         double loss_percent = 0) {
  return {.protocol = protocol,
          .members = members,
          .loss_percent = loss_percent,
          .medians = {deaths, 0.0, 0.0, 0.0}};
}

TEST(models, are_compared_with_what_the_paper_says) {
  const experiment& anomaly = *find_experiment("anomaly");
  const auto found = compare_with_paper(
      anomaly, {anomaly_row("conclave", 0), anomaly_row("swim", 1'000),
                anomaly_row("swim-probe", 340), anomaly_row("swim-suspicion", 61),
                anomaly_row("swim-buddy", 1'880), anomaly_row("memberlist", 7)});
  ASSERT_EQ(found.size(), 4U);
  const std::vector<bool> agree{true, false, true, false};
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].agrees(), agree[i]) << found[i].protocol;
  }
  EXPECT_EQ(found[1].protocol, "swim-suspicion");
  EXPECT_DOUBLE_EQ(found[1].percent.value_or(0), 6.1);
  EXPECT_EQ(found[1].percent_in_paper, 3);
}

TEST(models, are_compared_only_where_all_is_as_in_the_paper) {
  const experiment& anomaly = *find_experiment("anomaly");
  const measured_row swim = anomaly_row("swim", 1'000);
  const measured_row all = anomaly_row("memberlist", 900);
  EXPECT_EQ(compare_with_paper(anomaly, {swim, all}).size(), 1U);
  EXPECT_TRUE(compare_with_paper(*find_experiment("crash"), {swim, all}).empty());
  EXPECT_TRUE(compare_with_paper(anomaly, {all}).empty()) << "nothing to compare with";
  EXPECT_TRUE(compare_with_paper(anomaly, {swim, anomaly_row("memberlist", 900, 60)}).empty());
  EXPECT_TRUE(compare_with_paper(anomaly, {swim, anomaly_row("memberlist", 900, 128, 5)}).empty());
}

TEST(models, of_which_there_is_nothing_to_compare_do_not_agree) {
  const auto found = compare_with_paper(*find_experiment("anomaly"),
                                        {anomaly_row("swim", 0), anomaly_row("memberlist", 0)});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_FALSE(found[0].agrees());
}

TEST(experiments, a_page_shows_each_figure) {
  const experiment& which = *find_experiment("idle");
  const experiment_options options{.members = {5}, .loss_percent = {0}, .seeds = 1, .config = {}};
  auto rows = measure(which, options, [] {});
  rows.at(0).medians.at(1) = std::nullopt;
  const std::string page = to_html(which, options, "lan", rows);
  for (const measured_column& column : which.columns) {
    EXPECT_NE(page.find("<h2>" + column.what), std::string::npos) << column.what;
  }
  EXPECT_NE(page.find(">never</text>"), std::string::npos);
  EXPECT_EQ(page.find("http"), std::string::npos) << "it works offline";
}

TEST(experiments, give_the_same_figures_for_the_same_seed) {
  for (const std::string name : {"crash", "join", "idle"}) {
    EXPECT_EQ(run(name, 20, 50'000, 7), run(name, 20, 50'000, 7)) << name;
  }
  EXPECT_NE(run("crash", 20, 50'000, 7), run("crash", 20, 50'000, 8));
}

TEST(experiments, what_never_comes_is_no_figure) {
  int runs = 0;
  const experiment never{
      .name = "never",
      .about = "",
      .columns = {{"a", "a", ""}, {"b", "b", ""}},
      .run = [](const swarm_settings& settings) {
        return std::vector<std::optional<double>>{std::nullopt, static_cast<double>(settings.seed)};
      }};
  const auto rows =
      measure(never, {.members = {2, 3}, .loss_percent = {0, 1}, .seeds = 3, .config = {}},
              [&] { ++runs; });
  EXPECT_EQ(runs, 12);
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[3].members, 3U);
  EXPECT_EQ(rows[3].loss_percent, 1);
  EXPECT_FALSE(rows[0].medians[0].has_value());
  EXPECT_EQ(rows[0].medians[1], 2.0);
}

}  // namespace
}  // namespace conclave::sim
