// The text and its lines.
#include "runtime/peers_file.hpp"

#include "runtime/addresses.hpp"

#include <algorithm>

namespace conclave::runtime {

namespace {

constexpr std::string_view heading =
    "# Peers of a conclave node, for its next start. It writes them.\n";

}  // namespace

std::string to_peers_text(const std::vector<core::address>& peers) {
  std::vector<std::string> lines;
  for (const core::address& each : peers) {
    lines.push_back(core::to_string(each) + "\n");
  }
  std::ranges::sort(lines);  // so that the same peers are the same text
  std::string text(heading);
  for (const std::string& line : lines) {
    text += line;
  }
  return text;
}

parsed_peers parse_peers(std::string_view text) {
  parsed_peers result;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') {
      continue;
    }
    if (const auto where = parse_endpoint(line); where && where->port() != 0) {
      result.peers.push_back(to_address(*where));
    } else {
      ++result.refused;
    }
  }
  return result;
}

}  // namespace conclave::runtime
