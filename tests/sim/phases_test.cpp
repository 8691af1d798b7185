// What must hold when the faults are over: each check alarms in a world that is made to break it.
// A plan can name single datagrams, and a run is the same each time up to the first that differs:
// so from any moment on, some are lost.
#include "sim/plan.hpp"
#include "sim/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::uint32_t machines = 3;

plan healthy() {
  options drawn = draw_options(1);
  drawn.voters = machines;
  drawn.others = drawn.twins = 0;
  drawn.new_cluster = true;
  drawn.clocks = clock_spread::equal;
  drawn.calm = {.delay_min = 100us, .delay_spread = 100us};
  drawn.distances_uneven = false;
  drawn.tick_late_max = {};
  drawn.outbox_max = 262'144;
  drawn.socket_buffer = 1'000;
  drawn.session_idle_max = 60s;
  drawn.forget_after = 10min;
  drawn.metadata_max = 0;
  drawn.lease_ttl = drawn.lease_ttl_max = 500ms;
  drawn.locks = drawn.users = 1;
  drawn.think_max = drawn.hold_max = 20ms;
  drawn.keep = {};
  drawn.readers = drawn.permits = drawn.together = drawn.nested = drawn.leased = 0;
  drawn.watched = drawn.long_holds = false;
  drawn.fault_kinds = 0;
  drawn.faults_last = 1s;
  drawn.rest = {};
  drawn.left_voters = drawn.left_others = 0;
  return {.world = drawn, .faults = {}, .operations = {}, .incidents = {}};
}

// When a run says a line that begins so, or when the first machine is granted a lock after that; or
// a time.
struct moment {
  std::string_view line = {};
  bool granted = false;
  true_time at = end_of_time;
};

// Counts the datagrams of each way up to a moment.
class counting final : public observer {
 public:
  using counts = std::array<std::array<std::uint32_t, machines>, machines>;

  explicit counting(const moment& until) : until_(until), at_(until.at) {}
  [[nodiscard]] const counts& sent_until() const { return sent_; }
  [[nodiscard]] bool came() const { return over_; }

  void begins(const cluster&) override {}
  void started(machine_index, true_time) override {}
  void stopped(machine_index, true_time) override {}
  void leaves(machine_index, true_time) override {}
  void asked(machine_index, lock_index, core::request_id, const core::lock_request&,
             true_time) override {}
  void unlocked(machine_index, core::request_id, bool, true_time) override {}
  void downgraded(machine_index, core::request_id, bool, true_time) override {}
  void token_taken(machine_index, core::request_id, std::optional<fencing_token>,
                   true_time) override {}
  void happened(machine_index at, const core::action& what, true_time now) override {
    if (until_.granted && at == 0 && said_ && std::holds_alternative<core::granted>(what)) {
      at_ = std::min(at_, now);
    }
  }
  void stepped(machine_index, true_time) override {}
  void sent(machine_index from, std::optional<machine_index> to, std::span<const std::byte>,
            true_time now) override {
    over_ = over_ || now >= at_;
    if (to && !over_) {
      ++sent_[from][*to];
    }
  }
  void lost(loss) override {}
  void launched(std::uint32_t) override {}
  void arrived(std::uint32_t, machine_index, true_time) override {}
  void dropped(std::uint32_t, std::optional<machine_index>, loss, true_time) override {}
  void stands_still(machine_index, bool, true_time) override {}
  void fault_begins(std::uint32_t, std::string, std::uint32_t, true_time) override {}
  void fault_ends(std::uint32_t, true_time) override {}
  void noted(std::string_view line, true_time now) override {
    if (!said_ && !until_.line.empty() && line.starts_with(until_.line)) {
      said_ = true;
      at_ = until_.granted ? at_ : now;
    }
  }

 private:
  moment until_;
  counts sent_{};
  bool said_ = false;
  bool over_ = false;
  true_time at_;
};

