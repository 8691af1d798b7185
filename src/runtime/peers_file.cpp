// Reading and writing the file.
#include "runtime/peers_file.hpp"

#include "runtime/addresses.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

namespace conclave::runtime {

namespace {

constexpr std::string_view heading =
    "# Peers of a conclave node, for its next start. It writes them.\n";
// Far more than is ever written. A longer file is another one.
constexpr std::size_t size_max = 65'536;

[[noreturn]] void fail(const std::string& path, const char* what) {
  const int why = errno == 0 ? EIO : errno;
  throw std::system_error(why, std::generic_category(), fmt::format("{}: can't {}", path, what));
}

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

std::string read_text_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    if (errno == ENOENT) {
      return {};
    }
    fail(path, "open it");
  }
  std::string text(size_max, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) {
    fail(path, "read it");
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// Not brought to the disk: after a power failure an older file, or none, does as well.
void replace_text_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  errno = 0;
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) {
    const int why = errno;
    static_cast<void>(std::remove(fresh.c_str()));
    errno = why;
    fail(path, "write it");
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    const int why = errno;
    static_cast<void>(std::remove(fresh.c_str()));
    errno = why;
    fail(path, "put the new file in its place");
  }
}

}  // namespace conclave::runtime
