// The table of members, the shared records, and the order of probes.
#include "base/digest.hpp"
#include "membership/deadlines.hpp"
#include "membership/member_table.hpp"
#include "membership/membership.hpp"
#include "membership/probe_order.hpp"

#include <gtest/gtest.h>

#include <set>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

member_facts facts(const std::string& name, std::uint64_t boot = 1, std::string metadata = "") {
  return {.name = name,
          .where = ipv4_address({10, 0, 0, 1}, 7),
          .boot = {boot},
          .metadata = std::move(metadata)};
}

TEST(member_table, holds_a_belief_in_16_bytes) {
  EXPECT_EQ(sizeof(belief), 16U);
}

TEST(member_table, shares_records_between_tables_and_frees_them) {
  const auto records = std::make_shared<member_records>();
  {
    member_table one(records, facts("a"));
    member_table other(records, facts("b"));
    one.put(facts("b"), 1, member_status::alive);
    other.put(facts("a"), 7, member_status::suspect);
    EXPECT_EQ(&*one.find(node_id_of("a"))->record, &*other.find(node_id_of("a"))->record);
    EXPECT_EQ(records->size(), 2U);
    one.put(facts("b", 2), 1, member_status::alive);
    EXPECT_EQ(records->size(), 3U);
    const member_table copy = one;
    other.put(facts("b", 2), 1, member_status::alive);
    EXPECT_EQ(records->size(), 2U);
  }
  EXPECT_EQ(records->size(), 0U);
}

TEST(member_table, finds_lists_and_forgets) {
  member_table table(std::make_shared<member_records>(), facts("m"));
  for (const char* name : {"z", "a", "q", "b"}) {
    table.put(facts(name), 1, member_status::alive);
  }
  table.set_status(node_id_of("a"), member_status::dead);
  table.check_invariants();
  EXPECT_EQ(table.live(), 4U);
  table.set_status(node_id_of("q"), member_status::suspect);
  table.erase(node_id_of("z"));
  table.check_invariants();
  EXPECT_EQ(table.find(node_id_of("z")), nullptr);
  std::string names;
  for (const belief* one : table.by_name()) {
    names += one->record->name;
  }
  EXPECT_EQ(names, "abmq");
  EXPECT_EQ(describe(*table.find(node_id_of("q"))).status, member_status::suspect);
  EXPECT_EQ(describe(*table.find(node_id_of("q"))).address, "10.0.0.1:7");
}

TEST(member_table, digest_tells_whether_the_live_are_the_same_in_whatever_order) {
  const auto records = std::make_shared<member_records>();
  member_table one(records, facts("a"));
  member_table other(records, facts("b"));
  one.put(facts("b"), 1, member_status::alive);
  EXPECT_NE(one.live_digest(), other.live_digest());
  other.put(facts("a"), 1, member_status::suspect);
  EXPECT_EQ(one.live_digest(), other.live_digest());
  one.put(facts("c"), 1, member_status::alive);
  EXPECT_NE(one.live_digest(), other.live_digest());
  one.set_status(node_id_of("c"), member_status::dead);
  EXPECT_EQ(one.live_digest(), other.live_digest());
  one.put(facts("b"), 2, member_status::alive);
  EXPECT_NE(one.live_digest(), other.live_digest());
}

TEST(member_table, keeps_its_invariants_through_random_changes) {
  random_source random(5);
  member_table table(std::make_shared<member_records>(), facts("self"));
  for (int i = 0; i < 5'000; ++i) {
    const std::string name = "m" + std::to_string(random.below(40));
    const auto status = static_cast<member_status>(random.below(4));
    if (table.find(node_id_of(name)) == nullptr || random.chance(0.5)) {
      table.put(facts(name, 1 + random.below(2)), 1, status);
    } else if (random.chance(0.5)) {
      table.set_status(node_id_of(name), status);
    } else {
      table.erase(node_id_of(name));
    }
    table.check_invariants();
  }
}

