// Each kind of fault does what its name says, to those that it says, and ends.
#include "sim/schedule.hpp"
#include "sim/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

options quiet(std::uint32_t voters = 3, std::uint32_t others = 0) {
  options drawn = draw_options(1);
  drawn.voters = voters;
  drawn.others = others;
  drawn.twins = 0;
  drawn.new_cluster = true;
  drawn.walls_right = true;
  drawn.clocks = clock_spread::equal;
  drawn.calm = {.delay_min = 100us, .delay_spread = 100us};
  drawn.stormy = drawn.calm;
  drawn.stormy.loss_ppm = 500'000;
  drawn.distances_uneven = false;
  drawn.long_holds = false;
  drawn.rest = {};
  drawn.outbox_max = 100'000;
  drawn.left_voters = drawn.left_others = 0;
  drawn.tick_late_max = {};
  drawn.socket_buffer = 1'000;
  drawn.lease_ttl = 300ms;
  drawn.lease_ttl_max = 300ms;
  drawn.session_idle_max = 60s;
  drawn.think_max = 20ms;
  drawn.faults_last = 2s;
  return drawn;
}

fault of_kind(fault_kind kind) {
  return {.kind = kind, .begins = true_time(500ms), .ends = true_time(900ms)};
}

run_result run_with(const options& drawn, const fault& one, trace_sink trace = {}) {
  options chosen = drawn;
  chosen.fault_kinds = 1U << static_cast<unsigned>(one.kind);
  run_result result = simulation(chosen, {one}, std::move(trace)).run();
  EXPECT_EQ(result.outcome, outcome::kept) << to_string(one.kind) << ": " << result.what;
  EXPECT_EQ(result.counted.of(one.kind), 1U) << to_string(one.kind);
  return result;
}

// Of n2 and n3 each reaches three of five, of the others each two or itself alone.
TEST(ring, with_a_gap_leaves_locks_to_those_who_reach_a_quorum) {
  options drawn = quiet(5);
  drawn.locks = drawn.users = 1;
  drawn.hold_max = 20ms;
  drawn.keep = {};
  drawn.readers = drawn.permits = drawn.together = drawn.nested = drawn.leased = 0;
  drawn.faults_last = 12s;
  drawn.fault_kinds = 1U << static_cast<unsigned>(fault_kind::ring) |
                      1U << static_cast<unsigned>(fault_kind::isolate);
  fault ring = of_kind(fault_kind::ring);
  ring.groups = {1, 2, 4, 8, 16};
  fault gap = of_kind(fault_kind::isolate);
  gap.subject = 0;
  ring.ends = gap.ends = true_time(12s);
  std::array<int, 12> granted{};
  const run_result result =
      simulation(drawn, {ring, gap}, [&](true_time when, std::string_view said) {
        const auto second = static_cast<std::size_t>(when.time_since_epoch() / 1s);
        if (second < granted.size() && said.find(" granted ") != std::string_view::npos) {
          ++granted[second];
        }
      }).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
  EXPECT_GT(std::accumulate(granted.begin() + 4, granted.end(), 0), 10);
}

bool is_open(const ways& closed, machine_index from, machine_index to) {
  return !contains(closed[from], to);
}

TEST(partition, a_split_closes_all_between_groups_and_nothing_within) {
  fault one = of_kind(fault_kind::split);
  one.groups = {0b00011, 0b00100, 0b11000};
  const ways closed = ways_closed_by(one, 5);
  EXPECT_TRUE(is_open(closed, 0, 1) && is_open(closed, 1, 0) && is_open(closed, 3, 4));
  for (const auto& [a, b] : {std::pair{0U, 2U}, {0U, 3U}, {1U, 4U}, {2U, 3U}, {2U, 4U}}) {
    EXPECT_FALSE(is_open(closed, a, b) || is_open(closed, b, a)) << a << b;
  }
}

TEST(partition, one_machine_joins_the_groups_of_a_bridge) {
  fault one = of_kind(fault_kind::bridge);
  one.groups = {0b00011, 0b11100};
  one.subject = 2;
  const ways closed = ways_closed_by(one, 5);
  EXPECT_TRUE(is_open(closed, 2, 0) && is_open(closed, 0, 2) && is_open(closed, 2, 4));
  EXPECT_FALSE(is_open(closed, 0, 3) || is_open(closed, 4, 1));
}

