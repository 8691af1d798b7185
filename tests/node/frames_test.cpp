// What single frames do to a node, those of nobody honest among them.
#include "little_cluster.hpp"

namespace conclave::core {
namespace {

class frames_test : public testing::Test, public little_cluster {
 protected:
  // A header with which "worker" gets a session at that node.
  auto asks_for_a_session(const std::string& of) {
    return [this, of](frame_header& header) {
      header.receiver_boot = at(of).self().boot;
      header.epoch = at(of).roster().epoch;
      header.roster_fingerprint = at(of).roster().fingerprint();
      header.lease_ttl = 1s;
      header.echo = now;
    };
  }
  // Whether it gets one when the header is changed like this.
  bool gets_a_session(const std::function<void(frame_header&)>& but) {
    const node_boot fresh{.node = stranger.node, .boot = boot_id{++last_boot}};
    deliver("n1", fresh, {}, [&](frame_header& header) {
      asks_for_a_session("n1")(header);
      but(header);
    });
    return at("n1").lends()->find_session(fresh) != nullptr;
  }

  const request asked{.lock = "a",
                      .ticket = {.time = {1}, .node = node_id_of("worker"), .request = {1}},
                      .min_ballot = ballot{1}};
  const node_boot stranger{.node = node_id_of("worker"), .boot = boot_id{7}};
  std::uint64_t last_boot = 100;
};

TEST_F(frames_test, a_session_needs_this_boot_this_roster_a_lease_and_a_fresh_echo) {
  start_three();
  EXPECT_TRUE(gets_a_session([](frame_header&) {}));
  EXPECT_FALSE(gets_a_session([](frame_header& header) { header.receiver_boot = {}; }));
  EXPECT_FALSE(gets_a_session([](frame_header& header) { ++header.receiver_boot.value; }));
  EXPECT_FALSE(gets_a_session([](frame_header& header) { ++header.roster_fingerprint; }));
  EXPECT_FALSE(gets_a_session([](frame_header& header) { header.roster_fingerprint = 0; }));
  EXPECT_FALSE(gets_a_session([](frame_header& header) { ++header.epoch.value; }));
  EXPECT_FALSE(gets_a_session([](frame_header& header) { header.lease_ttl = 0ns; }));
  EXPECT_FALSE(gets_a_session([](frame_header& header) { header.echo.reset(); }));
  EXPECT_FALSE(gets_a_session([&](frame_header& header) { header.echo = now + 1ns; }));
  EXPECT_FALSE(gets_a_session([&](frame_header& header) { header.echo = now - 1s; }));
  EXPECT_TRUE(gets_a_session([&](frame_header& header) { header.echo = now - 1s + 1ns; }));
}

TEST_F(frames_test, a_lease_over_the_maximum_gets_no_session_and_is_told) {
  start_three();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(gets_a_session([](frame_header& header) { header.lease_ttl = 2s + 1ns; }));
    ASSERT_FALSE(network.empty());
    received_frame read;
    const std::uint64_t cluster = at("n1").links().settings().cluster;
    ASSERT_EQ(read_frame(network.front().bytes, cluster, sealer(), read), frame_error::none);
    message content;
    bool told = false;
    while (read.messages.next(content)) {
      const auto* no = std::get_if<refusal>(&content);
      told = told || (no != nullptr && no->reason == refusal_reason::lease_too_long);
    }
    EXPECT_TRUE(told);
    network.clear();
  }
  EXPECT_EQ(reports("n1", report_kind::lease_too_long), 1);
  EXPECT_EQ(at("n1").counters().lease_too_long, 3U);
  EXPECT_TRUE(gets_a_session([](frame_header& header) { header.lease_ttl = 2s; }));
}

TEST_F(frames_test, a_node_that_leaves_gives_no_session) {
  start_three();
  act(processes.at("n1"), [&](actions& out) { at("n1").leave(now, out); });
  EXPECT_FALSE(gets_a_session([](frame_header&) {}));
}

TEST_F(frames_test, a_node_that_is_no_voter_is_asked_for_sessions_and_votes_in_vain) {
  start_three();
  start("other");
  run_for(1s);
  deliver("other", stranger, {asked}, asks_for_a_session("other"));
  EXPECT_EQ(at("other").lends(), nullptr);
}

TEST_F(frames_test, lock_messages_count_only_between_equal_rosters) {
  start_three();
  deliver("n1", stranger, {}, asks_for_a_session("n1"));
  deliver("n1", stranger, {asked}, [&](frame_header& header) {
    asks_for_a_session("n1")(header);
    ++header.roster_fingerprint;
  });
  EXPECT_EQ(at("n1").lends()->find_lock("a"), nullptr);
  deliver("n1", stranger, {asked}, asks_for_a_session("n1"));
  EXPECT_NE(at("n1").lends()->find_lock("a"), nullptr);
}

TEST_F(frames_test, votes_count_only_between_equal_rosters) {
  start_three();
  const vote lent{.lock = "a", .request = request_id{55}, .ballot = ballot{1}, .generation = {}};
  deliver("n1", at("n2").self(), {lent}, [&](frame_header& header) {
    asks_for_a_session("n1")(header);
    ++header.roster_fingerprint;
  });
  EXPECT_EQ(at("n1").asks().counters().released_unknown, 0U);
  deliver("n1", at("n2").self(), {lent}, asks_for_a_session("n1"));
  EXPECT_EQ(at("n1").asks().counters().released_unknown, 1U);
}

TEST_F(frames_test, only_a_voter_tells_its_lamport_time) {
  start_three();
  start("other");
  run_for(1s);
  deliver("other", at("n1").self(), {lamport_query{}});
  EXPECT_TRUE(network.empty());
  deliver("n2", at("n1").self(), {lamport_query{}});
  EXPECT_EQ(network.size(), 1U);
}

TEST_F(frames_test, what_follows_the_news_of_a_newer_process_is_not_done) {
  start_three();
  deliver("n1", stranger, {}, asks_for_a_session("n1"));
  const member_update newer{.name = "n1",
                            .where = ipv4_address({127, 0, 0, 1}, 5000),
                            .status = member_status::alive,
                            .boot = boot_id{99},
                            .incarnation = incarnation{1},
                            .metadata = ""};
  deliver("n1", stranger, {newer, asked}, asks_for_a_session("n1"));
  EXPECT_TRUE(at("n1").superseded());
  EXPECT_EQ(at("n1").lends()->find_lock("a"), nullptr);
}

TEST_F(frames_test, one_with_a_malformed_message_is_counted_and_not_acknowledged) {
  start_three();
  for (const bool whole : {false, true}) {
    frame_header header;
    header.cluster = at("n1").links().settings().cluster;
    header.sender = stranger;
    header.sequence = sequence{whole ? 2U : 1U};
    header.lamport = at("n1").lamport();
    header.anchor = now;
    asks_for_a_session("n1")(header);
    std::vector<std::byte> bytes;
    const sealer seal;
    frame_builder frame(bytes, header, seal);
    EXPECT_TRUE(frame.add(release{.lock = "a", .request = request_id{1}, .last_token = {}}));
    if (!whole) {
      bytes.insert(bytes.end(), {std::byte{0}, std::byte{200}, std::byte{0}});
    }
    frame.finish();
    act(processes.at("n1"), [&](actions& out) {
      at("n1").handle(bytes, ipv4_address({127, 0, 0, 1}, 4000), now, out);
    });
    EXPECT_EQ(at("n1").counters().malformed_messages, 1U);
    EXPECT_EQ(at("n1").links().find(stranger.node)->to_acknowledge_count, whole ? 1 : 0);
  }
}

TEST_F(frames_test, answers_that_nobody_asked_for_end_no_abstention) {
  start_three();
  config again = settings_of("n3");
  again.new_cluster = false;
  start(again);
  for (const std::string name : {"n1", "n2"}) {
    deliver("n3", at(name).self(), {lamport_answer{.remembers = true}}, asks_for_a_session("n3"));
  }
  EXPECT_TRUE(at("n3").lends()->abstains());
}

TEST_F(frames_test, a_superseded_node_handles_nothing) {
  start_three();
  deliver("n1", {.node = node_id_of("n1"), .boot = boot_id{99}}, {});
  ASSERT_TRUE(at("n1").superseded());
  network.clear();
  const std::uint64_t before = at("n1").counters().messages;
  deliver("n1", at("n2").self(), {ping{.probe = {1}, .target = node_id_of("n1")}});
  EXPECT_EQ(at("n1").counters().messages, before);
  EXPECT_TRUE(network.empty());
}

TEST_F(frames_test, an_own_frame_that_comes_back_is_nothing_to_report) {
  start_three();
  deliver("n1", at("n1").self(), {});
  EXPECT_EQ(reports("n1", report_kind::own_name_heard), 0);
  EXPECT_FALSE(at("n1").superseded());
  EXPECT_TRUE(network.empty());
}

TEST_F(frames_test, an_older_process_of_a_known_name_is_told_of_the_newer_one) {
  start_three();
  const boot_id older = at("n2").self().boot;
  start("n2");
  run_for(1s);
  network.clear();
  deliver("n1", {.node = node_id_of("n2"), .boot = older}, {});
  ASSERT_EQ(network.size(), 1U);
  EXPECT_EQ(network.front().to, ipv4_address({127, 0, 0, 1}, 4000));
  EXPECT_EQ(at("n1").counters().older_sender, 1U);
}

TEST_F(frames_test, more_peers_than_there_is_room_for_are_counted_and_reported_once) {
  voters = {"n1"};
  config small = settings_of("n1");
  small.peers_max = small.membership.members_max = 3;
  start(small);
  for (std::uint64_t i = 0; i < 10; ++i) {
    deliver("n1", {.node = node_id{1'000 + i}, .boot = boot_id{1}}, {});
  }
  EXPECT_EQ(at("n1").links().peers(), 3U);
  EXPECT_EQ(at("n1").counters().too_many_peers, 7U);
  EXPECT_EQ(reports("n1", report_kind::peers_full), 1);
}

TEST_F(frames_test, a_session_that_has_lapsed_is_a_new_one_however_late_the_voters_timer_is) {
  start_three();
  deliver("n1", stranger, {}, asks_for_a_session("n1"));
  ASSERT_NE(at("n1").lends()->find_session(stranger), nullptr);
  const generation first = at("n1").lends()->find_session(stranger)->generation;
  now += 1s - 1ns;
  deliver("n1", stranger, {}, asks_for_a_session("n1"));
  EXPECT_EQ(at("n1").lends()->find_session(stranger)->generation, first);
  now += 1s;
  deliver("n1", stranger, {}, asks_for_a_session("n1"));
  EXPECT_GT(at("n1").lends()->find_session(stranger)->generation, first);
}

TEST_F(frames_test, an_older_process_of_the_own_name_is_reported_once_and_told) {
  start_three();
  start("n1");
  for (const std::uint64_t boot : {1U, 1U, 2U, 2U}) {
    deliver("n1", {.node = node_id_of("n1"), .boot = boot_id{boot}}, {});
  }
  EXPECT_EQ(reports("n1", report_kind::own_name_heard), 2);
  EXPECT_FALSE(network.empty());
}

TEST_F(frames_test, a_newer_process_of_the_own_name_hears_that_there_is_an_older_one) {
  start_three();
  network.clear();
  deliver("n1", {.node = node_id_of("n1"), .boot = at("n1").self().boot.next()}, {});
  EXPECT_TRUE(at("n1").superseded());
  ASSERT_EQ(network.size(), 1U);
  EXPECT_EQ(network.front().to, ipv4_address({127, 0, 0, 1}, 4000));
}

TEST_F(frames_test, a_lease_that_a_voter_refuses_is_reported_once) {
  start_three();
  const refusal said{.reason = refusal_reason::lease_too_long, .offered = 2, .accepted = 1};
  for (int i = 0; i < 3; ++i) {
    deliver("n1", at("n2").self(), {said});
  }
  EXPECT_EQ(reports("n1", report_kind::lease_refused), 1);
}

}  // namespace
}  // namespace conclave::core
