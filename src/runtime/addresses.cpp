// Parses addresses and converts them.
#include "runtime/addresses.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace conclave::runtime {

namespace {

namespace ip = boost::asio::ip;

// ::ffff:a.b.c.d, RFC 4291, section 2.5.5.2
constexpr std::array<std::uint8_t, 12> v4_mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

core::address from_v6(const std::array<std::uint8_t, 16>& bytes, std::uint16_t port) {
  core::address result;
  result.port = port;
  if (std::equal(v4_mapped_prefix.begin(), v4_mapped_prefix.end(), bytes.begin())) {
    std::copy_n(bytes.begin() + v4_mapped_prefix.size(), 4, result.bytes.begin());
    return result;
  }
  result.bytes = bytes;
  result.is_v6 = true;
  return result;
}

}  // namespace

std::optional<host_and_port> split_host_and_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  } else if (host.empty() || host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;
  }
  host_and_port result{.host = std::string(host)};
  const char* const end = port_text.data() + port_text.size();
  const auto parsed = std::from_chars(port_text.data(), end, result.port);
  if (port_text.empty() || parsed.ec != std::errc() || parsed.ptr != end) {
    return std::nullopt;
  }
  return result;
}

std::optional<ip::udp::endpoint> parse_endpoint(std::string_view text) {
  const std::optional<host_and_port> parts = split_host_and_port(text);
  if (!parts) {
    return std::nullopt;
  }
  boost::system::error_code error;
  const ip::address host = ip::make_address(parts->host, error);
  if (error) {
    return std::nullopt;
  }
  return ip::udp::endpoint(host, parts->port);
}

core::address to_address(const ip::udp::endpoint& where) {
  if (where.address().is_v4()) {
    return core::ipv4_address(where.address().to_v4().to_bytes(), where.port());
  }
  return from_v6(where.address().to_v6().to_bytes(), where.port());
}

core::address to_address(const sockaddr_storage& where) {
  if (where.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &where, sizeof v4);
    std::array<std::uint8_t, 4> bytes{};
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return core::ipv4_address(bytes, ntohs(v4.sin_port));
  }
  if (where.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &where, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
    return from_v6(bytes, ntohs(v6.sin6_port));
  }
  return {};
}

socklen_t to_socket_address(const core::address& where, bool v6_socket, sockaddr_storage& out) {
  if (!v6_socket) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(where.port);
    std::memcpy(&v4.sin_addr, where.bytes.data(), 4);
    std::memcpy(&out, &v4, sizeof v4);
    return where.is_v6 ? 0 : sizeof v4;
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(where.port);
  std::array<std::uint8_t, 16> bytes = where.bytes;
  if (!where.is_v6) {
    std::copy(v4_mapped_prefix.begin(), v4_mapped_prefix.end(), bytes.begin());
    std::copy_n(where.bytes.begin(), 4, bytes.begin() + v4_mapped_prefix.size());
  }
  std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
  std::memcpy(&out, &v6, sizeof v6);
  return sizeof v6;
}

}  // namespace conclave::runtime
