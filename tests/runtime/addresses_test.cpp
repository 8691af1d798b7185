// Addresses as text, and as the system wants them.
#include "runtime/addresses.hpp"

#include <gtest/gtest.h>

namespace conclave::runtime {

namespace {

TEST(addresses, are_split_at_the_last_colon) {
  const auto v4 = split_host_and_port("db-1.example:7401");
  ASSERT_TRUE(v4);
  EXPECT_EQ(v4->host, "db-1.example");
  EXPECT_EQ(v4->port, 7401);
  const auto v6 = split_host_and_port("[fe80::1]:65535");
  ASSERT_TRUE(v6);
  EXPECT_EQ(v6->host, "fe80::1");
  EXPECT_EQ(v6->port, 65535);
}

TEST(addresses, that_are_none_are_refused) {
  for (const char* text : {"", ":", "host", "host:", ":7401", "host:65536", "host:-1", "host:7x",
                           "::1:7401", "[::1]", "[]:1", "host: 7401", "[::1:7401"}) {
    EXPECT_FALSE(split_host_and_port(text)) << text;
  }
  EXPECT_FALSE(parse_endpoint("localhost:7401")) << "a name is no address";
  EXPECT_FALSE(parse_endpoint("1.2.3:7401"));
}

TEST(addresses, survive_the_way_to_the_system_and_back) {
  for (const char* text : {"127.0.0.1:7401", "255.1.2.3:65535", "[::1]:7401", "[2001:db8::7]:1"}) {
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint) << text;
    const core::address where = to_address(*endpoint);
    EXPECT_EQ(where.is_v6, text[0] == '[');
    sockaddr_storage raw{};
    ASSERT_NE(to_socket_address(where, where.is_v6, raw), 0U);
    EXPECT_EQ(to_address(raw), where) << text;
  }
}

TEST(addresses, of_ipv4_are_reached_through_an_ipv6_socket) {
  const core::address where = core::ipv4_address({10, 0, 0, 7}, 7401);
  sockaddr_storage raw{};
  ASSERT_NE(to_socket_address(where, true, raw), 0U);
  EXPECT_EQ(raw.ss_family, AF_INET6);
  EXPECT_EQ(to_address(raw), where) << "the mapped form is the same address";
}

TEST(addresses, of_ipv6_are_out_of_reach_for_an_ipv4_socket) {
  const core::address where = to_address(*parse_endpoint("[::1]:7401"));
  sockaddr_storage raw{};
  EXPECT_EQ(to_socket_address(where, false, raw), 0U);
}

}  // namespace

}  // namespace conclave::runtime
