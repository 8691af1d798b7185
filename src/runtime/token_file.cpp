// Reading the file, and putting a new one in its place.
#include "base/digest.hpp"

#include <conclave/token_file.hpp>

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace conclave {

namespace {

constexpr std::size_t line_max = 100;  // bytes; the longest that is written is shorter

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
  const int why = errno;
  throw std::system_error(why, std::generic_category(),
                          fmt::format("{}: can't {}", path.string(), what));
}

// Repeats a call that a signal broke off.
template <class Call>
auto retried(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) {
    result = call();
  }
  return result;
}

class descriptor {
 public:
  descriptor(const std::filesystem::path& path, int flags)
      : value_(retried([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0644); })) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (value_ >= 0) {
      ::close(value_);
    }
  }

  [[nodiscard]] bool is_open() const { return value_ >= 0; }
  [[nodiscard]] int get() const { return value_; }

 private:
  int value_;
};

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

void write_all(const descriptor& file, std::string_view text, const std::filesystem::path& path) {
  while (!text.empty()) {
    const ssize_t count = retried([&] { return ::write(file.get(), text.data(), text.size()); });
    if (count < 0) {
      fail(path, "write it");
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void write_new(const std::filesystem::path& path, std::string_view text) {
  const descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open()) {
    fail(path, "make it");
  }
  write_all(file, text, path);
  if (retried([&] { return ::fsync(file.get()); }) != 0) {
    fail(path, "bring it to disk");
  }
}

}  // namespace

token_file::token_file(const std::filesystem::path& path)
    : path_(std::filesystem::absolute(path)) {}

fencing_token token_file::load() const {
  const descriptor file(path_, O_RDONLY);
  if (!file.is_open()) {
    if (errno == ENOENT) {
      return {};
    }
    fail(path_, "open it");
  }
  std::string line(line_max, '\0');
  std::size_t size = 0;
  while (size < line.size()) {
    const ssize_t count =
        retried([&] { return ::read(file.get(), line.data() + size, line.size() - size); });
    if (count < 0) {
      fail(path_, "read it");
    }
    if (count == 0) {
      break;
    }
    size += static_cast<std::size_t>(count);
  }
  line.resize(size);
  const fencing_token token = token_in(line);
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
  std::filesystem::path fresh = path_;
  fresh += ".new";
  try {
    write_new(fresh, line_of(token));
    if (std::rename(fresh.c_str(), path_.c_str()) != 0) {
      fail(path_, "put the new file in its place");
    }
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
  // Else a crash could bring the old file back.
  const std::filesystem::path folder = path_.parent_path();
  const descriptor names(folder, O_RDONLY | O_DIRECTORY);
  if (!names.is_open() || retried([&] { return ::fsync(names.get()); }) != 0) {
    fail(folder, "bring the folder to disk");
  }
}

}  // namespace conclave
