// Protocol, "Promises": exclusion and fencing are judged in true time, by each machine's own clock.
#include "sim/world/witness.hpp"

#include "service.hpp"
#include "sim/world/universe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace asio = boost::asio;

class two_hosts : public ::testing::Test {
 protected:
  universe around{1};
  host_state& a = around.add_host({.name = "a"}, false);
  host_state& b = around.add_host({.name = "b"}, false);
  std::string lock = "orders";
  witness judge;

  [[nodiscard]] belief_key at(const host_state& host, std::uint64_t request = 1) const {
    return {.host = &host, .lock = &lock, .request = request};
  }
  [[nodiscard]] static core::instant until(const host_state& host, core::duration ahead) {
    return host.clock.local(host.around->now()) + ahead;
  }
  void pass(core::duration time) {
    around.run_until(around.now() + time, [] { return false; });
  }
};

TEST_F(two_hosts, may_not_hold_one_lock_at_once) {
  EXPECT_EQ(judge.granted(at(a), fencing_token(1), until(a, 3s)), "");
  pass(1s);
  EXPECT_THAT(judge.granted(at(b), fencing_token(2), until(b, 3s)), HasSubstr("at once"));
}

TEST_F(two_hosts, may_share_it_and_nobody_has_it_alone_beside) {
  EXPECT_EQ(judge.granted(at(a), fencing_token(2), until(a, 3s), true), "");
  EXPECT_EQ(judge.granted(at(b), fencing_token(2), until(b, 3s), true), "");
  EXPECT_THAT(judge.granted(at(b, 2), fencing_token(3), until(b, 3s)), HasSubstr("at once"));
  judge.ended(at(a));
  judge.ended(at(b));
  judge.shared(at(b, 2));
  EXPECT_EQ(judge.granted(at(a, 2), fencing_token(4), until(a, 3s), true), "");
  EXPECT_THAT(judge.granted(at(a, 3), fencing_token(3), until(a, 3s), true), HasSubstr("token"));
}

TEST_F(two_hosts, may_hold_it_one_after_the_other) {
  EXPECT_EQ(judge.granted(at(a), fencing_token(1), until(a, 3s)), "");
  pass(4s);
  EXPECT_EQ(judge.granted(at(b), fencing_token(2), until(b, 3s)), "");
  judge.ended(at(b));
  EXPECT_EQ(judge.granted(at(a, 2), fencing_token(3), until(a, 3s)), "");
  judge.forget(a);
  EXPECT_EQ(judge.granted(at(b, 2), fencing_token(4), until(b, 3s)), "");
}

TEST_F(two_hosts, may_not_prolong_what_another_holds) {
  EXPECT_EQ(judge.granted(at(a), fencing_token(1), until(a, 1s)), "");
  pass(2s);
  EXPECT_EQ(judge.granted(at(b), fencing_token(2), until(b, 3s)), "");
  EXPECT_THAT(judge.extended(at(a), until(a, 3s)), HasSubstr("a and b"));
}

TEST_F(two_hosts, may_get_no_token_twice_or_out_of_order) {
  EXPECT_EQ(judge.granted(at(a), fencing_token(5), until(a, 3s)), "");
  judge.ended(at(a));
  EXPECT_THAT(judge.granted(at(b), fencing_token(5), until(b, 3s)), HasSubstr("after token 5"));
}

TEST_F(two_hosts, are_not_judged_on_exclusion_with_clocks_that_break_the_promise) {
  EXPECT_EQ(judge.granted(at(a), fencing_token(1), until(a, 3s)), "");
  judge.void_exclusion();
  EXPECT_EQ(judge.granted(at(b), fencing_token(2), until(b, 3s)), "");
}

// Its lease ends late by true time, so others get the lock while it may still believe.
void let_a_slow_holder_be_cut_off(world& around, tally& done, double rate,
                                  std::uint32_t bound_ppm) {
  conclave::config settings;
  settings.clock_drift_max_ppm = bound_ppm;
  const std::vector<host> nodes = around.add_nodes(3, {.settings = settings});
  around.clock(nodes[0]).rate(rate);
  around.spawn(nodes[0], hold_for_ever(nodes[0], done));
  around.at(2s, [&around, nodes] { around.isolate(nodes[0]); });
  const auto next = [&done](conclave::node& node) -> asio::awaitable<void> {
    co_await sleep_for(3s);
    co_await hold_for_ever(node, done);
  };
  around.spawn(nodes[1], next);
  around.run_for(30s);
}

TEST(world, keeps_exclusion_with_clocks_within_their_bound) {
  world around(1);
  tally done;
  let_a_slow_holder_be_cut_off(around, done, 0.61, 400'000);
  EXPECT_EQ(done.grants, 2);
}

TEST(world, does_not_judge_exclusion_with_a_clock_beyond_its_bound) {
  world around(1);
  tally done;
  let_a_slow_holder_be_cut_off(around, done, 0.61, 5'000);
  EXPECT_EQ(done.grants, 2);
}

TEST(world, fails_a_run_in_which_two_hold_a_lock_at_once) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  universe& inside = *nodes[0].state().around;
  const std::string lock = "orders";
  const core::instant later = nodes[0].state().clock.local(inside.now()) + 1h;
  ASSERT_EQ(inside.watch().granted({&nodes[0].state(), &lock, 1'000}, fencing_token(1), later), "");
  tally done;
  around.spawn(nodes[1], hold_for_ever(nodes[1], done));
  try {
    around.run_for(5s);
    FAIL() << "two hold it at once";
  } catch (const broken_run& broken) {
    EXPECT_THAT(broken.what(), HasSubstr("node-1 and node-0 hold the lock \"orders\" at once"));
  }
}

TEST(world, tells_what_happened_before_a_failure) {
  world around(1);
  const std::vector<host> nodes = around.add_nodes(3);
  tally done;
  around.spawn(nodes[0], hold_for_ever(nodes[0], done));
  around.at(1s, [&] { around.partition({0}, {1, 2}); });
  around.at(2s, [&] { around.note("half time"); });
  around.at(3s, [&] { around.require(false, "the end"); });
  try {
    around.run_for(5s);
    FAIL();
  } catch (const broken_run& broken) {
    EXPECT_THAT(broken.what(), HasSubstr("node-0 holds \"orders\""));
    EXPECT_THAT(broken.what(), HasSubstr("1.000000 s  partition {node-0} {node-1, node-2}"));
    EXPECT_THAT(broken.what(), HasSubstr("2.000000 s  half time"));
    EXPECT_THAT(broken.what(), HasSubstr("the end"));
  }
}

}  // namespace

}  // namespace conclave::sim
