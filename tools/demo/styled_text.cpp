// Styles as escape sequences.
#include "tools/demo/styled_text.hpp"

namespace conclave::tools::demo {

namespace {

const char* escape_of(style look) {
  switch (look) {
    case style::plain:
      return "";
    case style::dim:
      return "\x1b[2m";
    case style::bold:
      return "\x1b[1m";
    case style::good:
      return "\x1b[32m";
    case style::busy:
      return "\x1b[33m";
    case style::bad:
      return "\x1b[1;31m";
    case style::odd:
      return "\x1b[35m";
  }
  return "";
}

}  // namespace

void append(text_line& line, std::string_view text, style look) {
  if (!line.empty() && line.back().look == look) {
    line.back().text += text;
  } else {
    line.push_back({std::string(text), look});
  }
}

std::string render(const text_line& line, std::size_t columns, bool colour) {
  std::string text;
  std::size_t width = 0;
  for (const span& one : line) {
    const bool coloured = colour && one.look != style::plain;
    text += coloured ? escape_of(one.look) : "";
    for (const char c : one.text) {
      // The bytes after the first of a character take no column.
      width += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
      if (width <= columns) {
        text += c;
      }
    }
    text += coloured ? "\x1b[0m" : "";
  }
  return text;
}

}  // namespace conclave::tools::demo
