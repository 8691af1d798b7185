// Starting and leaving: configuration, addresses, seeds.
#include "cluster.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <mutex>
#include <thread>

namespace conclave::test {

namespace {

namespace asio = boost::asio;

// A port that was free a moment ago.
std::string free_address() {
  asio::io_context context;
  const asio::ip::udp::socket probe(context, {asio::ip::address_v4::loopback(), 0});
  return "127.0.0.1:" + std::to_string(probe.local_endpoint().port());
}

boost::system::error_code error_of_node(const config& settings, std::string& text) {
  return error_of([&] { const node refused(settings); }, &text);
}

TEST(joining, each_bad_configuration_names_its_rule) {
  struct wrong {
    const char* word;
    std::function<void(config&)> change;
  };
  for (const wrong& one : std::vector<wrong>{
           {"name", [](config& it) { it.name.clear(); }},
           {"voters", [](config& it) { it.voters.clear(); }},
           {"twice",
            [](config& it) {
              it.voters = {"a", "a"};
            }},
           {"observer", [](config& it) { it.observer = true; }},
           {"lease_ttl_max", [](config& it) { it.lease_ttl = it.lease_ttl_max + 1ms; }},
           {"lease_ttl", [](config& it) { it.lease_ttl = 0ms; }},
           {"cluster_key", [](config& it) { it.cluster_key.emplace(31); }},
           {"metadata", [](config& it) { it.metadata.assign(513, 'x'); }},
           {"probe_timeout",
            [](config& it) { it.membership.probe_timeout = it.membership.probe_interval; }},
           {"requests_max", [](config& it) { it.requests_max = 0; }}}) {
    config settings = config_of("a", {"a"});
    one.change(settings);
    std::string text;
    EXPECT_EQ(error_of_node(settings, text), errc::invalid_config);
    EXPECT_NE(text.find(one.word), std::string::npos) << text;
  }
}

TEST(joining, an_address_that_is_none_is_named) {
  std::string text;
  config settings = config_of("a", {"a"});
  for (const char* bad : {"", "localhost", "localhost:7401", "127.0.0.1:x", "192.0.2.1:7401"}) {
    settings.bind = bad;
    EXPECT_EQ(error_of_node(settings, text), errc::address_invalid) << bad;
    EXPECT_NE(text.find("\"" + std::string(bad) + "\""), std::string::npos) << text;
  }
  settings = config_of("a", {"a"}, {"nowhere"});
  EXPECT_EQ(error_of_node(settings, text), errc::address_invalid);
  EXPECT_NE(text.find("\"nowhere\""), std::string::npos) << text;
  settings = config_of("a", {"a"});
  settings.bind = "0.0.0.0:0";
  EXPECT_EQ(error_of_node(settings, text), errc::address_invalid);
  EXPECT_NE(text.find("advertise"), std::string::npos) << text;
  settings.advertise = "127.0.0.1:0";
  node reachable(settings);
  EXPECT_EQ(reachable.self().address.substr(0, 10), "127.0.0.1:");
  EXPECT_NE(reachable.self().address, "127.0.0.1:0") << "port 0 stands for the bound one";
}

TEST(joining, a_port_in_use_is_named) {
  const node first(config_of("a", {"a"}));
  config settings = config_of("b", {"b"});
  settings.bind = first.local_address();
  std::string text;
  EXPECT_EQ(error_of_node(settings, text), errc::address_in_use);
  EXPECT_NE(text.find(settings.bind), std::string::npos) << text;
}

TEST(joining, a_port_is_free_again_when_its_node_is_destroyed) {
  config settings = config_of("a", {"a"});
  settings.bind = free_address();
  for (int i = 0; i < 3; ++i) {
    node one(settings);
    one.join(patience);
    EXPECT_EQ(one.local_address(), settings.bind);
  }
}

TEST(joining, a_seed_that_does_not_answer_is_named_and_the_node_lives) {
  const std::string nobody = free_address();
  node alone(config_of("a", {"a"}, {nobody}));
  std::string text;
  EXPECT_EQ(error_of([&] { alone.join(50ms); }, &text), errc::seed_unreachable);
  EXPECT_NE(text.find(nobody), std::string::npos) << text;
  conclave::mutex orders(alone, "orders");
  const std::scoped_lock guard(orders);
  EXPECT_TRUE(orders.valid());

  // It goes on trying.
  config settings = config_of("late", {"late"});
  settings.bind = nobody;
  node late(settings);
  late.join(patience);
  boost::system::error_code error;
  alone.join(error, patience);
  EXPECT_FALSE(error);
  EXPECT_EQ(alone.members().size(), 2U);
}

TEST(joining, a_seed_whose_name_nobody_knows_is_named_and_join_may_be_called_again) {
  node alone(config_of("a", {"a"}, {"no-such-host.invalid:7401"}));
  std::string text;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(error_of([&] { alone.join(patience); }, &text), errc::seed_unreachable);
    EXPECT_NE(text.find("no-such-host.invalid:7401"), std::string::npos) << text;
  }
  conclave::mutex orders(alone, "orders");
  EXPECT_EQ(error_of([&] { orders.lock(); }), errc::not_joined);
}

TEST(joining, seeds_may_be_names) {
  node first(config_of("a", {"a", "b"}));
  first.join(patience);
  const std::string port = first.local_address().substr(first.local_address().find(':'));
  node second(config_of("b", {"a", "b"}, {"localhost" + port}));
  second.join(patience);
  EXPECT_EQ(second.members().size(), 2U);
}

TEST(joining, one_list_of_seeds_serves_all_nodes) {
  config settings = config_of("a", {"a"});
  settings.bind = free_address();
  settings.seeds = {settings.bind};
  node first(settings);
  first.join(patience);
  EXPECT_EQ(first.members().size(), 1U);
}

TEST(joining, twice_is_joined_once) {
  cluster nodes(2);
  nodes[1].join(patience);
  nodes[1].async_join(patience, asio::use_future).get();
  EXPECT_EQ(nodes[1].members().size(), 2U);
}

TEST(joining, locks_need_it) {
  node idle(config_of("a", {"a"}));
  conclave::mutex orders(idle, "orders");
  EXPECT_EQ(error_of([&] { orders.lock(); }), errc::not_joined);
  EXPECT_TRUE(idle.members().empty());
  EXPECT_EQ(idle.self().name, "a");
  EXPECT_TRUE(idle.self().voter);
}

TEST(joining, a_node_tells_its_roster) {
  const node idle(config_of("b", {"c", "a", "b"}));
  const roster agreed = idle.roster();
  EXPECT_EQ(agreed.voters, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(agreed.lease_ttl_max, config().lease_ttl_max);
  EXPECT_EQ(agreed.epoch, 1U);
}

TEST(leaving, releases_all_and_ends_waiting) {
  cluster nodes(3);
  conclave::mutex here(nodes[0], "x");
  conclave::mutex there(nodes[1], "x");
  grant held = here.async_lock(asio::use_future).get();
  auto queued = std::async(std::launch::async, [&] { return error_of([&] { here.lock(); }); });
  EXPECT_TRUE(eventually([&] { return nodes[0].counters().requests_waiting == 1; }));
  nodes[0].leave();
  EXPECT_FALSE(held.valid());
  EXPECT_EQ(held.reason(), loss_reason::shut_down);
  EXPECT_TRUE(eventually([&] { return held.stop_token().stop_requested(); }));
  EXPECT_EQ(held.release(), errc::lock_lost);
  EXPECT_EQ(queued.get(), errc::leaving);
  EXPECT_EQ(error_of([&] { here.lock(); }), errc::leaving);
  EXPECT_EQ(error_of([&] { nodes[0].join(); }), errc::leaving);
  EXPECT_TRUE(there.try_lock_for(patience));
  there.unlock();
  EXPECT_TRUE(eventually([&] {
    const auto members = nodes[1].members();
    return members.at(0).name == "n0" && members.at(0).status == member_status::left;
  }));
}

TEST(leaving, twice_or_before_joining_is_no_error) {
  cluster nodes(2);
  auto first = nodes[1].async_leave(asio::use_future);
  auto second = nodes[1].async_leave(asio::use_future);
  first.get();
  second.get();
  nodes[1].leave();
  node idle(config_of("idle", {"idle"}));
  idle.leave();
  EXPECT_EQ(error_of([&] { idle.join(); }), errc::leaving);
}

TEST(leaving, frees_the_port) {
  config settings = config_of("a", {"a"});
  settings.bind = free_address();
  node first(settings);
  first.join(patience);
  first.leave();
  const node second(settings);
  EXPECT_EQ(second.local_address(), settings.bind);
}

}  // namespace

}  // namespace conclave::test
