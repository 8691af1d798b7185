// The addresses of peers as text, for the next start: one a line.
#pragma once

#include "base/address.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::runtime {

[[nodiscard]] std::string to_peers_text(const std::vector<core::address>& peers);

// Bytes: far more than is ever written. A longer file is another one, and the rest is not read.
inline constexpr std::size_t peers_text_max = 65'536;

struct parsed_peers {
  std::vector<core::address> peers;
  std::size_t refused = 0;  // lines that are no address
};

// What can be read of it: these are hints, and a damaged line takes no other with it.
[[nodiscard]] parsed_peers parse_peers(std::string_view text);

}  // namespace conclave::runtime
