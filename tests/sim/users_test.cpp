// What users do that take one lock while they have another.
#include "sim/plan.hpp"
#include "sim/simulation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view calm_world =
    "world seed=1 voters=3 locks=3 users=1 clocks=equal lease_ttl=500ms lease_ttl_max=500ms "
    "session_idle_max=60s socket_buffer=1000 nested=6 faults_last=2s think_max=1ms hold_max=1ms\n"
    "calm delay_min=100us delay_spread=100us\n";

using said = std::vector<std::pair<true_time, std::string>>;

// What happened to users before the end of the faults.
said run(std::string_view operations) {
  const std::variant<plan, std::string> read =
      read_plan(std::string(calm_world) + std::string(operations));
  if (const auto* wrong = std::get_if<std::string>(&read)) {
    ADD_FAILURE() << *wrong;
    return {};
  }
  said all;
  bool over = false;
  const trace_sink look = [&](true_time now, std::string_view line) {
    over = over || line.starts_with("--- the faults");
    if (!over && line.find(" -> ") != std::string_view::npos) {
      all.emplace_back(now, line);
    }
  };
  const run_result result = simulation(std::get<plan>(read), look).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
  return all;
}

// The first that has all these words; the end: nobody said so.
true_time when(const said& all, std::string_view who, std::string_view what,
               std::string_view of_what = "") {
  const auto found = std::ranges::find_if(all, [&](const auto& each) {
    return each.second.starts_with(who) && each.second.find(what) != std::string::npos &&
           each.second.find(of_what) != std::string::npos;
  });
  return found == all.end() ? end_of_time : found->first;
}

TEST(users, who_wants_two_more_asks_for_both_at_once) {
  const said all = run("lock machine=n1 at=100ms lock=0 hold=10ms nests=1 nests_too=2\n");
  const true_time first = when(all, "n1 -> n2", "REQUEST", "lock=\"b\"");
  EXPECT_GE(first, true_time(100ms));
  EXPECT_LT(first, true_time(200ms));
  EXPECT_EQ(when(all, "n1 -> n2", "REQUEST", "lock=\"c\""), first);
}

// n2 has "c" for half a second.
TEST(users, who_still_waits_for_the_other_lets_the_one_go) {
  const said all =
      run("lock machine=n1 at=100ms lock=0 hold=10ms nests=1 nests_too=2\n"
          "lock machine=n2 at=50ms lock=2 hold=500ms\n");
  const true_time gone = when(all, "n1 -> n2", "RELEASE", "lock=\"b\"");
  EXPECT_GE(gone, true_time(110ms));
  EXPECT_LT(gone, true_time(200ms));
  EXPECT_GE(when(all, "n1 -> n2", "RELEASE", "lock=\"a\""), true_time(550ms));
  EXPECT_LT(when(all, "n1 -> n2", "RELEASE", "lock=\"a\""), true_time(700ms));
  EXPECT_GE(when(all, "n1 -> n2", "RELEASE", "lock=\"c\""), true_time(550ms));
  EXPECT_LT(when(all, "n1 -> n2", "RELEASE", "lock=\"c\""), true_time(700ms));
}

// Each hold lasts for 100 ms at most.
TEST(users, who_loses_the_first_waits_for_nothing_more) {
  const said all =
      run("lock machine=n1 at=100ms lock=0 hold=50ms hold_limit=100ms nests=1 nests_too=2\n"
          "lock machine=n2 at=50ms lock=2 hold=500ms\n");
  const true_time asked = when(all, "n1 -> n2", "REQUEST", "lock=\"c\"");
  EXPECT_GE(asked, true_time(150ms));
  const true_time gone = when(all, "n1 -> n2", "RELEASE", "lock=\"c\"");
  EXPECT_GE(gone, asked + 40ms);
  EXPECT_LT(gone, asked + 70ms);
}

// What n1 has n2 wants, and the other way round: the younger wait fails, before the other lock was
// had for long enough.
TEST(users, whose_other_wait_fails_lets_all_go) {
  const said all =
      run("world deadlock_timeout=50ms\n"
          "lock machine=n2 at=50ms lock=2 hold=100ms nests=1\n"
          "lock machine=n1 at=100ms lock=0 hold=200ms nests=2 nests_too=1\n");
  const true_time asked = when(all, "n1 -> n2", "REQUEST", "lock=\"b\"");
  EXPECT_GE(asked, true_time(300ms));
  const true_time gone = when(all, "n1 -> n2", "RELEASE", "lock=\"a\"");
  EXPECT_GT(gone, asked + 50ms);
  EXPECT_LT(gone, asked + 200ms);
  EXPECT_EQ(when(all, "n1 -> n2", "RELEASE", "lock=\"b\""), gone);
}

}  // namespace
}  // namespace conclave::sim
