// Clocks that break the bound are found out soon, and no others (docs/protocol.md, "Measured
// clocks").
#include "sim/checks/alarms.hpp"

#include "base/digest.hpp"
#include "sim/simulation.hpp"
#include "sim/world_setup.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

std::vector<machine> two_machines(std::int64_t first_ppm, std::int64_t second_ppm) {
  std::vector<machine> machines;
  for (const auto& [name, ppm] : {std::pair{"n1", first_ppm}, std::pair{"n2", second_ppm}}) {
    machine one{.settings = {}, .where = {}, .seeds = {}, .clock = skewed_clock({}, ppm * 1'000)};
    one.settings.name = name;
    one.settings.clock_drift_max_ppm = 5'000;
    machines.push_back(std::move(one));
  }
  return machines;
}

bool is_false(std::vector<machine> machines, core::report_kind kind) {
  alarms checks;
  checks.watch(machines);
  return !checks
              .false_alarm(0, {.kind = kind, .peer = core::node_id_of("n2"), .from = {}},
                           true_time(1h))
              .empty();
}

TEST(alarms, are_false_when_both_clocks_kept_the_bound) {
  EXPECT_TRUE(is_false(two_machines(5'000, -5'000), core::report_kind::clock_broken));
  EXPECT_TRUE(is_false(two_machines(2'500, -2'500), core::report_kind::clock_drifting));
  EXPECT_FALSE(is_false(two_machines(5'001, 0), core::report_kind::clock_broken));
  EXPECT_FALSE(is_false(two_machines(0, -5'001), core::report_kind::clock_broken));
  EXPECT_FALSE(is_false(two_machines(0, 2'501), core::report_kind::clock_drifting));
  EXPECT_FALSE(is_false(two_machines(0, 0), core::report_kind::clock_trusted));
}

TEST(alarms, are_true_for_a_while_after_a_clock_was_mended) {
  std::vector<machine> machines = two_machines(0, 6'000);
  alarms checks;
  checks.watch(machines);
  const core::report said{
      .kind = core::report_kind::clock_broken, .peer = core::node_id_of("n2"), .from = {}};
  machines[1].clock.set_rate(true_time(1h), 0);
  checks.clock_changed(1, true_time(1h));
  EXPECT_EQ(checks.false_alarm(0, said, true_time(1h + 1s)), "");
  EXPECT_NE(checks.false_alarm(0, said, true_time(2h)), "");
}

// Who has nothing to say to the other hears it only when one of them probes the other.
TEST(alarms, are_true_for_longer_where_a_round_of_probes_takes_longer) {
  for (const auto& [others, is_true] : {std::pair{0, false}, std::pair{9, true}}) {
    std::vector<machine> machines = two_machines(0, 6'000);
    for (int i = 0; i < others; ++i) {
      machines.push_back(machines.front());
      machines.back().settings.name = "more" + std::to_string(i);
    }
    machines.front().settings.lease_ttl_max = 1s;
    alarms checks;
    checks.watch(machines);
    machines[1].clock.set_rate(true_time(1h), 0);
    checks.clock_changed(1, true_time(1h));
    const core::report said{
        .kind = core::report_kind::clock_broken, .peer = core::node_id_of("n2"), .from = {}};
    EXPECT_EQ(checks.false_alarm(0, said, true_time(1h + 25s)).empty(), is_true) << others;
  }
}

options calm(std::uint64_t seed) {
  options drawn = draw_options(seed);
  drawn.voters = 5;
  drawn.others = drawn.twins = 0;
  drawn.new_cluster = true;
  drawn.calm = {.delay_min = 100us, .delay_spread = 1ms};
  drawn.distances_uneven = false;
  drawn.fault_kinds = 0;
  drawn.clocks = clock_spread::beyond;
  drawn.clock_drift_max_ppm = 5'000;
  drawn.lease_ttl = drawn.lease_ttl_max = 500ms;
  drawn.session_idle_max = 60s;
  drawn.outbox_max = 100'000;
  drawn.long_holds = false;
  drawn.tick_late_max = {};
  drawn.rest = {};
  drawn.left_voters = drawn.left_others = 0;
  drawn.faults_last = 3s;
  return drawn;
}

// The window is about 1 s; frames flow both ways, several in each sixteenth of it.
TEST(clocks, beyond_the_bound_are_found_out_by_all_within_two_windows) {
  constexpr duration window = core::lengthened_by_drift(1s, 5'000);
  std::size_t pairs = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const options drawn = calm(seed);
    std::map<std::pair<std::string, std::string>, true_time> found;  // by whom, about whom
    const trace_sink listen = [&](true_time now, std::string_view line) {
      const std::string text(line);
      const std::size_t about = text.find(" reports: the clock of node ");
      if (about != std::string::npos && text.find("not both can keep") != std::string::npos) {
        found.try_emplace({text.substr(0, about), text.substr(about + 28, 2)}, now);
      }
    };
    const run_result result = simulation(drawn, {}, listen).run();
    EXPECT_EQ(result.outcome, outcome::kept) << "seed " << seed << ": " << result.what;
    EXPECT_GT(result.counted.of(counter::clock_trusted), 0U) << "seed " << seed;

    counters unused;
    network nowhere(5, core::random_source(1), unused);
    const std::vector<machine> machines = build_machines(drawn, core::random_source(1), nowhere);
    for (const machine& one : machines) {
      for (const machine& other : machines) {
        const double apart = (1 + static_cast<double>(one.clock.ahead_ppb()) * 1e-9) /
                             (1 + static_cast<double>(other.clock.ahead_ppb()) * 1e-9);
        if (apart > 1.013) {  // the bound is 1.01005, and round trips take 2 of 1,000 ms
          ++pairs;
          const auto by_one = found.find({one.name(), other.name()});
          const auto by_other = found.find({other.name(), one.name()});
          ASSERT_TRUE(by_one != found.end() && by_other != found.end())
              << "seed " << seed << ": " << one.name() << " and " << other.name();
          EXPECT_LE(std::max(by_one->second, by_other->second), true_time(2 * window));
        }
      }
    }
  }
  EXPECT_GT(pairs, 20U);
}

}  // namespace
}  // namespace conclave::sim
