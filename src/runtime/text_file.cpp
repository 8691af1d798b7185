// Reading a file, and putting a new one in its place.
#include "runtime/text_file.hpp"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace conclave::runtime {

namespace {

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

std::optional<std::string> read_text_file(const std::filesystem::path& path, std::size_t size_max) {
  const descriptor file(path, O_RDONLY);
  if (!file.is_open()) {
    if (errno == ENOENT) {
      return std::nullopt;
    }
    fail(path, "open it");
  }
  std::string text(size_max, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count =
        retried([&] { return ::read(file.get(), text.data() + size, text.size() - size); });
    if (count < 0) {
      fail(path, "read it");
    }
    if (count == 0) {
      break;
    }
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

void replace_text_file(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::path fresh = path;
  fresh += ".new";
  try {
    write_new(fresh, text);
    if (std::rename(fresh.c_str(), path.c_str()) != 0) {
      fail(path, "put the new file in its place");
    }
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
  // Else a crash could bring the old file back.
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  const descriptor names(folder, O_RDONLY | O_DIRECTORY);
  if (!names.is_open() || retried([&] { return ::fsync(names.get()); }) != 0) {
    fail(folder, "bring the folder to disk");
  }
}

}  // namespace conclave::runtime
