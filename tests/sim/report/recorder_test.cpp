// What a recording of a run says is what happened, and recording changes nothing.
#include "recorded_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seeds[] = {1, 2, 3, 7, 10, 14};

std::size_t count(const recording& all, recorded_kind kind) {
  return static_cast<std::size_t>(std::ranges::count(all.events, kind, &recorded_event::kind));
}

// Has the machine a process at that time? It may have started or stopped just then.
bool is_in(const std::vector<interval>& list, true_time at) {
  return std::ranges::any_of(list,
                             [&](const interval& one) { return one.from <= at && at <= one.to; });
}

TEST(recorder, changes_nothing) {
  for (const std::uint64_t seed : seeds) {
    const options drawn = short_run(seed);
    const run_result alone = simulation(drawn, draw_schedule(drawn), {}).run();
    EXPECT_EQ(record(drawn).result.digest, alone.digest) << "seed " << seed;
  }
}

TEST(recorder, has_all_datagrams_that_the_network_counted) {
  for (const std::uint64_t seed : seeds) {
    const recorded_run run = record(short_run(seed), {.events_max = 1'000'000});
    const counters& counted = run.result.counted;
    EXPECT_EQ(count(run.all, recorded_kind::sent), counted.of(counter::frames_sent));
    EXPECT_EQ(count(run.all, recorded_kind::arrived), counted.of(counter::frames_delivered));
    const auto lost =
        std::ranges::count(run.all.events, recorded_fate::lost, &recorded_event::fate) +
        std::ranges::count_if(run.all.events, [&](const recorded_event& one) {
          return run.all.text(one.text) == to_string(loss::asleep);
        });
    const auto blocked =
        std::ranges::count(run.all.events, recorded_fate::blocked, &recorded_event::fate);
    EXPECT_EQ(static_cast<std::uint64_t>(lost), counted.of(counter::frames_lost));
    EXPECT_EQ(static_cast<std::uint64_t>(blocked),
              counted.of(counter::frames_blocked) + counted.of(counter::frames_sieved));
  }
}

TEST(recorder, an_arrival_names_the_sending_to_that_node) {
  for (const std::uint64_t seed : seeds) {
    const recording all = record(short_run(seed)).all;
    for (const recorded_event& one : all.events) {
      if (one.kind == recorded_kind::arrived && one.cause >= all.first_event) {
        const recorded_event* sent = all.find(one.cause);
        ASSERT_NE(sent, nullptr);
        ASSERT_EQ(sent->kind, recorded_kind::sent);
        ASSERT_EQ(sent->peer, one.node);
        ASSERT_LT(sent->at, one.at);
        ASSERT_EQ(sent->fate, recorded_fate::under_way);
      }
    }
  }
}

TEST(recorder, has_a_belief_for_each_grant) {
  for (const std::uint64_t seed : seeds) {
    const recorded_run run = record(short_run(seed), {.events_max = 1'000'000});
    EXPECT_EQ(run.all.beliefs.size(),
              run.result.counted.of(counter::grants) + run.result.counted.of(counter::together));
    for (const recorded_belief& one : run.all.beliefs) {
      EXPECT_LE(one.during.from, one.during.to);
      EXPECT_TRUE(is_in(run.all.nodes[one.node].up, one.during.from));
      EXPECT_FALSE(run.all.text(one.ending).empty());
      for (const recorded_extension& each : one.extensions) {
        EXPECT_LE(one.during.from, each.at);
        EXPECT_LE(each.at, each.until);
      }
    }
    EXPECT_TRUE(overlaps_of(run.all).empty());
  }
}

// Protocol 5: a vote is lent to one request at a time, where none share.
TEST(recorder, a_voter_lends_its_vote_on_a_lock_to_one_at_a_time) {
  for (const std::uint64_t seed : seeds) {
    options drawn = short_run(seed);
    drawn.readers = 0;
    drawn.permits = 0;
    const recording all = record(drawn, {.events_max = 1'000'000}).all;
    EXPECT_FALSE(all.loans.empty());
    std::map<std::pair<std::uint32_t, std::uint32_t>, true_time> free_from;
    for (const recorded_loan& one : all.loans) {
      EXPECT_TRUE(all.nodes[one.voter].votes);
      EXPECT_TRUE(is_in(all.nodes[one.voter].up, one.during.from));
      true_time& free = free_from[{one.voter, one.lock}];
      EXPECT_LE(free, one.during.from);
      free = one.during.to;
    }
  }
}