counting::counts count_until(const plan& what, const moment& then) {
  counting counter(then);
  simulation run(what, {});
  run.watch(counter);
  const run_result well = run.run();
  EXPECT_EQ(well.outcome, outcome::kept) << well.what;
  EXPECT_TRUE(counter.came());
  return counter.sent_until();
}

// The same run, but from that moment on all is lost on these ways.
run_result run_losing(const plan& what, const moment& from_then,
                      const std::function<bool(machine_index, machine_index)>& is_lost) {
  plan doctored = what;
  doctored.incidents.emplace();
  const counting::counts sent = count_until(doctored, from_then);
  for (machine_index from = 0; from < machines; ++from) {
    for (machine_index to = 0; to < machines; ++to) {
      constexpr std::uint32_t all = 20'000;
      for (std::uint32_t i = 1; from != to && is_lost(from, to) && i <= all; ++i) {
        doctored.incidents->push_back(
            {.key = {.from = from, .to = to, .number = sent[from][to] + i},
             .kind = incident_kind::lose});
      }
    }
  }
  return simulation(doctored, {}).run();
}

true_time time_of(const plan& what, std::string_view line_begins) {
  true_time found{};
  const trace_sink look = [&](true_time now, std::string_view line) {
    found = line.starts_with(line_begins) ? now : found;
  };
  static_cast<void>(simulation(what, look).run());
  return found;
}

bool everywhere(machine_index, machine_index) {
  return true;
}
bool of_the_first(machine_index from, machine_index to) {
  return from == 0 || to == 0;
}
bool to_the_last(machine_index, machine_index to) {
  return to == machines - 1;
}
bool of_the_last(machine_index from, machine_index to) {
  return from == machines - 1 || to == machines - 1;
}

TEST(phases, alarm_when_somebody_is_not_served) {
  const run_result result = run_losing(healthy(), {.line = "--- all is settled"}, of_the_first);
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "not_served");
  EXPECT_THAT(result.what, HasSubstr("n1 r"));
}

TEST(phases, alarm_when_what_is_held_is_lost_though_all_is_well) {
  plan what = healthy();
  what.world.long_holds = true;
  const run_result result =
      run_losing(what, {.line = "--- all is settled", .granted = true}, of_the_first);
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "wronged");
  EXPECT_THAT(result.what, HasSubstr("is lost though all is well"));
}

// It was granted before the end of the faults, kept, and passed on: one of its votes went with the
// run of a voter that has just ended.
TEST(phases, take_what_an_earlier_run_of_a_voter_had_lent_for_no_promise) {
  const auto read = read_plan(
      "world seed=1 voters=2 clocks=equal lease_ttl=100ms lease_ttl_max=100ms "
      "session_idle_max=60s socket_buffer=256 locks=1 think_max=400ms hold_max=5ms keep=1s "
      "faults_last=1s long_holds=yes\n"
      "calm delay_min=500us\n"
      "fault reboot at=938ms until=1100ms subject=n1\n"
      "operations 1\n"
      "lock machine=n2 at=533ms span=4 hold=4ms\n");
  ASSERT_TRUE(std::holds_alternative<plan>(read)) << std::get<std::string>(read);
  bool is_lost = false;
  const run_result result = simulation(std::get<plan>(read), [&](true_time, std::string_view line) {
                              is_lost = is_lost || line.find("lost r") != std::string_view::npos;
                            }).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
  EXPECT_TRUE(is_lost);
}

TEST(phases, alarm_when_who_holds_gets_no_more_tokens) {
  const run_result result =
      run_losing(healthy(), {.line = "--- all is settled", .granted = true}, of_the_first);
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "wronged");
  EXPECT_THAT(result.what, HasSubstr("holds and gets no more tokens though all is well"));
}

TEST(phases, alarm_when_something_is_left_over_that_nobody_wants) {
  const run_result result = run_losing(healthy(), {.line = "--- all are served"}, of_the_last);
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "not_at_rest");
  EXPECT_THAT(result.what, StartsWith("nobody wants anything any more, but after "));
}

