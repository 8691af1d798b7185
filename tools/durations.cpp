// Reading and writing durations.
#include "tools/durations.hpp"

#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace conclave::tools {

namespace {

using std::chrono::nanoseconds;

constexpr double longest_seconds = 100.0 * 365 * 24 * 3600;  // what nanoseconds can say, and more

struct unit {
  std::string_view name;
  double seconds;
};
constexpr std::array<unit, 4> units{{{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}}};

}  // namespace

nanoseconds parse_duration(std::string_view option, std::string_view text) {
  const auto refuse = [&](std::string_view rule) {
    return failure(exit_usage, fmt::format("{} is \"{}\"; {}", option, text, rule));
  };
  double count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count, std::chars_format::fixed);
  if (error != std::errc() || !std::isfinite(count)) {
    throw refuse("a duration is a number with a unit, as in 500ms, 30s, 2m or 1h");
  }
  const std::string_view name(rest, static_cast<std::size_t>(end - rest));
  for (const unit& one : units) {
    if (one.name != name) {
      continue;
    }
    const double seconds = count * one.seconds;
    if (seconds < 0 || seconds > longest_seconds) {
      throw refuse("a duration is neither negative nor longer than 100 years");
    }
    return nanoseconds(std::llround(seconds * 1e9));
  }
  throw refuse(name.empty() ? "a duration needs a unit, as in 500ms, 30s, 2m or 1h"
                            : "the units of a duration are ms, s, m and h");
}

std::string to_text(nanoseconds duration) {
  if (duration < std::chrono::seconds(1)) {
    return fmt::format("{:.4g}ms", std::chrono::duration<double, std::milli>(duration).count());
  }
  return fmt::format("{:.4g}s", std::chrono::duration<double>(duration).count());
}

}  // namespace conclave::tools
