// Times as histories write them: whole numbers of a unit, or dates of RFC 3339.
#pragma once

#include "sim/history/operation.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace conclave::histories {

// 2026-03-01T12:00:00Z, 2026-03-01T13:00:00.123456789+01:00. Nothing when it is no such date, or
// one outside the years 1678 to 2261.
[[nodiscard]] std::optional<moment> parse_date(std::string_view text);

// Digits and nothing else. Nothing when it is too large.
[[nodiscard]] std::optional<std::int64_t> parse_whole(std::string_view text);

// Nothing when it is too large.
[[nodiscard]] std::optional<moment> parse_count(std::int64_t count, duration unit);

// "5ms", "250us", "0". Nothing when it is no such duration.
[[nodiscard]] std::optional<duration> parse_duration(std::string_view text);

}  // namespace conclave::histories
