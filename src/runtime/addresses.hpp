// Addresses between text, Boost.Asio, the socket calls and the core.
#pragma once

#include "base/address.hpp"

#include <boost/asio/ip/udp.hpp>
#include <netinet/in.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conclave::runtime {

struct host_and_port {
  std::string host;  // an IPv6 address without its brackets
  std::uint16_t port = 0;
};

// "host:port", "127.0.0.1:7401", "[::1]:7401". Nothing when it is none of these.
[[nodiscard]] std::optional<host_and_port> split_host_and_port(std::string_view text);
// An IP address and a port, without asking anybody for names.
[[nodiscard]] std::optional<boost::asio::ip::udp::endpoint> parse_endpoint(std::string_view text);

// An IPv4 address that an IPv6 socket shows in its mapped form becomes plain IPv4.
[[nodiscard]] core::address to_address(const boost::asio::ip::udp::endpoint& where);
[[nodiscard]] core::address to_address(const sockaddr_storage& where);

// Fills `out` for a socket of the given family and returns its size; 0 when an IPv4 socket can't
// reach that address.
[[nodiscard]] socklen_t to_socket_address(const core::address& where, bool v6_socket,
                                          sockaddr_storage& out);

}  // namespace conclave::runtime