TEST(partition, on_a_ring_each_sees_a_majority_and_no_two_see_the_same) {
  for (std::uint32_t machines = 4; machines <= 9; ++machines) {
    fault one = of_kind(fault_kind::ring);
    for (std::uint32_t i = 0; i < machines; ++i) {
      one.groups.push_back(machine_set{1} << i);
    }
    const ways closed = ways_closed_by(one, machines);
    std::vector<machine_set> seen;
    for (machine_index at = 0; at < machines; ++at) {
      const machine_set all = (machine_set{1} << machines) - 1;
      seen.push_back(all & ~closed[at]);
      EXPECT_GT(std::popcount(seen.back()) * 2U, machines);
      EXPECT_NE(seen.back(), all) << "it would cut nothing";
      for (machine_index other = 0; other < machines; ++other) {
        EXPECT_EQ(is_open(closed, at, other), is_open(closed, other, at));
      }
    }
    EXPECT_NE(seen[0], seen[1]);
  }
}

TEST(partition, a_ring_of_some_leaves_all_others_as_they_are) {
  fault one = of_kind(fault_kind::ring);
  one.groups = {1, 2, 4, 8};
  const ways closed = ways_closed_by(one, 6);
  EXPECT_FALSE(is_open(closed, 0, 2) || is_open(closed, 3, 1));
  for (machine_index at = 0; at < 5; ++at) {
    EXPECT_TRUE(is_open(closed, at, 5) && is_open(closed, 5, at)) << at;
  }
}

TEST(partition, what_cuts_nothing_is_known_for_that) {
  const auto cuts = [](fault_kind kind, std::vector<machine_set> groups, machine_index subject,
                       std::uint32_t machines) {
    fault one = of_kind(kind);
    one.groups = std::move(groups);
    one.subject = subject;
    one.from = one.to = machine_set{1} << subject;
    return closes_any(one, machines);
  };
  EXPECT_TRUE(cuts(fault_kind::ring, {1, 2, 4, 8}, 0, 4));
  EXPECT_FALSE(cuts(fault_kind::ring, {1, 2, 4}, 0, 3)) << "each sees all";
  EXPECT_TRUE(cuts(fault_kind::bridge, {0b001, 0b110}, 1, 3));
  EXPECT_FALSE(cuts(fault_kind::bridge, {0b001, 0b110}, 0, 3)) << "nobody else is on one side";
  EXPECT_FALSE(cuts(fault_kind::bridge, {0b01, 0b10}, 0, 2));
  EXPECT_TRUE(cuts(fault_kind::split, {0b01, 0b10}, 0, 2));
  EXPECT_FALSE(cuts(fault_kind::split, {0b11, 0}, 0, 2));
  EXPECT_FALSE(cuts(fault_kind::cut, {}, 0, 2)) << "from itself";
  EXPECT_TRUE(cuts(fault_kind::isolate, {}, 0, 2));
  EXPECT_FALSE(cuts(fault_kind::isolate, {}, 0, 1));
  EXPECT_TRUE(cuts(fault_kind::swizzle, {1, 2}, 0, 2));
  EXPECT_FALSE(cuts(fault_kind::swizzle, {1}, 0, 1));
}

TEST(partition, who_is_isolated_reaches_nobody) {
  fault one = of_kind(fault_kind::isolate);
  one.subject = 1;
  const ways closed = ways_closed_by(one, 3);
  EXPECT_FALSE(is_open(closed, 1, 0) || is_open(closed, 2, 1));
  EXPECT_TRUE(is_open(closed, 0, 2) && is_open(closed, 2, 0));
}

TEST(fault, in_the_network_blocks_datagrams_and_heals) {
  for (const fault_kind kind :
       {fault_kind::split, fault_kind::isolate, fault_kind::cut, fault_kind::bridge,
        fault_kind::ring, fault_kind::flap, fault_kind::swizzle}) {
    fault one = of_kind(kind);
    one.groups = kind == fault_kind::swizzle || kind == fault_kind::ring
                     ? std::vector<machine_set>{1, 2, 4, 8, 16}
                     : std::vector<machine_set>{0b00011, 0b11100};
    one.from = 0b00001;
    one.to = 0b11110;
    one.step = 50ms;
    const run_result result = run_with(quiet(5), one);
    EXPECT_GT(result.counted.of(counter::frames_blocked), 0U) << to_string(kind);
    EXPECT_EQ(result.counted.of(counter::frames_lost), 0U) << to_string(kind);
  }
}

