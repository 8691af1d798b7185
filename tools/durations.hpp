// Durations as users write them: 500ms, 30s, 2m, 1.5h.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace conclave::tools {

// Throws failure (exit_usage) that names the option and the text. Not negative.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view option,
                                                      std::string_view text);

// "850ms" below a second, "1.5s" from there on.
[[nodiscard]] std::string to_text(std::chrono::nanoseconds duration);

}  // namespace conclave::tools
