// Reading the project's files and telling code from comments and strings.
#include "source.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <iterator>

namespace conclave::tidy {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view spaces = " \t\r\n";

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool is_skipped_folder(const fs::path& folder) {
  const std::string name = folder.filename().string();
  return name == "build" || name.starts_with("cmake-build") ||
         (name.starts_with('.') && name != ".ci");
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

// Where a token that begins at `from` ends: one past its last character.
std::size_t end_of_quoted(std::string_view text, std::size_t from) {
  const char quote = text[from];
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

std::size_t end_of_raw_string(std::string_view text, std::size_t quote) {
  const std::size_t open = text.find('(', quote);
  if (open == std::string_view::npos) {
    return text.size();
  }
  const std::string close = ")" + std::string(text.substr(quote + 1, open - quote - 1)) + "\"";
  const std::size_t end = text.find(close, open);
  return end == std::string_view::npos ? text.size() : end + close.size();
}

std::size_t end_of_block_comment(std::string_view text, std::size_t from) {
  const std::size_t end = text.find("*/", from + 2);
  return end == std::string_view::npos ? text.size() : end + 2;
}

// The R before the quote makes a raw string, unless it ends a longer name.
bool opens_raw_string(std::string_view text, std::size_t quote) {
  if (quote == 0 || text[quote - 1] != 'R') {
    return false;
  }
  std::size_t begin = quote - 1;
  while (begin > 0 && is_name_character(text[begin - 1])) {
    --begin;
  }
  constexpr std::array<std::string_view, 5> prefixes{"R", "u8R", "uR", "UR", "LR"};
  return std::ranges::find(prefixes, text.substr(begin, quote - begin)) != prefixes.end();
}

bool is_digit_separator(std::string_view text, std::size_t quote) {
  return quote > 0 && std::isxdigit(static_cast<unsigned char>(text[quote - 1])) != 0 &&
         quote + 1 < text.size() && std::isxdigit(static_cast<unsigned char>(text[quote + 1])) != 0;
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  std::replace_if(
      text.begin() + static_cast<std::ptrdiff_t>(begin),
      text.begin() + static_cast<std::ptrdiff_t>(end), [](char c) { return c != '\n'; }, ' ');
}

// Blanks comments always, and the inside of strings and character literals if asked to.
std::string blanked(std::string_view text, bool strings_too) {
  std::string result(text);
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view two = text.substr(i, 2);
    std::size_t end = i + 1;
    if (two == "//") {
      end = std::min(text.find('\n', i), text.size());
      blank(result, i, end);
    } else if (two == "/*") {
      end = end_of_block_comment(text, i);
      blank(result, i, end);
    } else if (text[i] == '"' || (text[i] == '\'' && !is_digit_separator(text, i))) {
      const bool raw = text[i] == '"' && opens_raw_string(text, i);
      end = raw ? end_of_raw_string(text, i) : end_of_quoted(text, i);
      if (strings_too && end > i + 2) {
        blank(result, i + 1, end - 1);
      }
    }
    i = end;
  }
  return result;
}

}  // namespace

std::vector<source_file> read_tree(const fs::path& root) {
  std::vector<source_file> files;
  for (auto entry = fs::recursive_directory_iterator(root); entry != fs::end(entry); ++entry) {
    if (entry->is_directory() && is_skipped_folder(entry->path())) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file()) {
      std::string text = read_file(entry->path());
      if (text.find('\0') != std::string::npos) {
        continue;
      }
      files.push_back({entry->path().lexically_relative(root).generic_string(), std::move(text)});
    }
  }
  std::ranges::sort(files, {}, &source_file::path);
  return files;
}

bool is_header(const source_file& file) {
  return file.path.ends_with(".hpp");
}

bool is_cpp(const source_file& file) {
  return is_header(file) || file.path.ends_with(".cpp");
}

std::string code_of(std::string_view text) {
  return blanked(text, true);
}

std::string declarations_of(std::string_view text) {
  std::string code = code_of(text);
  bool continued = false;
  for (std::size_t begin = 0; begin < code.size();) {
    const std::size_t end = std::min(code.find('\n', begin), code.size());
    const std::string_view line = trimmed(std::string_view(code).substr(begin, end - begin));
    const bool directive = continued || line.starts_with('#');
    continued = directive && line.ends_with('\\');
    if (directive) {
      blank(code, begin, end);
    }
    begin = end + 1;
  }
  return code;
}

std::vector<include_line> includes_of(std::string_view text) {
  std::vector<include_line> found;
  const std::string without_comments = blanked(text, false);
  std::size_t number = 0;
  for (std::string_view line : lines_of(without_comments)) {
    ++number;
    line = trimmed(line);
    if (!line.starts_with('#')) {
      continue;
    }
    line = trimmed(line.substr(1));
    if (!line.starts_with("include")) {
      continue;
    }
    line = trimmed(line.substr(std::string_view("include").size()));
    if (line.empty()) {
      continue;
    }
    const bool quoted = line.front() == '"';
    const std::size_t end = line.find(quoted ? '"' : '>', 1);
    found.push_back({number, std::string(line.substr(1, end - 1)), quoted});
  }
  return found;
}

std::vector<std::size_t> find_word(std::string_view code, std::string_view word) {
  std::vector<std::size_t> found;
  for (std::size_t at = code.find(word); at != std::string_view::npos;
       at = code.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool begins = at == 0 || !is_name_character(code[at - 1]);
    const bool ends = end == code.size() || !is_name_character(code[end]);
    if (begins && ends) {
      found.push_back(at);
    }
  }
  return found;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(spaces);
  if (begin == std::string_view::npos)
    return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

}  // namespace conclave::tidy