// What a flap closes opens in between: a session that a split ends outlives it.
TEST(fault, a_flap_comes_and_goes) {
  fault split = of_kind(fault_kind::split);
  split.groups = {0b001, 0b110};
  fault flap = split;
  flap.kind = fault_kind::flap;
  flap.step = 20ms;
  EXPECT_EQ(turns_of(flap), 20U);
  options drawn = quiet();
  drawn.lease_ttl = drawn.lease_ttl_max = 200ms;
  EXPECT_GT(run_with(drawn, split).counted.of(counter::sessions_lapsed),
            run_with(drawn, flap).counted.of(counter::sessions_lapsed));
  EXPECT_GT(run_with(drawn, flap).counted.of(counter::frames_blocked), 0U);
}

TEST(fault, a_jam_holds_what_is_sent_and_lets_it_arrive_at_once) {
  fault one = of_kind(fault_kind::jam);
  one.from = 0b010;
  const run_result result = run_with(quiet(), one);
  EXPECT_GT(result.counted.of(counter::frames_jammed), 10U);
  EXPECT_EQ(result.counted.of(counter::frames_lost), 0U);
  EXPECT_EQ(result.counted.of(counter::frames_blocked), 0U);
}

TEST(fault, a_squeeze_makes_datagrams_wait_for_their_turn_and_loses_those_that_wait_too_long) {
  fault one = of_kind(fault_kind::squeeze);
  one.from = 0b111;
  one.value = 1'000;
  EXPECT_GT(run_with(quiet(), one).counted.of(counter::frames_over_queue), 0U);
}

// Frames that carry something else as well go with it.
TEST(fault, a_sieve_loses_what_carries_one_kind_of_message) {
  const std::size_t recall = core::message(core::recall{}).index();
  options drawn = quiet();
  drawn.users = 3;
  fault one = of_kind(fault_kind::sieve);
  one.from = 0b001;
  one.value = static_cast<std::int64_t>(recall);
  std::size_t lost = 0;
  std::size_t passed = 0;
  std::size_t others = 0;
  std::size_t later = 0;
  const trace_sink look = [&](true_time now, std::string_view line) {
    const bool comes = line.find(" <- RECALL") != std::string_view::npos;
    if (now > one.begins + 1ms && now < one.ends) {
      lost += line.starts_with("n1 -> ") && line.find(" RECALL") != std::string_view::npos ? 1 : 0;
      passed += comes && line.starts_with("n1") ? 1 : 0;
      others += comes ? 1 : 0;
    }
    later += comes && line.starts_with("n1") && now > one.ends ? 1 : 0;
  };
  const run_result result = run_with(drawn, one, look);
  EXPECT_GT(result.counted.of(counter::frames_sieved), lost);
  EXPECT_GT(lost, 0U);
  EXPECT_EQ(passed, 0U);
  EXPECT_GT(others, 0U);
  EXPECT_GT(later, 0U);
  EXPECT_EQ(result.counted.of(counter::frames_blocked), 0U);
}

TEST(fault, a_storm_is_the_network_at_its_worst_and_passes) {
  const run_result result = run_with(quiet(), of_kind(fault_kind::storm));
  EXPECT_GT(result.counted.of(counter::frames_lost), 0U);
}

TEST(fault, a_crash_and_a_reboot_and_a_goodbye_end_in_another_process) {
  for (const fault_kind kind : {fault_kind::crash, fault_kind::reboot, fault_kind::leave}) {
    const run_result result = run_with(quiet(), of_kind(kind));
    EXPECT_EQ(result.counted.of(counter::restarts), 1U) << to_string(kind);
    EXPECT_EQ(result.counted.of(counter::abstentions), 1U) << to_string(kind);
    EXPECT_EQ(result.counted.of(counter::superseded), 0U) << to_string(kind);
  }
}

// The boot number is the wall clock where nothing is stored.
TEST(fault,
     a_wall_clock_that_is_set_back_makes_a_blank_process_look_old_but_not_one_that_remembers) {
  fault back = of_kind(fault_kind::wall_step);
  back.begins = true_time(200ms);
  back.value = -duration(1s).count();
  options drawn = quiet();
  drawn.fault_kinds = 1U << static_cast<unsigned>(fault_kind::wall_step);
  const run_result blank = simulation(drawn, {back, of_kind(fault_kind::crash)}, {}).run();
  EXPECT_EQ(blank.outcome, outcome::kept) << blank.what;
  EXPECT_GT(blank.counted.of(counter::superseded), 0U);
  const run_result stored = simulation(drawn, {back, of_kind(fault_kind::reboot)}, {}).run();
  EXPECT_EQ(stored.outcome, outcome::kept) << stored.what;
  EXPECT_EQ(stored.counted.of(counter::superseded), 0U);
}

