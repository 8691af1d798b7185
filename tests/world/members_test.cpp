// What a user is told of the members, while some come and go.
#include "service.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

TEST(settled_members, flaps_are_not_told) {
  world around{1};
  const std::vector<host> nodes = around.add_nodes(5);
  around.run_for(2s);
  std::size_t deaths = 0;
  std::vector<member_event> settled;
  const subscription at_once = nodes[0].node().subscribe(
      [&](const member_event& event) { deaths += event.kind == member_event_kind::died ? 1 : 0; });
  const subscription later = nodes[0].node().subscribe_settled(
      30s, [&](const auto& news) { settled.insert(settled.end(), news.begin(), news.end()); });
  for (int turn = 0; turn < 3; ++turn) {
    around.isolate(nodes[4]);
    around.run_for(20s);
    around.heal();
    around.run_for(20s);
  }
  EXPECT_GT(deaths, 0U);
  EXPECT_EQ(settled.size(), 4U) << "each of the others has joined, and nothing else";
  around.crash(nodes[4]);
  around.run_for(120s);
  ASSERT_EQ(settled.size(), 5U);
  EXPECT_EQ(settled.back().kind, member_event_kind::died);
  EXPECT_EQ(settled.back().member.name, nodes[4].name());
}

TEST(a_member, that_stands_still_again_and_again_is_said_to_flap_until_it_was_well_for_a_while) {
  world around{1};
  const std::vector<host> nodes = around.add_nodes(5);
  around.run_for(2s);
  const auto flapping = [&] {
    std::set<std::string> found;
    for (const member& each : nodes[0].node().members()) {
      if (each.flapping) {
        found.insert(each.name);
      }
    }
    return found;
  };
  for (int turn = 0; turn < 5; ++turn) {
    EXPECT_TRUE(turn > 0 || flapping().empty());
    around.pause(nodes[4]);
    around.run_for(3s);
    around.resume(nodes[4]);
    around.run_for(2s);
  }
  EXPECT_EQ(flapping(), std::set{nodes[4].name()});
  around.run_for(65s);
  EXPECT_EQ(flapping(), std::set<std::string>());
}

// Who does what each call says has what members() says.
TEST(settled_members, add_up_to_all_that_are_there) {
  world around{1};
  const std::vector<host> nodes = around.add_nodes(6);
  around.run_for(2s);
  std::set<std::string> there;
  const subscription listening =
      nodes[0].node().subscribe_settled(2s, [&](const std::vector<member_event>& news) {
        std::set<std::string> in_this_call;
        for (const member_event& one : news) {
          EXPECT_TRUE(in_this_call.insert(one.member.name).second) << "once a call";
          if (one.kind == member_event_kind::joined) {
            there.insert(one.member.name);
          } else if (one.kind != member_event_kind::updated) {
            EXPECT_EQ(there.erase(one.member.name), 1U) << "it was told of before";
          }
        }
      });
  for (int turn = 0; turn < 20; ++turn) {
    const host which = nodes[1 + around.draw_below(5)];
    if (which.running()) {
      around.crash(which);
    } else {
      around.restart(which);
    }
    around.run_for(around.draw(1s, 30s));
  }
  around.run_for(90s);
  std::set<std::string> alive;
  for (const host& each : nodes) {
    if (each.running() && each.index() != 0) {
      alive.insert(each.name());
    }
  }
  EXPECT_EQ(there, alive);
}

// Its seeds are gone; what it stored is not.
TEST(peers_file, brings_a_node_back_that_has_no_seeds) {
  world around{1};
  config remembers;
  remembers.peers_file = "peers";
  remembers.membership.forget_after = 10s;  // so that the others hardly ever try its address
  const std::vector<host> nodes =
      around.add_nodes(3, {.voters = 1, .settings = remembers, .make_nodes = false});
  std::optional<std::vector<std::string>> seeds;
  std::size_t seen = 0;
  for (const host& each : nodes) {
    around.spawn(each, [&](host where) -> asio::awaitable<void> {
      config settings = where.settings();
      settings.seeds = seeds.value_or(settings.seeds);
      conclave::node own(where.get_executor(), settings);
      co_await own.async_join(asio::use_awaitable);
      for (;;) {
        seen = where.index() == 2 ? own.members().size() : seen;
        co_await sleep_for(100ms);
      }
    });
  }
  around.run_for(15s);
  EXPECT_EQ(seen, 3U);
  const std::string& text = around.disk(nodes[2])["peers"];
  EXPECT_NE(text.find(nodes[0].settings().bind), std::string::npos) << text;
  for (const auto& others :
       {std::vector<std::string>(), std::vector<std::string>{"of-old.example:7401"}}) {
    seeds = others;
    around.crash(nodes[2]);
    around.run_for(60s);
    seen = 0;
    around.restart(nodes[2]);
    around.run_for(1s);
    EXPECT_EQ(seen, 3U) << others.size() << " seeds";
  }
  seeds = std::vector<std::string>();
  around.crash(nodes[2]);
  around.run_for(60s);
  seen = 0;
  around.restart(nodes[2], stored::lost);
  around.run_for(1s);
  EXPECT_EQ(seen, 1U) << "without it, it would be alone until the others find it";
}

}  // namespace

}  // namespace conclave::sim
