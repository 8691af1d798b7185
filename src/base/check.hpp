// Assertions that stay on in release builds and print what they know.
#pragma once

#include <concepts>
#include <cstdint>

namespace conclave::core {

// A rule as text, with the place that states it. Implicit on purpose: check(ok, "rule").
// The builtins stand in for std::source_location, which Clang 14 does not have.
struct rule {
  const char* text;
  const char* file;
  int line;

  // NOLINTNEXTLINE(google-explicit-constructor)
  constexpr rule(const char* rule_text, const char* stated_in = __builtin_FILE(),
                 int stated_at = __builtin_LINE())
      : text(rule_text), file(stated_in), line(stated_at) {}
};

[[noreturn]] void check_failed(const rule& broken, const std::int64_t* values, int count);

// Ends the process when `ok` is false: what may not happen is never an error code.
// `values` are printed beside the rule. Cost when it holds: one branch.
template <std::convertible_to<std::int64_t>... Values>
constexpr void check(bool ok, rule stated, Values... values) {
  if (ok) [[likely]] {
    return;
  }
  const std::int64_t known[] = {static_cast<std::int64_t>(values)..., 0};
  check_failed(stated, known, sizeof...(values));
}

}  // namespace conclave::core
