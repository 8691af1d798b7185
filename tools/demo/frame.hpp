// One picture of the demo: who holds, who waits, members as seen, what was done to whom.
#pragma once

#include "tools/demo/chronicle.hpp"
#include "tools/demo/picture.hpp"
#include "tools/demo/styled_text.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace conclave::tools::demo {

inline constexpr std::size_t frame_rows = 22;
inline constexpr std::size_t frame_columns = 78;

// frame_rows lines for a terminal.
[[nodiscard]] std::vector<text_line> draw(const picture& shown);

// The same in one line, for those without a terminal.
[[nodiscard]] std::string status_line(const picture& shown);

// "[ 12.4 s] text"
[[nodiscard]] std::string log_line(const chronicle& story, const entry& noted);

}  // namespace conclave::tools::demo
