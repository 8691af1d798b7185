// A source file as text, and the parts of it that the rules look at.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::tidy {

struct source_file {
  std::string path;  // from the project's root, with '/' between folders
  std::string text;
};

struct include_line {
  std::size_t line = 0;  // counted from 1
  std::string target;    // what stands between the quotes or angle brackets
  bool quoted = false;
};

// The files of the project below `root`, in order of path: no build trees, no hidden folders but
// .ci, no binary files.
[[nodiscard]] std::vector<source_file> read_tree(const std::filesystem::path& root);

// True for the C++ files of the project.
[[nodiscard]] bool is_cpp(const source_file& file);
[[nodiscard]] bool is_header(const source_file& file);

// The text with all comments, and what stands in strings and character literals, made blank.
// Lines stay where they are.
[[nodiscard]] std::string code_of(std::string_view text);

// The same with preprocessor lines blank too.
[[nodiscard]] std::string declarations_of(std::string_view text);

[[nodiscard]] std::vector<include_line> includes_of(std::string_view text);

// Offsets at which `word` stands in `code` and is no part of a longer name.
[[nodiscard]] std::vector<std::size_t> find_word(std::string_view code, std::string_view word);

// The line, counted from 1, of an offset.
[[nodiscard]] std::size_t line_of(std::string_view text, std::size_t offset);

[[nodiscard]] std::vector<std::string_view> lines_of(std::string_view text);

[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace conclave::tidy
