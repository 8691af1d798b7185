// The file that keeps a token: what a crash, a full disk and a damaged file leave behind.
#include <conclave/conclave.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

// What the file asks of the system, in order, and what the system says. The two calls below stand
// in this program for those of the C library.
struct system_calls {
  std::vector<std::string> made;
  std::function<int(const std::string&)> error_of;  // 0: it is done

  int make(const std::string& what, const std::function<long()>& call) {
    made.push_back(what);
    const int error = error_of ? error_of(what) : 0;
    if (error != 0) {
      errno = error;
      return -1;
    }
    return static_cast<int>(call());
  }
};

system_calls& calls() {
  static system_calls all;
  return all;
}

}  // namespace

extern "C" int fsync(int file) {
  struct stat about {};
  fstat(file, &about);
  return calls().make(S_ISDIR(about.st_mode) ? "sync folder" : "sync file",
                      [&] { return syscall(SYS_fsync, file); });
}

extern "C" int rename(const char* from, const char* to) noexcept {
  return calls().make("rename",
                      [&] { return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0); });
}

namespace conclave {

namespace {

namespace fs = std::filesystem;

constexpr fencing_token t(std::uint64_t value) {
  return fencing_token(value);
}

class token_file_test : public testing::Test {
 protected:
  token_file_test() {
    // mkdtemp() puts characters of its own in place of the last six.
    std::string pattern = fs::temp_directory_path() / ("token_file-" + std::string(6, 'X'));
    folder_ = mkdtemp(pattern.data());
    calls() = {};
  }
  ~token_file_test() override {
    calls() = {};
    fs::remove_all(folder_);
  }

  [[nodiscard]] fs::path path() const { return folder_ / "token"; }
  [[nodiscard]] fs::path fresh_path() const { return folder_ / "token.new"; }
  [[nodiscard]] static std::string text_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write(const fs::path& to, const std::string& text) const {
    std::ofstream(to, std::ios::binary) << text;
  }

  // What it says when it throws; empty when it does not.
  template <class Call>
  static std::string words_of(Call call) {
    try {
      call();
    } catch (const std::runtime_error& thrown) {
      return thrown.what();
    }
    return {};
  }
  void expect_damaged(const std::string& text) const {
    write(path(), text);
    const std::string words = words_of([&] { (void)token_file(path()).load(); });
    EXPECT_NE(words.find(path().string()), std::string::npos) << text << ": " << words;
    EXPECT_EQ(text_of(path()), text) << "a damaged file is left as it is";
  }