// Protocol 5: a hold stands on votes of a majority. When it begins, they are lent, or their voters
// have died meanwhile and lend nothing yet.
TEST(recorder, a_belief_begins_over_loans_of_a_majority) {
  for (const std::uint64_t seed : seeds) {
    const recording all = record(short_run(seed), {.events_max = 1'000'000}).all;
    const auto voters =
        static_cast<std::size_t>(std::ranges::count(all.nodes, true, &recorded_node::votes));
    for (const recorded_belief& one : all.beliefs) {
      std::set<std::uint32_t> bound;
      for (const recorded_loan& loan : all.loans) {
        if (loan.lock == one.lock && loan.candidate == one.node && loan.request == one.asked_as &&
            loan.during.from <= one.during.from && one.during.from <= loan.during.to) {
          bound.insert(loan.voter);
        }
      }
      for (std::uint32_t voter = 0; voter < all.nodes.size(); ++voter) {
        const recorded_node& each = all.nodes[voter];
        const bool lends_nothing =
            !is_in(each.up, one.during.from) || is_in(each.abstains, one.during.from);
        if (each.votes && lends_nothing) {
          bound.insert(voter);
        }
      }
      EXPECT_GT(2 * bound.size(), voters) << "seed " << all.seed << " r" << one.request;
    }
  }
}

// A rate that no clock here has comes of two readings a nanosecond off, far apart.
TEST(recorder, a_steady_clock_is_one_straight_line) {
  const options drawn = short_run(2);
  const recording all = record(drawn).all;
  for (const recorded_node& one : all.nodes) {
    ASSERT_EQ(one.clock.size(), 2U) << one.name;
    const auto run = static_cast<double>((one.clock[1].at - one.clock[0].at).count());
    const auto rise = static_cast<double>((one.clock[1].shows - one.clock[0].shows).count());
    EXPECT_LT(std::abs(rise / run - 1), drawn.clock_drift_max_ppm * 1e-6) << one.name;
  }
}

TEST(recorder, an_event_keeps_its_number_in_every_window) {
  const options drawn = short_run(7);
  const recording all = record(drawn).all;
  const recording part = record(drawn, {.from = true_time(1s), .to = true_time(1500ms)}).all;
  ASSERT_GT(part.first_event, 0U);
  ASSERT_GT(part.events.size(), 100U);
  EXPECT_EQ(part.events_total, part.events.size());
  for (std::size_t i = 0; i < part.events.size(); ++i) {
    const recorded_event* same = all.find(part.first_event + i);
    ASSERT_NE(same, nullptr);
    EXPECT_EQ(same->at, part.events[i].at);
    EXPECT_EQ(same->kind, part.events[i].kind);
    EXPECT_EQ(all.text(same->text), part.text(part.events[i].text));
    EXPECT_GE(part.events[i].at, true_time(1s));
    EXPECT_LE(part.events[i].at, true_time(1500ms));
  }
}

TEST(recorder, keeps_the_last_events_of_too_many) {
  const options drawn = short_run(7);
  const recording all = record(drawn).all;
  const recording last = record(drawn, {.events_max = 500}).all;
  ASSERT_EQ(last.events.size(), 500U);
  EXPECT_EQ(last.events_total, all.events.size());
  EXPECT_EQ(last.first_event + 500, all.events.size());
  EXPECT_EQ(last.events.back().at, all.events.back().at);
  EXPECT_EQ(last.window.from, last.events.front().at);
  EXPECT_LT(last.loans.size(), all.loans.size());
  EXPECT_LT(last.texts.size(), all.texts.size());
}

TEST(recorder, says_what_faults_touch_and_when_processes_run) {
  options drawn = short_run(7);
  drawn.fault_every = 100ms;
  const recording all = record(drawn, {.events_max = 1'000'000}).all;
  EXPECT_FALSE(all.faults.empty());
  EXPECT_EQ(all.faults.size(), count(all, recorded_kind::fault_begins));
  for (const recorded_fault& one : all.faults) {
    EXPECT_NE(one.machines, 0U) << all.text(one.text);
    EXPECT_LE(one.during.from, one.during.to);
  }
  std::size_t processes = 0;
  for (const recorded_node& one : all.nodes) {
    processes += one.up.size();
  }
  EXPECT_EQ(processes, count(all, recorded_kind::started));
}

}  // namespace
}  // namespace conclave::sim
