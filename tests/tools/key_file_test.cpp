// The cluster's key in a file.
#include "tools/key_file.hpp"

#include "tools/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <string>

namespace conclave::tools {

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Each test in a file of its own: they may run at the same time.
std::string file_with(const std::string& content) {
  const std::string path = ::testing::TempDir() + "conclave-key-" +
                           ::testing::UnitTest::GetInstance()->current_test_info()->name() + "-" +
                           std::to_string(getpid());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

TEST(key_file, holds_32_bytes_or_64_digits) {
  const std::string bytes(32, '\x7F');
  std::string digits;
  for (int i = 0; i < 32; ++i) {
    digits += i % 2 == 0 ? "7f" : "7F";
  }
  const std::vector<std::byte> key(32, std::byte{0x7F});
  EXPECT_EQ(read_key_file(file_with(bytes)), key);
  EXPECT_EQ(read_key_file(file_with(digits)), key);
  EXPECT_EQ(read_key_file(file_with(digits + "\n")), key);
}

TEST(key_file, that_holds_no_key_is_named_without_its_content) {
  for (const std::string& content : {std::string(), std::string(31, 'k'), std::string(64, 'k')}) {
    const std::string path = file_with(content);
    try {
      static_cast<void>(read_key_file(path));
      ADD_FAILURE() << content << " was taken";
    } catch (const failure& refused) {
      EXPECT_THAT(refused.what(), HasSubstr(path));
      EXPECT_THAT(refused.what(), Not(HasSubstr("kk")));
    }
  }
  EXPECT_THROW(static_cast<void>(read_key_file("/no/such/file")), failure);
}

}  // namespace

}  // namespace conclave::tools
