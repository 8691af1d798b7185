// Whether somebody watches, how large the window is, and whether colours are welcome.
#pragma once

#include <cstddef>
#include <string>

namespace conclave::tools {

[[nodiscard]] bool is_terminal(int descriptor);
// On terminals only, and not with NO_COLOR (https://no-color.org) or TERM=dumb.
[[nodiscard]] bool wants_colour(int descriptor);
// Whether the locale's characters are UTF-8, by LC_ALL, LC_CTYPE and LANG.
[[nodiscard]] bool speaks_utf8();

struct terminal_size {
  std::size_t columns = 80;
  std::size_t rows = 24;
};
[[nodiscard]] terminal_size size_of_terminal(int descriptor);

// What others chose must not move the cursor of whoever looks: control characters become "?".
[[nodiscard]] std::string printable(std::string text);

}  // namespace conclave::tools
