// Addresses as text and as hash keys.
#include "base/address.hpp"

#include <algorithm>
#include <charconv>

namespace conclave::core {

namespace {

void append_hex(std::string& text, unsigned value) {
  char digits[4];
  const auto end = std::to_chars(digits, digits + 4, value, 16).ptr;
  text.append(digits, end);
}

}  // namespace

address ipv4_address(std::array<std::uint8_t, 4> bytes, std::uint16_t port) {
  address result;
  std::copy(bytes.begin(), bytes.end(), result.bytes.begin());
  result.port = port;
  return result;
}

std::string to_string(const address& where) {
  std::string text;
  if (!where.is_v6) {
    for (int i = 0; i < 4; ++i) {
      text += i == 0 ? "" : ".";
      text += std::to_string(where.bytes[i]);
    }
    return text + ":" + std::to_string(where.port);
  }
  text = "[";
  for (int i = 0; i < 16; i += 2) {
    text += i == 0 ? "" : ":";
    append_hex(text, unsigned{where.bytes[i]} << 8 | where.bytes[i + 1]);
  }
  return text + "]:" + std::to_string(where.port);
}

std::size_t hash_value(const address& where) {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  for (int i = 0; i < 8; ++i) {
    low = low << 8 | where.bytes[i];
    high = high << 8 | where.bytes[i + 8];
  }
  return mix(low ^ mix(high ^ mix(std::uint64_t{where.port} << 1 | (where.is_v6 ? 1U : 0U))));
}

}  // namespace conclave::core