TEST(fault, a_pause_keeps_what_is_sent_meanwhile_and_a_suspension_loses_it) {
  const run_result paused = run_with(quiet(), of_kind(fault_kind::pause));
  EXPECT_EQ(paused.counted.of(counter::frames_lost), 0U);
  const run_result suspended = run_with(quiet(), of_kind(fault_kind::suspend));
  EXPECT_GT(suspended.counted.of(counter::frames_lost), 0U);
}

TEST(fault, a_slow_processor_overflows_its_socket_and_recovers) {
  options drawn = quiet();
  drawn.socket_buffer = 2;
  fault one = of_kind(fault_kind::slow);
  one.step = 10ms;
  EXPECT_GT(run_with(drawn, one).counted.of(counter::frames_over_buffer), 0U);
}

TEST(fault, late_handlers_make_another_run_of_the_same_seed) {
  fault one = of_kind(fault_kind::late);
  one.step = 100ms;
  options drawn = quiet();
  EXPECT_NE(run_with(drawn, one).digest, simulation(drawn, {}, {}).run().digest);
}

TEST(fault, of_two_processes_with_one_name_the_older_gives_up) {
  options drawn = quiet(3, 1);
  drawn.twins = 1;
  const run_result result = run_with(drawn, of_kind(fault_kind::twin));
  EXPECT_GT(result.counted.of(counter::superseded), 0U);
}

TEST(fault, a_clock_drifts_and_comes_back) {
  options drawn = quiet();
  drawn.clock_drift_max_ppm = 200'000;
  fault one = of_kind(fault_kind::drift);
  one.value = 199'000'000;
  const run_result drifted = run_with(drawn, one);
  EXPECT_NE(drifted.digest, simulation(drawn, {}, {}).run().digest);
}

TEST(fault, aimed_at_the_holder_meets_whoever_holds) {
  options drawn = quiet();
  drawn.locks = 1;
  drawn.users = 3;
  drawn.hold_max = 4s;
  drawn.think_max = 1ms;
  fault one = of_kind(fault_kind::isolate);
  one.aim = fault_aim::holder;
  one.ends = true_time(1500ms);
  const run_result result = run_with(drawn, one);
  EXPECT_GT(result.counted.of(counter::lost_no_quorum) + result.counted.of(counter::lost_expired),
            0U);
}

TEST(fault, aimed_at_the_holder_counts_as_such_when_there_is_one) {
  options drawn = quiet();
  drawn.users = 3;
  drawn.hold_max = 4s;
  drawn.think_max = 1ms;
  fault one = of_kind(fault_kind::pause);
  EXPECT_EQ(run_with(drawn, one).counted.of(counter::faults_at_holder), 0U);
  one.aim = fault_aim::holder;
  EXPECT_EQ(run_with(drawn, one).counted.of(counter::faults_at_holder), 1U);
  one.begins = true_time{};  // before anybody has started
  one.kind = fault_kind::isolate;
  EXPECT_EQ(run_with(drawn, one).counted.of(counter::faults_at_holder), 0U);
}

TEST(fault, aimed_at_voters_counts_as_such) {
  fault one = of_kind(fault_kind::isolate);
  EXPECT_EQ(run_with(quiet(), one).counted.of(counter::faults_at_voters), 0U);
  one.aim = fault_aim::voters;
  EXPECT_EQ(run_with(quiet(), one).counted.of(counter::faults_at_voters), 1U);
}

TEST(fault, that_does_nothing_does_not_count) {
  fault ring = of_kind(fault_kind::ring);
  ring.groups = {1, 2, 4};
  fault bridge = of_kind(fault_kind::bridge);
  bridge.groups = {0b001, 0b110};
  fault cut = of_kind(fault_kind::cut);
  cut.from = cut.to = 0b001;
  fault blackout = of_kind(fault_kind::blackout);
  blackout.begins = true_time{};  // nobody has started
  blackout.from = 0b111;
  fault drift = of_kind(fault_kind::drift);  // at the rate that it has
  for (fault one : {ring, bridge, cut, blackout, drift}) {
    one.aim = fault_aim::voters;
    const run_result result = simulation(quiet(), {one}, {}).run();
    EXPECT_EQ(result.counted.of(one.kind), 0U) << to_string(one.kind);
    EXPECT_EQ(result.counted.of(counter::faults_at_voters), 0U) << to_string(one.kind);
    EXPECT_EQ(result.digest, simulation(quiet(), {}, {}).run().digest) << to_string(one.kind);
  }
}

