// Datagrams from others: noise, other clusters, other rosters.
#include "cluster.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <mutex>
#include <random>
#include <sstream>
#include <vector>

namespace conclave::test {

namespace {

namespace asio = boost::asio;
using asio::ip::udp;

class stranger {
 public:
  explicit stranger(const node& target) : socket_(context_, {asio::ip::address_v4::loopback(), 0}) {
    const std::string where = target.local_address();
    const auto port = static_cast<std::uint16_t>(std::stoi(where.substr(where.find(':') + 1)));
    socket_.connect({asio::ip::address_v4::loopback(), port});
  }

  void send(const std::vector<std::uint8_t>& bytes) { socket_.send(asio::buffer(bytes)); }

 private:
  asio::io_context context_;
  udp::socket socket_;
};

std::uint64_t dropped(const node& one) {
  const node_counters seen = one.counters();
  return seen.dropped_malformed + seen.dropped_corrupt + seen.dropped_unknown_version +
         seen.dropped_other_cluster;
}

TEST(strangers, noise_is_counted_and_the_node_lives) {
  cluster nodes(1);
  stranger noisy(nodes[0]);
  std::mt19937 random(7);
  std::uint64_t sent = 0;
  for (std::size_t total = 0; total < 64 * 1024; ++sent) {
    std::vector<std::uint8_t> bytes(random() % 1'400);
    for (auto& one : bytes) {
      one = static_cast<std::uint8_t>(random());
    }
    // Half of them look like a frame at first sight.
    if (!bytes.empty() && sent % 2 == 0) {
      bytes[0] = 1;
    }
    noisy.send(bytes);
    total += bytes.size() + 1;
  }
  EXPECT_TRUE(eventually([&] { return dropped(nodes[0]) == sent; })) << dropped(nodes[0]);
  conclave::mutex orders(nodes[0], "orders");
  const std::scoped_lock guard(orders);
  EXPECT_TRUE(orders.valid());
}

TEST(strangers, datagrams_longer_than_any_frame_are_dropped_unread) {
  cluster nodes(1);
  stranger noisy(nodes[0]);
  noisy.send(std::vector<std::uint8_t>(1'401, 1));
  noisy.send(std::vector<std::uint8_t>(65'507, 1));
  EXPECT_TRUE(eventually([&] { return nodes[0].counters().dropped_malformed == 2; }));
  nodes[0].leave();
  EXPECT_EQ(nodes[0].counters().dropped_malformed, 2U) << "the count outlives the socket";
}

TEST(strangers, another_label_is_another_cluster) {
  cluster nodes(1);
  config settings = nodes.settings("other");
  settings.cluster = "staging";
  node other(settings);
  EXPECT_EQ(error_of([&] { other.join(100ms); }), errc::seed_unreachable);
  EXPECT_GT(nodes[0].counters().dropped_other_cluster, 0U);
  EXPECT_EQ(nodes[0].members().size(), 1U);
}

TEST(strangers, another_key_keeps_a_node_out) {
  cluster nodes(
      1, [](config& settings) { settings.cluster_key = std::vector<std::byte>(32, std::byte{1}); });
  config settings = nodes.settings("other");
  settings.cluster_key = std::vector<std::byte>(32, std::byte{2});
  node other(settings);
  EXPECT_EQ(error_of([&] { other.join(100ms); }), errc::seed_unreachable);
  EXPECT_GT(nodes[0].counters().dropped_corrupt, 0U);
}

TEST(strangers, a_node_with_another_roster_is_told_so) {
  cluster nodes(3);
  config settings = nodes.settings("other");
  settings.voters = {"n0", "n1", "n2", "n3", "n4"};
  std::ostringstream lines;
  const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(lines);
  const auto logger = std::make_shared<spdlog::logger>("conclave", sink);
  {
    node other(settings, logger);
    other.join(patience);
    conclave::mutex orders(other, "orders");
    EXPECT_EQ(error_of([&] { orders.lock(); }), errc::roster_mismatch);
    EXPECT_GT(other.counters().roster_mismatches, 0U);
  }
  EXPECT_NE(lines.str().find("has another roster"), std::string::npos) << lines.str();
}

}  // namespace

}  // namespace conclave::test
