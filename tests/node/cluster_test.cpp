// Whole nodes on a plain network: they meet, lock in turn, restart, replace one another.
#include "little_cluster.hpp"

namespace conclave::core {
namespace {

class cluster_test : public testing::Test, public little_cluster {};

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

TEST_F(cluster_test, a_stranger_is_asked_who_it_is_unless_it_says_so) {
  start("n1");
  std::size_t asked = 0;
  passes = [&](flying& frame) {
    received_frame read;
    std::vector<std::byte> bytes = frame.bytes;
    const std::uint64_t cluster = at("n1").links().settings().cluster;
    EXPECT_EQ(read_frame(bytes, cluster, sealer(), read), frame_error::none);
    message content;
    while (read.messages.next(content)) {
      const auto* question = std::get_if<sync_request>(&content);
      asked += question != nullptr && question->wish == sync_wish::only_you ? 1U : 0U;
    }
    return true;
  };
  start("n2");
  run_for(1s);
  EXPECT_EQ(at("n1").members().table().size(), 2U);
  EXPECT_EQ(asked, 0U);
  deliver("n1", {.node = node_id_of("stranger"), .boot = boot_id{1}}, {});
  settle();
  EXPECT_EQ(asked, 1U);
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
  const auto frames_in_30s = [&] {
    frames = 0;
    run_for(30s);
    return frames;
  };
  lock("n1", "first");
  settle();
  const std::size_t with_one = frames_in_30s();
  for (int i = 0; i < 500; ++i) {
    lock("n1", "lock" + std::to_string(i));
  }
  settle();
  EXPECT_EQ(all<granted>("n1").size(), 501U);
  frames_in_30s();
  // A round of contacts more or less may fall into it.
  EXPECT_LE(frames_in_30s(), with_one + with_one / 50);
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
  EXPECT_EQ(reports("n3", report_kind::abstaining), 1);
  EXPECT_EQ(reports("n2", report_kind::abstaining), 0) << "it began with the cluster";
  EXPECT_TRUE(reported("n3", report_kind::abstention_over));
  EXPECT_FALSE(reported("n3", report_kind::floors_on_wall_clock));
}

// A vote of the earlier run may still be under way, and make a token that the answer does not know.
TEST_F(cluster_test, what_the_others_remember_is_asked_after_the_abstention) {
  start_three();
  config again = settings_of("n3");
  again.new_cluster = false;
  start(again);
  run_for(1'800ms);
  const address cut_off = processes.at("n3").where;
  passes = [&](flying& frame) { return frame.from != cut_off && frame.to != cut_off; };
  run_for(700ms);
  EXPECT_TRUE(at("n3").lends()->abstains()) << "answers of before do not count";
  passes = [](flying&) { return true; };
  run_for(300ms);
  EXPECT_FALSE(at("n3").lends()->abstains());
  EXPECT_TRUE(reported("n3", report_kind::abstention_over));
}

TEST_F(cluster_test, where_no_majority_can_remember_nobody_is_waited_for) {
  voters = {"n1", "n2"};
  start("n1");
  config again = settings_of("n2");
  again.new_cluster = false;
  start(again);
  run_for(2'100ms);
  EXPECT_FALSE(at("n2").lends()->abstains());
  EXPECT_TRUE(reported("n2", report_kind::floors_on_wall_clock));
}

TEST_F(cluster_test, a_voter_restarted_without_the_others_says_that_its_floors_are_its_clock) {
  start_three();
  processes.at("n2").node.reset();
  config again = settings_of("n3");
  again.new_cluster = false;
  start(again);
  process& hears = processes.at("n3");
  passes = [&](flying& frame) {
    if (frame.to == hears.where) {  // all that it hears, it hears twice
      act(hears, [&](actions& out) { hears.node->handle(frame.bytes, frame.from, now, out); });
    }
    return true;
  };
  run_for(2'900ms);
  EXPECT_TRUE(at("n3").lends()->abstains()) << "it asks for a second";
  run_for(200ms);
  EXPECT_TRUE(reported("n3", report_kind::floors_on_wall_clock));
  for (const report& said : all<report>("n3")) {
    if (said.kind == report_kind::floors_on_wall_clock) {
      EXPECT_EQ(said.value, 1U) << "n1 alone";
    }
  }
}

TEST_F(cluster_test, voters_that_abstain_themselves_do_not_count_as_remembering) {
  for (const std::string& name : voters) {
    config settings = settings_of(name);
    settings.new_cluster = false;
    start(settings);
  }
  run_for(3'100ms);
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
  EXPECT_TRUE(reported("n1", report_kind::own_name_heard)) << "both find out";
  ASSERT_EQ(all<lost>("n1, the older").size(), 1U);
  EXPECT_EQ(all<lost>("n1, the older")[0].reason, loss_reason::superseded);
  EXPECT_FALSE(at("n1").superseded());
  act(old, [&](actions& out) { old.node->leave(now, out); });
  run_for(1s);
  EXPECT_EQ(all<departed>("n1, the older").size(), 1U);
  EXPECT_EQ(old.node->next_deadline(), never);
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

TEST_F(cluster_test, who_leaves_twice_waits_for_nobody) {
  start_three();
  lock("n1", "a");
  settle();
  const address cut_off = processes.at("n1").where;
  passes = [&](flying& frame) { return frame.to != cut_off; };
  process& one = processes.at("n1");
  const auto leave = [&] { act(one, [&](actions& out) { one.node->leave(now, out); }); };
  leave();
  run_for(100ms);
  EXPECT_TRUE(all<departed>("n1").empty()) << "nobody has acknowledged its release";
  leave();
  run_for(1ms);
  EXPECT_EQ(all<departed>("n1").size(), 1U);
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

TEST_F(cluster_test, a_span_is_in_bounds) {
  start_three();
  for (const std::uint64_t span : {std::uint64_t{0}, span_max + 1}) {
    lock_request options;
    options.span = span;
    EXPECT_DEATH(lock("n1", "a", options), "a span is in bounds");
  }
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
  EXPECT_EQ(at("n2").lends()->find_lock("a")->lent.front().to.who.boot, boot_id{4});
  EXPECT_EQ(at("worker").self().boot, boot_id{5});
  EXPECT_EQ(at("worker").asks().counters().released_unknown, 0U);
  lock("worker", "a");
  run_for(100ms);
  EXPECT_TRUE(all<granted>("worker").empty());
  run_for(2s);  // the earlier run's session has lapsed
  EXPECT_EQ(all<granted>("worker").size(), 1U);
}

TEST_F(cluster_test, messages_that_found_no_room_are_made_up_for_by_new_sessions) {
  config crowded = settings_of("n1");
  crowded.outbox_max = 20;
  start(crowded);
  start("n2");
  start("n3");
  run_for(1s);
  lock("n1", "held");
  settle();
  const address cut_off = processes.at("n1").where;
  // n1 is heard, but hears nothing: nothing that it sends is acknowledged.
  passes = [&](flying& frame) { return frame.to != cut_off; };
  for (int i = 0; i < 30; ++i) {
    unlock("n1", lock("n1", "lock" + std::to_string(i)));
  }
  settle();
  EXPECT_GT(at("n1").links().counters().outbox_overflows, 0U);
  passes = [](flying&) { return true; };
  run_for(6s);  // they rest while older sessions can live: two of the longest leases
  for (int i = 0; i < 30; ++i) {
    lock("n2", "lock" + std::to_string(i));
  }
  lock("n2", "held");
  run_for(100ms);
  EXPECT_EQ(all<lost>("n1").size(), 1U);
  EXPECT_EQ(all<granted>("n2").size(), 31U);
  lock("n1", "again");
  run_for(100ms);
  EXPECT_EQ(all<granted>("n1").back().request, request_id{32});
}

TEST_F(cluster_test, votes_that_found_no_room_are_lent_anew_in_a_new_session) {
  start("n1");
  config crowded = settings_of("n2");
  crowded.outbox_max = 40;
  start(crowded);
  start("n3");
  run_for(1s);
  const address voter = processes.at("n2").where;
  const address asks = processes.at("n1").where;
  passes = [&](flying& frame) { return frame.from != voter || frame.to != asks; };
  for (int i = 0; i < 30; ++i) {
    lock("n1", "lock" + std::to_string(i));
  }
  run_for(300ms);  // each repetition is answered by one more vote
  EXPECT_GT(at("n2").links().counters().outbox_overflows, 0U);
  passes = [](flying&) { return true; };
  run_for(10s);
  EXPECT_TRUE(all<lost>("n1").empty());
  for (const auto& [request, one] : at("n1").asks().attempts()) {
    EXPECT_EQ(one.votes.size(), 3U);
    for (const vote_record& vote : one.votes) {
      EXPECT_TRUE(vote.ballot) << one.lock;
    }
  }
}

TEST_F(cluster_test, of_two_that_do_not_wait_neither_waits_for_a_dead_voter) {
  start_three();
  run_for(1s);
  processes.at("n3").node.reset();
  run_for(1'500ms);  // nobody believes in it any more
  lock("n1", "a", {.wait = false});
  lock("n2", "a", {.wait = false});
  settle();
  EXPECT_EQ(all<granted>("n1").size() + all<failed>("n1").size(), 1U);
  EXPECT_EQ(all<granted>("n2").size() + all<failed>("n2").size(), 1U);
}

// Somebody makes up a later run of n2, which is suspected. The real one is heard no more: told what
// is believed of it, it would refute that, be told again, and so on.
TEST_F(cluster_test, an_older_sender_is_answered_only_when_a_newer_one_is_known) {
  start_three();
  const address cut_off = processes.at("n2").where;
  passes = [&](flying& frame) { return frame.from != cut_off; };
  const auto believed = [&] { return at("n1").members().table().find(node_id_of("n2"))->status; };
  for (int i = 0; i < 100 && believed() == member_status::alive; ++i) {
    run_for(100ms);
  }
  ASSERT_EQ(believed(), member_status::suspect);
  deliver("n1", {.node = node_id_of("n2"), .boot = boot_id{99}}, {});
  std::size_t frames = 0;
  passes = [&](flying&) { return ++frames < 10'000; };
  run_for(1s);
  EXPECT_GT(at("n1").counters().older_sender, 0U);
  EXPECT_LT(frames, 500U);
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
