// Reading the key in either form.
#include "tools/key_file.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>

namespace conclave::tools {

namespace {

constexpr std::size_t key_size = 32;

bool is_hexadecimal(const std::string& text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

}  // namespace

std::vector<std::byte> read_key_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    throw failure(exit_usage, fmt::format("--key-file {} can't be read", path));
  }
  std::vector<std::byte> key(key_size);
  if (content.size() == key_size) {
    std::ranges::transform(content, key.begin(), [](char c) { return static_cast<std::byte>(c); });
    return key;
  }
  while (content.ends_with('\n') || content.ends_with('\r')) {
    content.pop_back();
  }
  if (content.size() != 2 * key_size || !is_hexadecimal(content)) {
    throw failure(exit_usage,
                  fmt::format("--key-file {} holds {} characters that are no key; a key is 32 "
                              "bytes, or 64 hexadecimal digits",
                              path, content.size()));
  }
  for (std::size_t i = 0; i < key_size; ++i) {
    std::uint8_t value = 0;
    std::from_chars(&content[2 * i], &content[2 * i] + 2, value, 16);
    key[i] = std::byte{value};
  }
  return key;
}

}  // namespace conclave::tools
