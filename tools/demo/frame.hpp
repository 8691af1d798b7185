// One picture of the demo, as lines of coloured text.
#pragma once

#include "base/time.hpp"
#include "tools/demo/board.hpp"
#include "tools/demo/cast.hpp"
#include "tools/demo/chronicle.hpp"

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

// `columns` at most; a character is a column wide.
[[nodiscard]] std::string render(const text_line& line, std::size_t columns, bool colour);

struct picture {
  const board& state;
  const cast& processes;
  const chronicle& story;
  core::instant now;
  bool utf8 = true;
};

inline constexpr std::size_t frame_rows = 22;

// Who holds, who waits, members as seen, and what was done to whom: frame_rows lines for a
// terminal.
[[nodiscard]] std::vector<text_line> draw(const picture& shown);

// The same in one line, for those without a terminal.
[[nodiscard]] std::string status_line(const picture& shown);

// "[ 12.4 s] text"
[[nodiscard]] std::string log_line(const chronicle& story, const entry& noted);

}  // namespace conclave::tools::demo
