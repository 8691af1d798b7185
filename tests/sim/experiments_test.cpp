// What membership does among many, by experiments: virtual time, so each figure follows from its
// seed.
#include "sim/experiment/experiments.hpp"

#include <gtest/gtest.h>

namespace conclave::sim {
namespace {

std::vector<std::optional<double>> run(const std::string& name, std::uint32_t members,
                                       std::uint32_t loss_ppm = 0, std::uint64_t seed = 1) {
  return find_experiment(name)->run(
      {.seed = seed, .members = members, .config = {}, .loss_ppm = loss_ppm});
}

double median_of_known(std::uint32_t members, double loss_percent, std::uint32_t seeds) {
  const auto rows = measure(
      *find_experiment("crash"),
      {.members = {members}, .loss_percent = {loss_percent}, .seeds = seeds, .config = {}}, [] {});
  return rows.at(0).medians.at(3).value_or(1'000);
}

TEST(experiments, a_crash_is_known_to_all_soon) {
  EXPECT_LE(median_of_known(10, 0, 31), 3.0);
  EXPECT_LE(median_of_known(100, 0, 3), 3.5);
  EXPECT_LE(median_of_known(100, 20, 3), 3.5) << "also where a fifth of all is lost";
}

TEST(experiments, lost_datagrams_kill_nobody) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    EXPECT_EQ(run("crash", 60, 200'000, seed).at(4), 0.0);
  }
}

TEST(experiments, who_is_deaf_has_nobody_else_declared_dead) {
  const auto found = run("deaf", 60);
  EXPECT_EQ(found.at(0), 0.0);
}

TEST(experiments, halves_find_together_by_themselves) {
  const auto found = run("partition", 40);
  ASSERT_TRUE(found.at(0).has_value());
  EXPECT_LE(*found.at(0), 30.0);
  EXPECT_EQ(found.at(2), 2.0);
}

TEST(experiments, all_that_join_at_once_see_each_other) {
  const auto found = run("join", 60);
  ASSERT_TRUE(found.at(0).has_value());
  EXPECT_LE(*found.at(0), 3.0);
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
