// The checks that look into processes: each can be seen broken. Nodes are values, so a test breaks
// a rule by putting an earlier copy of a node back.
#include "sim/checks/acquaintance.hpp"
#include "sim/checks/agreement.hpp"
#include "sim/checks/coverage.hpp"
#include "sim/checks/floors.hpp"
#include "sim/checks/leftovers.hpp"
#include "sim/checks/timeliness.hpp"
#include "sim/checks/views.hpp"
#include "sim/cluster.hpp"
#include "sim/world_setup.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

constexpr machine_index machines = 3;
const core::lock_request waits{};

core::address address_of(machine_index at) {
  return core::ipv4_address({10, 0, 0, 1}, static_cast<std::uint16_t>(1'000 + at));
}

std::vector<machine> three_voters() {
  std::vector<machine> all;
  for (const std::string& name : machine_names(machines)) {
    machine one{.settings = {}, .where = {}, .seeds = {}, .clock = skewed_clock({}, 0)};
    one.settings.name = name;
    one.settings.voters = machine_names(machines);
    one.where = address_of(static_cast<machine_index>(all.size()));
    one.seeds = {address_of(0)};
    all.push_back(std::move(one));
  }
  return all;
}

// Three nodes, and a network that delivers everything within a millisecond.
class checks : public testing::Test, protected cluster_driver {
 protected:
  checks() {
    views_.watch(cluster_.all());
    for (machine_index at = 0; at < machines; ++at) {
      views_.started(at, core::boot_id{10});
      cluster_.start(
          at, {.boot = core::boot_id{10}, .wall_ns = 1'000, .random_seed = at, .new_cluster = true},
          now_);
    }
    run_for(10s);
  }

  void send(machine_index from, const core::address& to,
            std::span<const std::byte> frame) override {
    under_way_.push_back({from, to, {frame.begin(), frame.end()}});
  }
  void happened(machine_index at, const core::action& what, std::uint32_t /*owner*/) override {
    views_.happened(at, what);
    if (const auto* grant = std::get_if<core::granted>(&what)) {
      token_ = grant->token;
    }
  }

  void send_past_the_cluster(machine_index from) {
    for (const core::action& what : past_the_cluster_.list) {
      if (const auto* frame = std::get_if<core::send>(&what)) {
        send(from, frame->to,
             std::span(past_the_cluster_.bytes).subspan(frame->offset, frame->size));
      }
    }
  }

  void run_for(duration length) {
    for (const true_time end = now_ + length; now_ < end; now_ += 1ms) {
      while (!under_way_.empty()) {
        datagram one = std::move(under_way_.front());
        under_way_.pop_front();
        const machine_index to = one.to.port - 1'000U;
        if (cluster_.runs(to)) {
          cluster_.deliver(to, one.bytes, address_of(one.from), now_);
        }
      }
      for (machine_index at = 0; at < machines; ++at) {
        if (cluster_.runs(at) && cluster_.tick_due(at) <= now_) {
          cluster_.tick(at, now_);
        }
      }
    }
  }

  [[nodiscard]] std::string leftovers_now() const { return leftovers(cluster_.all(), all_well_); }

  struct datagram {
    machine_index from;
    core::address to;
    std::vector<std::byte> bytes;
  };
  std::deque<datagram> under_way_;
  std::optional<fencing_token> token_;
  core::actions past_the_cluster_;  // what a node said that the cluster did not drive
  true_time now_{};
  std::vector<std::string> locks_{"a"};
  cluster cluster_{three_voters(), locks_, *this};
  views views_;
  std::vector<bool> all_well_ = std::vector(machines, true);
};

TEST_F(checks, a_healthy_cluster_passes_all) {
  const core::request_id held = cluster_.lock(0, 0, waits, 0, now_);
  run_for(20s);
  for (machine_index at = 0; at < machines; ++at) {
    EXPECT_EQ(false_belief(cluster_.all(), at, now_), "");
    EXPECT_EQ(overdue(cluster_.at(at), now_, false), "");
    EXPECT_EQ(views_.look(at, now_), "");
  }
  EXPECT_TRUE(cluster_.unlock(0, held, now_));
  run_for(1s);
  EXPECT_EQ(leftovers_now(), "");
  EXPECT_EQ(views_.not_known(all_well_), "");
  EXPECT_FALSE(cluster_.judge().broken());
}

// Protocol 4: a voter keeps a session for as long as the candidate believes in it.
TEST_F(checks, a_session_that_its_voter_forgot_is_a_false_belief) {
  const core::node earlier = *cluster_.at(1).process;
  run_for(8s);
  cluster_.edit(1).process = earlier;
  EXPECT_NE(false_belief(cluster_.all(), 0, now_), "");
}

// Protocol 5: what is counted is lent.
TEST_F(checks, a_vote_that_its_voter_took_back_is_a_false_belief) {
  const core::request_id held = cluster_.lock(0, 0, waits, 0, now_);
  run_for(10ms);
  ASSERT_TRUE(token_);
  EXPECT_EQ(false_belief(cluster_.all(), 0, now_), "");
  core::node releases = *cluster_.at(0).process;
  releases.unlock(held, cluster_.at(0).local(now_), past_the_cluster_);
  send_past_the_cluster(0);
  run_for(1ms);
  const std::string wrong = false_belief(cluster_.all(), 1, now_);
  EXPECT_NE(wrong.find("n1: it counts a vote of n2"), std::string::npos) << wrong;
}

// Protocol 7: a voter that is down, or abstains after that, keeps its vote for whom it had lent it
// to, and for nobody else.
TEST_F(checks, a_voter_that_is_down_reserves_its_vote_for_its_last_borrower_alone) {
  const core::request_id held = cluster_.lock(0, 0, waits, 0, now_);
  run_for(10ms);
  ASSERT_TRUE(token_);
  const auto belief_at = [&](machine_index at) {
    belief one;
    one.who = {.machine = at, .process = cluster_.at(at).process->self(), .request = held};
    one.asked_as = held;
    return one;
  };
  const belief borrower = belief_at(0);
  const belief other = belief_at(2);
  last_loans before;
  before.watch(machines);
  EXPECT_TRUE(before.was_lent(1, other)) << "of who never ran nothing is known";
  before.stops(1, cluster_.at(1), locks_);
  EXPECT_TRUE(before.was_lent(1, borrower));
  EXPECT_FALSE(before.was_lent(1, other));

  machine& voter = cluster_.edit(1);
  EXPECT_GT(reserved_until(voter, borrower, "a", false), now_);
  EXPECT_EQ(reserved_until(voter, other, "a", true), true_time{});
  voter.process.reset();
  EXPECT_EQ(reserved_until(voter, borrower, "a", true), end_of_time);
  EXPECT_EQ(reserved_until(voter, other, "a", false), true_time{});
  before.stops(1, voter, locks_);
  EXPECT_TRUE(before.was_lent(1, borrower)) << "what an earlier process did stands";
}

// Protocol 3: at its deadline a hold is lost.
TEST_F(checks, a_hold_that_outlives_its_deadline_is_overdue) {
  cluster_.lock(0, 0, waits, 0, now_);
  run_for(10ms);
  EXPECT_EQ(overdue(cluster_.at(0), now_, true), "");
  EXPECT_NE(overdue(cluster_.at(0), now_ + 1h, true), "");
}

TEST_F(checks, a_request_that_outlives_its_time_is_overdue) {
  cluster_.lock(0, 0, waits, 0, now_);
  run_for(10ms);
  core::lock_request gives_up;
  gives_up.give_up_at = cluster_.at(1).local(now_) + 1s;
  cluster_.lock(1, 0, gives_up, 0, now_);
  EXPECT_EQ(overdue(cluster_.at(1), now_, true), "");
  EXPECT_NE(overdue(cluster_.at(1), now_ + 2s, true), "");
}

TEST_F(checks, a_process_that_leaves_keeps_no_request) {
  cluster_.lock(0, 0, waits, 0, now_);
  run_for(10ms);
  cluster_.leave(0, now_);
  EXPECT_EQ(kept_after_the_end(cluster_.at(0)), "");
}

// Protocol 5: what was given out is not lent under again by a quorum.
TEST_F(checks, floors_under_the_last_token_are_forgotten) {
  cluster_.unlock(0, cluster_.lock(0, 0, waits, 0, now_), now_);
  run_for(10ms);
  floors all;
  all.watch(machines);
  all.given(0, fencing_token(UINT64_MAX - 1));
  EXPECT_EQ(all.forgotten(locks_), "") << "a voter that was never looked at lends nothing";
  all.look(0, cluster_.at(0), locks_);
  EXPECT_EQ(all.forgotten(locks_), "") << "one of three is no quorum";
  all.look(1, cluster_.at(1), locks_);
  EXPECT_NE(all.forgotten(locks_), "");
}

TEST_F(checks, floors_of_locks_that_voters_do_not_know_are_those_that_they_would_begin_with) {
  floors all;
  all.watch(machines);
  all.given(0, fencing_token(UINT64_MAX - 1));
  all.look(0, cluster_.at(0), locks_);
  all.look(1, cluster_.at(1), locks_);
  EXPECT_NE(all.forgotten(locks_), "");
}

TEST_F(checks, floors_at_the_last_token_are_well) {
  const core::request_id held = cluster_.lock(0, 0, waits, 0, now_);
  run_for(10ms);
  cluster_.unlock(0, held, now_);
  run_for(10ms);
  ASSERT_TRUE(token_);
  floors all;
  all.watch(machines);
  all.given(0, *token_);
  for (machine_index at = 0; at < machines; ++at) {
    all.look(at, cluster_.at(at), locks_);
  }
  EXPECT_EQ(all.forgotten(locks_), "");
}

TEST_F(checks, a_vote_that_stays_lent_is_left_over) {
  cluster_.lock(0, 0, waits, 0, now_);
  run_for(1s);
  EXPECT_NE(leftovers_now().find("stays lent"), std::string::npos) << leftovers_now();
}

TEST_F(checks, a_message_that_stays_unacknowledged_is_left_over) {
  cluster_.lock(0, 0, waits, 0, now_);
  under_way_.clear();
  cluster_.edit(0).process->tick(cluster_.at(0).local(now_), past_the_cluster_);
  EXPECT_NE(leftovers_now(), "");
}

// Protocol 8: who is alive is known as alive, and nobody else is.
TEST_F(checks, who_is_gone_is_known_to_be_gone) {
  cluster_.stop(2, now_);
  const std::vector<bool> well{true, true, false};
  EXPECT_NE(views_.not_known(well), "");
  run_for(views_.known_within());
  EXPECT_EQ(views_.not_known(well), "");
}

TEST_F(checks, who_hears_nobody_is_to_believe_nobody_alive) {
  EXPECT_EQ(views_.believed_by_the_deaf({false, false, false}), "");
  EXPECT_NE(views_.believed_by_the_deaf({true, false, false}), "");
  cluster_.stop(1, now_);
  cluster_.stop(2, now_);
  run_for(views_.known_within());
  EXPECT_EQ(views_.believed_by_the_deaf({true, false, false}), "");
}

TEST_F(checks, who_starts_again_is_known_in_its_new_boot) {
  cluster_.stop(2, now_);
  views_.started(2, core::boot_id{11});
  cluster_.start(2, {.boot = core::boot_id{11}, .wall_ns = 1'000, .random_seed = 9}, now_);
  EXPECT_NE(views_.not_known(all_well_), "");
  run_for(views_.known_within());
  EXPECT_EQ(views_.not_known(all_well_), "");
}

TEST_F(checks, who_is_well_may_be_suspected_where_that_is_excused_and_is_never_declared_dead) {
  const auto accused = [&](member_event_kind kind, bool suspicious, const std::vector<bool>& well) {
    views all = views_;
    all.expect_trust(well, suspicious);
    all.happened(0, core::member_changed{.kind = kind, .id = core::node_id_of("n2")});
    return all.look(0, now_).find("though both are well") != std::string::npos;
  };
  EXPECT_TRUE(accused(member_event_kind::suspected, false, all_well_));
  EXPECT_FALSE(accused(member_event_kind::suspected, true, all_well_));
  EXPECT_TRUE(accused(member_event_kind::died, false, all_well_));
  EXPECT_TRUE(accused(member_event_kind::died, true, all_well_));
  EXPECT_FALSE(accused(member_event_kind::died, false, {true, false, true}));
  EXPECT_FALSE(accused(member_event_kind::died, false, {}));
}

TEST_F(checks, a_belief_that_goes_back_is_noticed) {
  EXPECT_EQ(views_.look(0, now_), "");
  const core::node earlier = *cluster_.at(0).process;
  cluster_.edit(2).process->set_metadata("new", cluster_.at(2).local(now_), past_the_cluster_);
  send_past_the_cluster(2);
  run_for(2s);
  EXPECT_EQ(views_.look(0, now_), "");
  EXPECT_EQ(views_.not_known(all_well_), "");
  cluster_.edit(0).process = earlier;
  const std::string wrong = views_.look(0, now_);
  EXPECT_NE(wrong.find("incarnation 1, after alive in boot 10, incarnation 2"), std::string::npos)
      << wrong;
}

TEST_F(checks, a_change_that_the_owner_did_not_hear_of_is_noticed) {
  EXPECT_EQ(views_.look(0, now_), "");
  views_.happened(
      0, core::member_changed{.kind = member_event_kind::suspected, .id = core::node_id_of("n2")});
  EXPECT_NE(views_.look(0, now_), "");
}

TEST_F(checks, voters_that_moved_are_not_known_yet) {
  std::vector<bool> well(cluster_.size(), true);
  EXPECT_TRUE(majority_is_known(cluster_.all(), well, 3));
  for (machine_index at = 0; at < machines; ++at) {
    cluster_.edit(at).where = core::ipv4_address({10, 9, 9, 9}, static_cast<std::uint16_t>(1 + at));
  }
  EXPECT_FALSE(majority_is_known(cluster_.all(), well, 3));
}

TEST_F(checks, who_was_suspected_only_just_now_is_not_dead_yet) {
  cluster_.stop(2, now_);
  const core::node_id gone = core::node_id_of("n3");
  const auto status = [&] { return cluster_.at(0).process->members().table().find(gone)->status; };
  while (status() != member_status::dead) {
    EXPECT_EQ(views_.look(0, now_), "");
    run_for(1ms);
  }
  EXPECT_EQ(views_.look(0, now_), "") << "it was a suspect for long enough";
  views hasty;
  hasty.watch(cluster_.all());
  for (machine_index at = 0; at < machines; ++at) {
    hasty.started(at, core::boot_id{10});
  }
  hasty.happened(
      0, core::member_changed{.kind = member_event_kind::joined, .id = core::node_id_of("n2")});
  const std::string wrong = hasty.look(0, now_);
  EXPECT_NE(wrong.find("declared dead 0 ns after"), std::string::npos) << wrong;
}

}  // namespace
}  // namespace conclave::sim
