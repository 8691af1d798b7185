// The file of peers: what is written is read again, and nothing that it holds does harm.
#include "runtime/peers_file.hpp"

#include "runtime/system.hpp"
#include "runtime/text_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <system_error>

namespace conclave::runtime {

namespace {

namespace fs = std::filesystem;

class peers_file_test : public testing::Test {
 protected:
  peers_file_test() { fs::create_directories(folder_); }
  ~peers_file_test() override { fs::remove_all(folder_); }

  [[nodiscard]] std::string path(const std::string& name = "peers") const {
    return (folder_ / name).string();
  }

 private:
  fs::path folder_ =
      fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
};

std::string text_at(const std::string& path) {
  return the_system()->load_text(path);
}

core::address v4(std::uint16_t port) {
  return core::ipv4_address({10, 0, 0, 1}, port);
}

TEST_F(peers_file_test, is_read_as_it_was_written) {
  core::address v6{.bytes = {}, .port = 7'402, .is_v6 = true};
  v6.bytes.back() = 1;
  const std::vector<core::address> peers = {v4(7'401), v6};
  replace_text_file(path(), to_peers_text(peers));
  const parsed_peers read = parse_peers(text_at(path()));
  EXPECT_EQ(read.peers, peers);
  EXPECT_EQ(read.refused, 0U);
  EXPECT_EQ(to_peers_text({v6, v4(7'401)}), to_peers_text(peers)) << "in whatever order";
}

TEST_F(peers_file_test, that_is_not_there_is_empty) {
  EXPECT_EQ(text_at(path()), "");
  EXPECT_TRUE(parse_peers("").peers.empty());
}

TEST_F(peers_file_test, keeps_what_can_be_read) {
  const parsed_peers read = parse_peers(
      "# a word\n10.0.0.1:7401\n\nten.example:7401\n10.0.0.1:0\n\x01\xff\n10.0.0.1:7402");
  EXPECT_EQ(read.peers, (std::vector{v4(7'401), v4(7'402)}));
  EXPECT_EQ(read.refused, 3U);
}

TEST_F(peers_file_test, is_replaced_as_a_whole) {
  replace_text_file(path(), "10.0.0.1:7401\n");
  replace_text_file(path(), "10.0.0.1:7402\n");
  EXPECT_EQ(text_at(path()), "10.0.0.1:7402\n");
  EXPECT_FALSE(fs::exists(path("peers.new")));
}

TEST_F(peers_file_test, may_be_named_without_a_folder) {
  const fs::path before = fs::current_path();
  fs::current_path(fs::path(path()).parent_path());
  EXPECT_NO_THROW(replace_text_file("peers", "10.0.0.1:7401\n"));
  fs::current_path(before);
  EXPECT_EQ(text_at(path()), "10.0.0.1:7401\n");
}

TEST_F(peers_file_test, names_the_path_that_fails) {
  const auto message_of = [](const auto& call) -> std::string {
    try {
      call();
    } catch (const std::system_error& error) {
      return error.what();
    }
    return "";
  };
  const std::string nowhere = path("missing/peers");
  EXPECT_EQ(text_at(nowhere), "") << "it may be made later";
  EXPECT_NE(message_of([&] { replace_text_file(nowhere, "x"); }).find(nowhere), std::string::npos);
  fs::create_directories(path("folder"));
  EXPECT_NE(message_of([&] { replace_text_file(path("folder"), "x"); }).find("folder"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(path("folder.new")));
}

TEST_F(peers_file_test, on_a_full_disk_stays_as_it_was) {
  EXPECT_THROW(replace_text_file("/dev/full/peers", "x"), std::system_error);
  replace_text_file(path(), "10.0.0.1:7401\n");
  fs::create_symlink("/dev/full", path("peers.new"));
  EXPECT_THROW(replace_text_file(path(), "10.0.0.1:7402\n"), std::system_error);
  EXPECT_EQ(text_at(path()), "10.0.0.1:7401\n");
}

TEST_F(peers_file_test, is_written_in_the_background) {
  std::promise<std::string> done;
  the_system()->store_text(path(), "10.0.0.1:7401\n",
                           [&](const std::string& error) { done.set_value(error); });
  EXPECT_EQ(done.get_future().get(), "");
  EXPECT_EQ(the_system()->load_text(path()), "10.0.0.1:7401\n");
  std::promise<std::string> failed;
  the_system()->store_text(path("missing/peers"), "x",
                           [&](const std::string& error) { failed.set_value(error); });
  EXPECT_NE(failed.get_future().get(), "");
}

}  // namespace

}  // namespace conclave::runtime
