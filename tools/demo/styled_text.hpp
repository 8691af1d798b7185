// Lines of text in a few styles.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::tools::demo {

enum class style { plain, dim, bold, good, busy, bad, odd };

struct span {
  std::string text;
  style look = style::plain;
};
using text_line = std::vector<span>;

// To the last span, if it looks alike.
void append(text_line& line, std::string_view text, style look);

// `columns` at most; a character is a column wide.
[[nodiscard]] std::string render(const text_line& line, std::size_t columns, bool colour);

}  // namespace conclave::tools::demo
