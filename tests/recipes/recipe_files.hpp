// The files in docs/recipes.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

namespace conclave::recipes {

inline std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw std::runtime_error("cannot read " + path.string());
  }
  return {std::istreambuf_iterator<char>(stream), {}};
}

// The text of docs/recipes/<name>.sql.
inline std::string recipe(const std::string& name) {
  return text_of(std::filesystem::path(CONCLAVE_RECIPES) / (name + ".sql"));
}

// One by one: drivers take a single statement. No recipe has a semicolon elsewhere.
inline std::vector<std::string> statements_of(const std::string& text) {
  std::vector<std::string> statements;
  std::size_t begin = 0;
  for (std::size_t end = text.find(';'); end != std::string::npos; end = text.find(';', begin)) {
    statements.push_back(text.substr(begin, end + 1 - begin));
    begin = end + 1;
  }
  return statements;
}

}  // namespace conclave::recipes
