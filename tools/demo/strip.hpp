// The last seconds as a strip of characters: who held the lock at each instant.
#pragma once

#include "tools/demo/board.hpp"
#include "tools/demo/picture.hpp"
#include "tools/demo/styled_text.hpp"

#include <chrono>
#include <cstddef>
#include <vector>

namespace conclave::tools::demo {

inline constexpr std::size_t strip_columns = 40;
inline constexpr core::duration column_time = std::chrono::milliseconds(50);

// The beliefs that the strips of this picture can show.
[[nodiscard]] std::vector<belief> recent_beliefs(const picture& shown);

// What this process believed, and when it was stopped or dead.
void append_strip(text_line& line, const picture& shown, const std::vector<belief>& recent,
                  std::size_t node);

// When no process that runs held the lock.
void append_nobody_strip(text_line& line, const picture& shown, const std::vector<belief>& recent);

}  // namespace conclave::tools::demo