  fs::path folder_;
};

TEST_F(token_file_test, keeps_the_token_that_was_stored_last) {
  EXPECT_EQ(token_file(path()).load(), fencing_token()) << "there is no file yet";
  for (const std::uint64_t value : {5ULL, 1'700'000'000'000'000'000ULL, 7ULL, ~0ULL}) {
    token_file(path()).store(t(value));
    EXPECT_EQ(token_file(path()).load(), t(value));
  }
  EXPECT_FALSE(fs::exists(fresh_path()));
}

TEST_F(token_file_test, serves_a_gate_across_restarts) {
  {
    durable_token_gate gate{token_file(path())};
    EXPECT_TRUE(gate.admit(t(7)));
  }
  durable_token_gate gate{token_file(path())};
  EXPECT_FALSE(gate.admit(t(6)));
  EXPECT_TRUE(gate.admit(t(7)));

  const fs::path readers = folder_ / "readers";
  {
    durable_shared_token_gate both(token_file(path()), token_file{readers});
    EXPECT_TRUE(both.admit_shared(t(9)));
  }
  durable_shared_token_gate both(token_file(path()), token_file{readers});
  EXPECT_FALSE(both.admit(t(8)));
}

// The token is on disk before its file takes the old one's place, and the place is on disk before
// the gate hears of it. In any other order a crash could leave an empty file, or an old token.
TEST_F(token_file_test, brings_file_and_folder_to_disk_in_this_order) {
  token_file(path()).store(t(5));
  EXPECT_EQ(calls().made, (std::vector<std::string>{"sync file", "rename", "sync folder"}));
}

TEST_F(token_file_test, a_crash_while_it_stores_leaves_the_token_from_before) {
  token_file(path()).store(t(5));
  for (const std::string& half :
       {std::string(), std::string("conclave-tok"), std::string(99, '6')}) {
    write(fresh_path(), half);
    EXPECT_EQ(token_file(path()).load(), t(5));
  }
  token_file(path()).store(t(7));
  EXPECT_EQ(token_file(path()).load(), t(7));
}

TEST_F(token_file_test, a_full_disk_is_said_and_loses_nothing) {
  const token_file file(path());
  file.store(t(5));
  // What is written there finds no room.
  fs::create_symlink("/dev/full", fresh_path());
  try {
    file.store(t(6));
    FAIL() << "there was no room";
  } catch (const std::system_error& full) {
    EXPECT_EQ(full.code(), std::errc::no_space_on_device);
    EXPECT_NE(std::string(full.what()).find(fresh_path().string()), std::string::npos);
  }
  EXPECT_EQ(file.load(), t(5));
  EXPECT_FALSE(fs::is_symlink(fresh_path())) << "what is half made does not stay";
  file.store(t(6));
  EXPECT_EQ(file.load(), t(6));
}

TEST_F(token_file_test, whatever_fails_is_named_and_leaves_the_old_token_or_the_new_one) {
  const token_file file(path());
  fencing_token before = t(5);
  file.store(before);
  for (const std::string fails : {"sync file", "rename", "sync folder"}) {
    calls().error_of = [&](const std::string& what) { return what == fails ? EIO : 0; };
    const fencing_token next = t(before.value() + 1);
    const std::string words = words_of([&] { file.store(next); });
    EXPECT_NE(words.find(folder_.string()), std::string::npos) << fails << ": " << words;
    calls().error_of = nullptr;
    EXPECT_EQ(file.load(), fails == "sync folder" ? next : before) << fails;
    file.store(next);
    EXPECT_EQ(file.load(), next);
    before = next;
  }
}

TEST_F(token_file_test, goes_on_when_a_signal_breaks_a_call_off) {
  int broken_off = 0;
  calls().error_of = [&](const std::string& what) {
    return what != "rename" && broken_off++ % 2 == 0 ? EINTR : 0;
  };
  token_file(path()).store(t(5));
  EXPECT_EQ(broken_off, 4);
  EXPECT_EQ(token_file(path()).load(), t(5));
}

TEST_F(token_file_test, refuses_a_file_that_is_damaged_and_leaves_it_alone) {
  token_file(path()).store(t(1'234'567));
  const std::string good = text_of(path());
  for (std::size_t length = 0; length < good.size(); ++length) {
    expect_damaged(good.substr(0, length));
  }
  for (std::size_t place = 0; place < good.size(); ++place) {
    std::string changed = good;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    expect_damaged(changed);
  }
  expect_damaged(good + "\n");
  expect_damaged(good + good);
  expect_damaged(std::string(good.size(), '\0'));
  expect_damaged(std::string(100'000, '7'));
  write(path(), good);
  EXPECT_EQ(token_file(path()).load(), t(1'234'567));
}

TEST_F(token_file_test, names_what_cannot_be_read_or_written) {
  const fs::path nowhere = folder_ / "nowhere" / "token";
  EXPECT_NE(words_of([&] { token_file(nowhere).store(t(5)); }).find(nowhere.string()),
            std::string::npos);
  EXPECT_NE(words_of([&] { (void)token_file(folder_).load(); }).find(folder_.string()),
            std::string::npos);
  // There is something, and nobody can say what.
  fs::create_symlink(fresh_path(), path());
  fs::create_symlink(path(), fresh_path());
  EXPECT_NE(words_of([&] { (void)token_file(path()).load(); }).find(path().string()),
            std::string::npos);
}

TEST_F(token_file_test, stores_no_empty_token) {
  EXPECT_THROW(token_file(path()).store(fencing_token()), std::invalid_argument);
  EXPECT_FALSE(fs::exists(path()));
}

}  // namespace

}  // namespace conclave
