// The rules that a source file must keep, each a function from a file to what is wrong with it.
#pragma once

#include "source.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace conclave::tidy {

struct finding {
  std::string path;
  std::size_t line = 0;
  std::string what;
};

using findings = std::vector<finding>;
using rule = findings (*)(const source_file&);

// Pure folders: no banned standard header, no banned name, no variable that outlives its scope.
[[nodiscard]] findings check_pure_headers(const source_file& file);
[[nodiscard]] findings check_pure_names(const source_file& file);
[[nodiscard]] findings check_mutable_globals(const source_file& file);

// Every #include follows the table in layers.cpp.
[[nodiscard]] findings check_dependencies(const source_file& file);

// At most 500 lines (600 for tests) of at most 100 columns.
[[nodiscard]] findings check_size(const source_file& file);

// A C++ file opens with a comment that says its purpose.
[[nodiscard]] findings check_opening(const source_file& file);

[[nodiscard]] findings check_pragma_once(const source_file& file);

// No file of any kind leaves work for later in a comment, or speaks of what lies outside the
// project.
[[nodiscard]] findings check_words(const source_file& file);

// "path:line: what", one a line.
[[nodiscard]] std::string to_string(const findings& found);

}  // namespace conclave::tidy
