// Whole nodes on a plain network: they meet, lock in turn, restart, replace one another.
#include "little_cluster.hpp"

namespace conclave::core {
namespace {

class cluster_test : public testing::Test, public little_cluster {
 protected:
  void start_three() {
    for (const std::string& name : voters) {
      start(name);
    }
    run_for(2s);
  }
  node& at(const std::string& name) { return *processes.at(name).node; }
};

TEST_F(cluster_test, nodes_that_know_one_seed_find_each_other_and_lock) {
  start_three();
  for (const std::string& name : voters) {
    EXPECT_EQ(at(name).members().table().live(), 3U) << name;
    EXPECT_EQ(all<joined>(name).size(), 1U);
  }
  const request_id first = lock("n1", "a");
  settle();
  ASSERT_EQ(all<granted>("n1").size(), 1U);
  lock("n2", "a");
  settle();
  EXPECT_TRUE(all<granted>("n2").empty());
  EXPECT_TRUE(unlock("n1", first));
  settle();
  ASSERT_EQ(all<granted>("n2").size(), 1U);
  EXPECT_GT(all<granted>("n2")[0].token, all<granted>("n1")[0].token);
}

TEST_F(cluster_test, an_uncontended_lock_takes_one_round_trip) {
  start_three();
  network.clear();
  std::size_t frames = 0;
  passes = [&](flying&) { return ++frames, true; };
  lock("n1", "a");
  settle();
  ASSERT_EQ(all<granted>("n1").size(), 1U);
  EXPECT_EQ(frames, 4U);  // a request to each of the two others, and their votes
}

TEST_F(cluster_test, a_hand_over_takes_one_release_and_one_vote) {
  start_three();
  const request_id first = lock("n1", "a");
  settle();
  lock("n2", "a");
  settle();
  // n1's release reaches its own voter at once: its vote rides in the same frame to n2.
  std::size_t frames = 0;
  passes = [&](flying& frame) { return ++frames, frame.to == processes.at("n2").where; };
  unlock("n1", first);
  settle();
  EXPECT_EQ(all<granted>("n2").size(), 1U);
}

TEST_F(cluster_test, a_node_that_is_no_voter_locks_all_the_same) {
  start_three();
  start("worker");
  run_for(1s);
  lock("worker", "a");
  settle();
  EXPECT_EQ(all<granted>("worker").size(), 1U);
  EXPECT_EQ(at("worker").lends(), nullptr);
}

TEST_F(cluster_test, an_observer_sees_members_and_can_not_lock) {
  start_three();
  config settings = settings_of("eye");
  settings.voters.clear();
  settings.observer = true;
  start(settings);
  run_for(1s);
  EXPECT_EQ(at("eye").members().table().live(), 4U);
  lock("eye", "a");
  ASSERT_EQ(all<failed>("eye").size(), 1U);
  EXPECT_EQ(all<failed>("eye")[0].reason, errc::observer);
  EXPECT_EQ(at("n1").counters().roster_mismatch, 0U);
}

TEST_F(cluster_test, sessions_are_kept_without_lock_traffic) {
  start_three();
  const request_id held = lock("n1", "a");
  settle();
  run_for(5s);
  EXPECT_TRUE(all<lost>("n1").empty());
  EXPECT_TRUE(unlock("n1", held));
}

TEST_F(cluster_test, keep_alives_do_not_grow_with_the_number_of_locks) {
  start_three();
  std::size_t frames = 0;
  passes = [&](flying&) { return ++frames, true; };
  const auto frames_in_3s = [&] {
    frames = 0;
    run_for(3s);
    return frames;
  };
  lock("n1", "first");
  settle();
  const std::size_t with_one = frames_in_3s();
  for (int i = 0; i < 500; ++i) {
    lock("n1", "lock" + std::to_string(i));
  }
  settle();
  EXPECT_EQ(all<granted>("n1").size(), 501U);
  frames_in_3s();
  EXPECT_LE(frames_in_3s(), with_one + 3);
}

TEST_F(cluster_test, many_locks_at_once_share_frames) {
  start_three();
  for (int i = 0; i < 3; ++i) {
    lock("n1", "lock" + std::to_string(i));
  }
  settle();
  std::size_t frames = 0;
  passes = [&](flying&) { return ++frames, true; };
  process& holder = processes.at("n1");
  act(holder, [&](actions& out) { holder.node->leave(now, out); });
  settle();
  // Three releases for each of two voters, one frame each, and the voters' acknowledgements;
  // the farewell may need frames of its own.
  EXPECT_LE(frames, 8U);
  EXPECT_EQ(all<lost>("n1").size(), 3U);
}

TEST_F(cluster_test, a_holder_without_voters_finds_out_by_itself) {
  start_three();
  lock("n1", "a");
  settle();
  passes = [&](flying& frame) {
    return frame.from != processes.at("n1").where && frame.to != processes.at("n1").where;
  };
  run_for(1'100ms);
  ASSERT_EQ(all<lost>("n1").size(), 1U);
  EXPECT_EQ(all<lost>("n1")[0].reason, loss_reason::no_quorum);
}

TEST_F(cluster_test, a_holder_that_can_send_but_not_hear_pins_no_vote) {
  start_three();
  lock("n1", "a");
  settle();
  passes = [&](flying& frame) { return frame.to != processes.at("n1").where; };
  lock("n2", "a");
  // Its last echo may have been up to a lease old when it extended the session by one more.
  run_for(2'200ms);
  EXPECT_EQ(all<granted>("n2").size(), 1U);
}

TEST_F(cluster_test, a_restarted_voter_abstains_and_then_asks_those_who_remember) {
  start_three();
  lock("n1", "a");
  settle();
  config again = settings_of("n3");
  again.new_cluster = false;
  start(again);
  EXPECT_TRUE(at("n3").lends()->abstains());
  run_for(1'900ms);
  EXPECT_TRUE(at("n3").lends()->abstains());
  run_for(300ms);
  EXPECT_FALSE(at("n3").lends()->abstains());
  EXPECT_TRUE(reported("n3", report_kind::abstention_over));
  EXPECT_FALSE(reported("n3", report_kind::floors_on_wall_clock));
}

TEST_F(cluster_test, a_voter_restarted_without_the_others_says_that_its_floors_are_its_clock) {
  start_three();
  processes.at("n2").node.reset();
  config again = settings_of("n3");
  again.new_cluster = false;
  start(again);
  run_for(2'200ms);
  EXPECT_TRUE(reported("n3", report_kind::floors_on_wall_clock));
}

TEST_F(cluster_test, voters_that_abstain_themselves_do_not_count_as_remembering) {
  for (const std::string& name : voters) {
    config settings = settings_of(name);
    settings.new_cluster = false;
    start(settings);
  }
  run_for(2'500ms);
  for (const std::string& name : voters) {
    EXPECT_FALSE(at(name).lends()->abstains());
  }
  EXPECT_TRUE(reported("n1", report_kind::floors_on_wall_clock));
}

TEST_F(cluster_test, a_node_gives_up_when_a_newer_process_has_its_name) {
  start_three();
  lock("n1", "a");
  settle();
  process& old = processes["n1, the older"];
  old.where = ipv4_address({127, 0, 0, 1}, 2000);
  old.node = std::move(processes.at("n1").node);
  old.happened = std::move(processes.at("n1").happened);
  // The older process goes on at another port; both are reachable.
  std::swap(old.where, processes.at("n1").where);
  config again = settings_of("n1");
  again.new_cluster = false;
  start(again);
  run_for(3s);
  EXPECT_TRUE(reported("n1, the older", report_kind::superseded));
  ASSERT_EQ(all<lost>("n1, the older").size(), 1U);
  EXPECT_EQ(all<lost>("n1, the older")[0].reason, loss_reason::superseded);
  EXPECT_FALSE(at("n1").superseded());
}

TEST_F(cluster_test, a_node_with_another_roster_is_told_so_and_disturbs_nobody) {
  start_three();
  config other = settings_of("odd");
  other.voters = {"n1", "n2", "n4"};
  start(other);
  run_for(500ms);
  lock("odd", "a");
  run_for(1s);
  ASSERT_FALSE(all<failed>("odd").empty());
  EXPECT_EQ(all<failed>("odd")[0].reason, errc::roster_mismatch);
  EXPECT_TRUE(reported("odd", report_kind::roster_mismatch));
  EXPECT_TRUE(reported("n1", report_kind::roster_mismatch));
  lock("n1", "a");
  settle();
  EXPECT_EQ(all<granted>("n1").size(), 1U);
}

TEST_F(cluster_test, leaving_hands_over_at_once_and_is_seen_as_left) {
  start_three();
  lock("n1", "a");
  settle();
  lock("n2", "a");
  settle();
  process& one = processes.at("n1");
  act(one, [&](actions& out) { one.node->leave(now, out); });
  settle();
  EXPECT_EQ(all<granted>("n2").size(), 1U);
  run_for(1s);
  EXPECT_EQ(all<departed>("n1").size(), 1U);
  EXPECT_EQ(at("n2").members().table().find(node_id_of("n1"))->status, member_status::left);
  lock("n1", "b");
  ASSERT_FALSE(all<failed>("n1").empty());
  EXPECT_EQ(all<failed>("n1").back().reason, errc::leaving);
}

TEST_F(cluster_test, a_peer_far_ahead_in_lamport_time_is_refused) {
  start_three();
  const lamport_time before = at("n1").lamport();
  process& wild = processes["wild"];
  wild.where = ipv4_address({127, 0, 0, 1}, 3000);
  node_start begin;
  begin.settings = settings_of("wild");
  begin.self_address = wild.where;
  begin.seeds = {processes.at("n1").where};
  begin.boot = boot_id{99};
  begin.wall_ns = INT64_MAX;
  begin.now = now;
  wild.node = std::make_unique<node>(begin);
  act(wild, [&](actions& out) { wild.node->join(now, out); });
  run_for(1s);
  EXPECT_GT(at("n1").counters().lamport_refused, 0U);
  EXPECT_TRUE(reported("n1", report_kind::lamport_refused));
  EXPECT_LT(at("n1").lamport().value, before.value + 1'000'000'000);
}

TEST_F(cluster_test, frames_of_another_cluster_or_without_the_key_are_dropped_and_counted) {
  start_three();
  config other = settings_of("stranger");
  other.cluster = "another";
  start(other);
  config sealed = settings_of("sealed");
  sealed.cluster_key = std::vector<std::byte>(32, std::byte{7});
  start(sealed);
  run_for(1s);
  EXPECT_EQ(at("n1").members().table().live(), 3U);
  const auto& errors = at("n1").counters().frame_errors;
  EXPECT_GT(errors[static_cast<std::size_t>(frame_error::other_cluster)], 0U);
  EXPECT_GT(errors[static_cast<std::size_t>(frame_error::corrupt)], 0U);
}

TEST_F(cluster_test, a_sealed_cluster_locks_as_any_other) {
  for (const std::string& name : voters) {
    config settings = settings_of(name);
    settings.cluster_key = std::vector<std::byte>(32, std::byte{7});
    start(settings);
  }
  run_for(2s);
  lock("n1", "a");
  settle();
  EXPECT_EQ(all<granted>("n1").size(), 1U);
}

TEST_F(cluster_test, a_lock_has_a_name_of_1_to_255_bytes_and_a_node_that_joined) {
  start_three();
  process& one = processes.at("n1");
  lock("n1", "");
  EXPECT_EQ(all<failed>("n1").back().reason, errc::invalid_lock_name);
  lock("n1", std::string(256, 'x'));
  EXPECT_EQ(all<failed>("n1").back().reason, errc::invalid_lock_name);
  lock("n1", std::string(255, 'x'));
  settle();
  EXPECT_EQ(all<granted>("n1").size(), 1U);
  one.node = make(settings_of("n1"), one.where);
  lock("n1", "a");
  EXPECT_EQ(all<failed>("n1").back().reason, errc::not_joined);
}

TEST_F(cluster_test, what_voters_say_to_an_earlier_run_does_not_reach_a_later_one) {
  // Request ids start anew with each boot: the votes would be taken for the later run's.
  start_three();
  start("worker");
  run_for(1s);
  const request_id first = lock("n1", "a");
  settle();
  lock("worker", "a");
  settle();
  start("worker");
  settle();
  unlock("n1", first);
  settle();
  EXPECT_EQ(at("n2").lends()->find_lock("a")->lent->to.who.boot, boot_id{4});
  EXPECT_EQ(at("worker").self().boot, boot_id{5});
  EXPECT_EQ(at("worker").asks().counters().released_unknown, 0U);
  lock("worker", "a");
  run_for(100ms);
  EXPECT_TRUE(all<granted>("worker").empty());
  run_for(2s);  // the earlier run's session has lapsed
  EXPECT_EQ(all<granted>("worker").size(), 1U);
}

TEST_F(cluster_test, an_idle_cluster_is_quiet) {
  start_three();
  run_for(70s);  // the sessions that joining opened have lapsed
  EXPECT_EQ(at("n1").lends()->sessions(), 0U);
  // And the next lock opens them again.
  lock("n1", "a");
  run_for(50ms);
  EXPECT_EQ(all<granted>("n1").size(), 1U);
}

}  // namespace
}  // namespace conclave::core