// They are counted for four rounds of probes. All that was sent under the faults comes once more
// then, and is answered.
TEST(phases, alarm_when_messages_beget_messages_though_nobody_wants_anything) {
  plan what = healthy();
  what.world.users = 3;
  what.world.think_max = what.world.hold_max = 1ms;
  what.incidents.emplace();
  const duration counted_from = time_of(what, "--- everybody has what it wanted") - true_time(2s);
  const counting::counts sent = count_until(what, {.line = "--- the faults are over"});
  for (machine_index from = 0; from < machines; ++from) {
    for (machine_index to = 0; to < machines; ++to) {
      for (std::uint32_t i = 1; i <= sent[from][to]; ++i) {
        const message_key key{.from = from, .to = to, .number = i};
        what.incidents->push_back({.key = key, .kind = incident_kind::repeat});
        what.incidents->push_back(
            {.key = key, .kind = incident_kind::late, .by = counted_from + 200ms});
      }
    }
  }
  const run_result result = simulation(what, {}).run();
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "not_calm");
  EXPECT_THAT(result.what, HasSubstr("datagrams were sent within 2 s"));
}

// For four rounds of probes nothing happens.
TEST(phases, alarm_when_who_is_well_is_suspected_though_all_was_known) {
  plan what = healthy();
  what.world.stormy = what.world.calm;  // nothing is late
  const true_time calm_began = time_of(what, "--- everybody has what it wanted") - 2s;
  const run_result result = run_losing(what, {.at = calm_began}, of_the_last);
  EXPECT_EQ(result.outcome, outcome::promise_broken);
  EXPECT_EQ(result.cause, "membership");
  EXPECT_THAT(result.what, HasSubstr("suspect, though both are well"));
}

TEST(phases, excuse_suspicions_for_as_long_as_something_late_may_come) {
  plan what = healthy();
  what.world.stormy.late_max = 1min;
  const true_time calm_began = time_of(what, "--- everybody has what it wanted") - 2s;
  const run_result result = run_losing(what, {.at = calm_began}, of_the_last);
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
}

TEST(phases, leave_what_is_far_as_far_as_it_was) {
  plan what = healthy();
  EXPECT_LT(simulation(what, {}).run().served_after, 50ms);
  what.world.calm = {.delay_min = 50ms};
  EXPECT_LT(simulation(what, {}).run().served_after, 50ms);
  what.world.far = true;
  const run_result result = simulation(what, {}).run();
  EXPECT_EQ(result.outcome, outcome::kept) << result.what;
  EXPECT_GE(result.served_after, 100ms);
}

TEST(phases, alarm_when_a_lock_that_nobody_has_can_not_be_had) {
  const run_result result =
      run_losing(healthy(), {.line = "--- everybody has what it wanted"}, of_the_first);
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "not_free");
  EXPECT_THAT(result.what, HasSubstr("n1 \"a\""));
}

TEST(phases, alarm_when_a_lock_that_may_be_kept_is_not_given_back) {
  plan what = healthy();
  what.world.keep = 10s;
  what.world.seed = 2;  // in which it is not the first that has it at last: that one tries
  const run_result result = run_losing(
      what, {.line = "--- everybody has what it wanted; each lock is tried while"}, everywhere);
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "not_free") << result.what;
}

TEST(phases, alarm_when_who_watches_does_not_see_who_has_the_lock) {
  plan what = healthy();
  what.world.watched = true;
  const run_result result =
      run_losing(what, {.line = "--- everybody has what it wanted"}, to_the_last);
  EXPECT_EQ(result.outcome, outcome::no_progress);
  EXPECT_EQ(result.cause, "not_seen");
  EXPECT_THAT(result.what, HasSubstr("n3 does not see who has \"a\""));
}

}  // namespace
}  // namespace conclave::sim
