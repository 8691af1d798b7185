// Where a node can be reached: an IP address and a UDP port, without a socket library.
#pragma once

#include "base/ids.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

namespace conclave::core {

struct address {
  std::array<std::uint8_t, 16> bytes{};  // network order; IPv4 in the first four
  std::uint16_t port = 0;                // host order; 0 means "no address"
  bool is_v6 = false;

  friend auto operator<=>(const address&, const address&) = default;
  [[nodiscard]] explicit operator bool() const { return port != 0; }
};

[[nodiscard]] address ipv4_address(std::array<std::uint8_t, 4> bytes, std::uint16_t port);
[[nodiscard]] std::string to_string(const address& where);  // 127.0.0.1:7401, [::1]:7401
[[nodiscard]] std::size_t hash_value(const address& where);

}  // namespace conclave::core