TEST(schedule, draws_nothing_that_does_nothing) {
  std::size_t rings = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const options drawn = draw_options(seed);
    for (const fault& one : draw_schedule(drawn)) {
      const bool cuts = one.kind == fault_kind::ring || one.kind == fault_kind::swizzle ||
                        one.kind == fault_kind::bridge || one.kind == fault_kind::split;
      if (cuts && one.aim != fault_aim::holder) {
        EXPECT_TRUE(closes_any(one, drawn.machines())) << "seed " << seed << ": " << to_text(one);
      }
      rings += one.kind == fault_kind::ring ? 1 : 0;
      EXPECT_TRUE(one.kind != fault_kind::ring || drawn.machines() > 3) << "seed " << seed;
      EXPECT_TRUE(one.kind != fault_kind::drift || drawn.clocks != clock_spread::equal);
    }
  }
  EXPECT_GT(rings, 0U);
}

// All others reach everybody.
TEST(schedule, lets_only_voters_fall_apart_in_what_is_meant_for_voters) {
  std::array<std::size_t, fault_kinds_count> seen{};
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const options drawn = draw_options(seed);
    for (const fault& one : draw_schedule(drawn)) {
      if (one.aim != fault_aim::voters || one.groups.empty()) {
        continue;
      }
      machine_set met = 0;
      for (const machine_set each : one.groups) {
        met |= each;
      }
      EXPECT_EQ(met, all_of(drawn.voters)) << "seed " << seed << ": " << to_text(one);
      seen[static_cast<std::size_t>(one.kind)] += drawn.voters < drawn.machines() ? 1 : 0;
    }
  }
  for (const fault_kind kind : {fault_kind::split, fault_kind::flap, fault_kind::bridge,
                                fault_kind::ring, fault_kind::swizzle}) {
    EXPECT_GT(seen[static_cast<std::size_t>(kind)], 0U) << to_string(kind);
  }
}

TEST(schedule, draws_every_kind_and_aim_and_says_it) {
  std::vector<bool> kinds(fault_kinds_count);
  std::vector<bool> aims(fault_aims_count);
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    for (const fault& one : draw_schedule(draw_options(seed))) {
      kinds[static_cast<std::size_t>(one.kind)] = true;
      aims[static_cast<std::size_t>(one.aim)] = true;
      EXPECT_TRUE(to_text(one).starts_with(to_string(one.kind)));
      EXPECT_LE(one.begins, one.ends);
    }
  }
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), false), 0);
  EXPECT_EQ(std::count(aims.begin(), aims.end(), false), 0);
}

TEST(clocks, beyond_the_bound_are_beyond_each_bound_that_is_drawn) {
  core::random_source random(1);
  for (const std::uint32_t bound_ppm : {500U, 5'000U, 50'000U, 200'000U}) {
    options drawn = quiet();
    drawn.clocks = clock_spread::beyond;
    drawn.clock_drift_max_ppm = bound_ppm;
    std::int64_t farthest = 0;
    for (int i = 0; i < 200; ++i) {
      farthest = std::max(farthest, std::abs(draw_rate(random, drawn)));
    }
    EXPECT_GT(farthest, std::int64_t{bound_ppm} * 1'900) << bound_ppm;
    EXPECT_LE(farthest, clock_ahead_max_ppb) << bound_ppm;
  }
}

// Promise 1 is given for clocks within the bound. The checks do see it break beyond.
TEST(clocks, beyond_the_bound_break_exclusion_and_the_store_stays_right) {
  std::size_t broken = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    options drawn = draw_options(seed);
    drawn.clocks = clock_spread::beyond;
    drawn.clock_drift_max_ppm = 5'000;
    drawn.faults_last = 3s;
    const run_result tolerant = simulation(drawn, draw_schedule(drawn), {}).run();
    EXPECT_EQ(tolerant.outcome, outcome::kept) << "seed " << seed << ": " << tolerant.what;
    drawn.strict = true;
    const run_result strict = simulation(drawn, draw_schedule(drawn), {}).run();
    broken += strict.outcome == outcome::promise_broken;
  }
  EXPECT_GT(broken, 0U);
}

}  // namespace
}  // namespace conclave::sim
