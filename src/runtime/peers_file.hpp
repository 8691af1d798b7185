// The addresses of peers as a small text file, for the next start: one a line.
#pragma once

#include "base/address.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::runtime {

[[nodiscard]] std::string to_peers_text(const std::vector<core::address>& peers);

struct parsed_peers {
  std::vector<core::address> peers;
  std::size_t refused = 0;  // lines that are no address
};

// What can be read of it: these are hints, and a damaged line takes no other with it.
[[nodiscard]] parsed_peers parse_peers(std::string_view text);

// The whole file; empty when there is none. Throws std::system_error that names the path.
[[nodiscard]] std::string read_text_file(const std::string& path);
// In its place at once, or not at all: what was there before stays when this fails. Throws as
// read_text_file().
void replace_text_file(const std::string& path, std::string_view text);

}  // namespace conclave::runtime
