// The line that stands for a token, in a file.
#include "base/digest.hpp"
#include "runtime/text_file.hpp"

#include <conclave/token_file.hpp>

#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace conclave {

namespace {

constexpr std::size_t line_max = 100;  // bytes; the longest that is written is shorter

std::string line_of(fencing_token token) {
  const std::string text = fmt::format("conclave-token {}", token.value());
  return fmt::format("{} {:016x}\n", text, core::hash_of(text));
}

// The empty token when it is no line that was written for one.
fencing_token token_in(std::string_view line) {
  const std::size_t digits = line.find(' ') + 1;
  std::uint64_t value = 0;
  std::from_chars(line.data() + digits, line.data() + line.size(), value);
  const fencing_token token(value);
  return token && line == line_of(token) ? token : fencing_token();
}

}  // namespace

token_file::token_file(const std::filesystem::path& path)
    : path_(std::filesystem::absolute(path)) {}

fencing_token token_file::load() const {
  const std::optional<std::string> line = runtime::read_text_file(path_, line_max);
  if (!line) {
    return {};
  }
  const fencing_token token = token_in(*line);
  if (!token) {
    throw std::runtime_error(fmt::format(
        "{}: holds no token: it must be one line as it was stored, with a checksum that "
        "matches. It was damaged, or is another file. Nothing has been changed",
        path_.string()));
  }
  return token;
}

void token_file::store(fencing_token token) const {
  if (!token) {
    throw std::invalid_argument(
        fmt::format("{}: the empty token is not stored: a token is at least 1", path_.string()));
  }
  runtime::replace_text_file(path_, line_of(token));
}

}  // namespace conclave