TEST(probe_order, visits_each_place_once_a_round_in_an_order_of_its_own) {
  random_source random(1);
  for (const std::size_t live : {2U, 3U, 8U, 31U, 60U, 1'000U}) {
    probe_order order;
    std::set<std::vector<std::size_t>> rounds;
    for (int i = 0; i < 20; ++i) {
      std::vector<std::size_t> round;
      for (std::size_t step = 1; step < live; ++step) {
        round.push_back(order.next(live, random));
      }
      rounds.insert(round);
      const std::set<std::size_t> places(round.begin(), round.end());
      EXPECT_EQ(places.size(), live - 1);
      EXPECT_EQ(*places.begin(), 1U);
      EXPECT_EQ(*places.rbegin(), live - 1);
    }
    EXPECT_GE(rounds.size(), std::min<std::size_t>(live - 1, 10));
  }
}

// Who starts with few has a first round of few. Those that join then are not left for later.
TEST(probe_order, begins_anew_when_there_are_many_more) {
  random_source random(3);
  probe_order order;
  static_cast<void>(order.next(41, random));
  std::set<std::size_t> met;
  for (int i = 0; i < 50; ++i) {
    met.insert(order.next(51, random));
  }
  EXPECT_LT(met.size(), 50U) << "a quarter more is no reason yet: 39 of this round come first";
  met.clear();
  probe_order other;
  static_cast<void>(other.next(41, random));
  for (int i = 0; i < 51; ++i) {
    met.insert(other.next(52, random));
  }
  EXPECT_EQ(met.size(), 51U);
}

TEST(probe_order, stays_in_bounds_while_the_number_of_members_changes) {
  random_source random(2);
  probe_order order;
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t live = 2 + random.below(i % 100 == 0 ? 5'000 : 20);
    const std::size_t place = order.next(live, random);
    EXPECT_GE(place, 1U);
    EXPECT_LT(place, live);
  }
}

TEST(logarithm, is_the_number_of_decimal_digits) {
  EXPECT_EQ(logarithm_of(1), 1U);
  EXPECT_EQ(logarithm_of(9), 1U);
  EXPECT_EQ(logarithm_of(10), 2U);
  EXPECT_EQ(logarithm_of(9'999), 4U);
  EXPECT_EQ(logarithm_of(10'000), 5U);
}

TEST(deadlines, only_the_latest_setting_counts) {
  deadlines some;
  const instant start{};
  some.set({1}, start + 5s);
  some.set({2}, start + 3s);
  some.set({1}, start + 9s);
  some.set({3}, start + 1s);
  some.clear({3});
  node_id id;
  EXPECT_FALSE(some.pop_due(start + 2s, id));
  EXPECT_TRUE(some.pop_due(start + 6s, id));
  EXPECT_EQ(id, node_id{2});
  EXPECT_FALSE(some.pop_due(start + 6s, id));
  EXPECT_TRUE(some.pop_due(start + 9s, id));
  EXPECT_EQ(id, node_id{1});
  EXPECT_EQ(some.size(), 0U);
  EXPECT_EQ(some.next(), never);
}

// A grave is cleared minutes after it was dug, and who died may be back and die again meanwhile.
TEST(deadlines, that_were_moved_or_cleared_take_no_room) {
  deadlines some;
  const instant start{};
  for (std::uint64_t i = 0; i < 1'000; ++i) {
    some.set({1}, start + 10min + std::chrono::milliseconds(i));
    some.set({2}, start + 20min);
    some.clear({2});
  }
  EXPECT_LE(some.queued(), 100U);
  node_id id;
  EXPECT_FALSE(some.pop_due(start + 10min + 998ms, id));
  EXPECT_TRUE(some.pop_due(start + 10min + 999ms, id));
  EXPECT_EQ(id, node_id{1});
}

}  // namespace
}  // namespace conclave::core
