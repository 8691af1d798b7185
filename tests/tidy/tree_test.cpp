// Holds every rule against every file of the project.
#include "layers.hpp"
#include "rules.hpp"
#include "source.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace conclave::tidy {

namespace {

const std::vector<source_file>& project() {
  static const std::vector<source_file> files = read_tree(CONCLAVE_SOURCE_DIR);
  return files;
}

void expect_kept_everywhere(rule check) {
  findings all;
  for (const source_file& file : project()) {
    const findings found = check(file);
    all.insert(all.end(), found.begin(), found.end());
  }
  EXPECT_TRUE(all.empty()) << to_string(all);
}

// The other tests here would pass on an empty folder.
TEST(tree, is_read_whole) {
  for (const layer& each : layers()) {
    const bool seen = std::ranges::any_of(
        project(), [&](const source_file& file) { return layer_of(file.path) == &each; });
    EXPECT_TRUE(seen) << "no file in " << each.folder << ": does the table name it right?";
  }
}

TEST(tree, pure_folders_include_no_clock_thread_or_file) {
  expect_kept_everywhere(check_pure_headers);
}

TEST(tree, pure_folders_name_no_clock_thread_or_random_device) {
  expect_kept_everywhere(check_pure_names);
}

TEST(tree, pure_folders_have_no_mutable_globals) {
  expect_kept_everywhere(check_mutable_globals);
}

TEST(tree, dependencies_point_one_way) {
  expect_kept_everywhere(check_dependencies);
}

TEST(tree, files_and_lines_are_short) {
  expect_kept_everywhere(check_size);
}

TEST(tree, files_open_with_their_purpose) {
  expect_kept_everywhere(check_opening);
}

TEST(tree, headers_are_guarded) {
  expect_kept_everywhere(check_pragma_once);
}

TEST(tree, nothing_is_left_for_later) {
  expect_kept_everywhere(check_words);
}

}  // namespace

}  // namespace conclave::tidy
