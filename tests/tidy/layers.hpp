// Which folder may include what: the one table of the project's dependencies.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace conclave::tidy {

struct layer {
  std::string_view name;    // as other layers list it in what they use
  std::string_view folder;  // where its files are, with a '/' at the end
  bool pure = false;        // no clock, thread, socket, file, log, global or random device

  // Names of other layers whose headers it may include.
  std::vector<std::string_view> uses;
  // Public headers that it may include, by what stands between the angle brackets. One that ends
  // in '/' allows all below it.
  std::vector<std::string_view> public_headers;
  // Third parties, by the start of what is included. "*" allows all.
  std::vector<std::string_view> third_parties;
};

[[nodiscard]] std::span<const layer> layers();

// The layer that a file belongs to, or null for files that no rule binds (tests, benchmarks).
[[nodiscard]] const layer* layer_of(std::string_view path);

[[nodiscard]] bool is_pure(std::string_view path);

// Null when no layer has that name.
[[nodiscard]] const layer* layer_named(std::string_view name);

// The layer of "lock/voter.hpp" or "sim/clock.hpp", as an include names it: from src/, or from the
// project's folder. Null when it is none of the project's files.
[[nodiscard]] const layer* layer_included(std::string_view target);

}  // namespace conclave::tidy
