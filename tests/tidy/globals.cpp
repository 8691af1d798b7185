// Finds variables that outlive their scope: mutable ones in namespaces, and mutable statics.
//
// This is no compiler. It reads declarations as text, knows namespaces from other braces, and lets
// what looks like a function pass. `int x(5);` in a namespace escapes it.
#include "layers.hpp"
#include "rules.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace conclave::tidy {

namespace {

constexpr std::string_view statement_ends = ";{}";

bool has_word(std::string_view text, std::string_view word) {
  return !find_word(text, word).empty();
}

bool has_any_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return has_word(text, word); });
}

std::string_view first_word(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\t'; };
  return {text.begin(), std::ranges::find_if(text, is_space)};
}

// The statement without what stands between angle brackets: those may hold parentheses.
std::string without_template_arguments(std::string_view statement) {
  std::string result;
  int depth = 0;
  for (const char c : statement) {
    depth += c == '<' ? 1 : 0;
    if (depth == 0) {
      result += c;
    }
    depth -= c == '>' && depth > 0 ? 1 : 0;
  }
  return result;
}

// A statement up to its initialiser, if any.
std::string_view declarator_of(std::string_view statement) {
  return trimmed(statement.substr(0, statement.find('=')));
}

bool is_constant(std::string_view declarator) {
  return has_any_word(declarator, {"const", "constexpr"});
}

bool is_mutable_variable(std::string_view statement) {
  const std::string_view declarator = declarator_of(statement);
  constexpr std::array<std::string_view, 14> other_declarations{
      "namespace", "using",   "typedef",       "template", "class",  "struct", "union",
      "enum",      "concept", "static_assert", "friend",   "extern", "export", "asm"};
  const std::string_view opening = first_word(declarator);
  if (declarator.empty() ||
      std::ranges::find(other_declarations, opening) != other_declarations.end()) {
    return false;
  }
  if (is_constant(declarator) || has_any_word(declarator, {"operator", "consteval", "static"})) {
    return false;
  }
  const std::string plain = without_template_arguments(declarator);
  const bool has_type_and_name = trimmed(plain).find_first_of(" \n*&") != std::string_view::npos;
  return has_type_and_name && plain.find('(') == std::string::npos;
}

bool opens_namespace(std::string_view statement) {
  const std::string_view text = trimmed(statement);
  const bool is_namespace = has_word(text, "namespace") && text.find('(') == std::string_view::npos;
  return is_namespace || text.starts_with("extern \"");
}

// Walks the code and judges what stands directly in a namespace.
class namespace_walk {
 public:
  explicit namespace_walk(std::string_view code) : code_(code) {}

  std::vector<std::size_t> mutable_variables() {
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (statement_ends.find(code_[i]) != std::string_view::npos) {
        end_statement(i);
      }
    }
    return std::move(found_);
  }

 private:
  void end_statement(std::size_t at) {
    const std::string_view statement = code_.substr(begin_, at - begin_);
    if (depth_ == 0) {
      judge(statement);
    }
    if (code_[at] == '{') {
      depth_ += depth_ > 0 || !opens_namespace(statement) ? 1 : 0;
    } else if (code_[at] == '}') {
      depth_ -= depth_ > 0 ? 1 : 0;
    }
    begin_ = at + 1;
  }

  void judge(std::string_view statement) {
    if (is_mutable_variable(statement)) {
      found_.push_back(begin_ + statement.find_first_not_of(" \n\t"));
    }
  }

  std::string_view code_;
  std::size_t begin_ = 0;  // of the statement
  int depth_ = 0;          // of braces that are no namespace's
  std::vector<std::size_t> found_;
};

// From the end of the statement before `at` to where the declarator after it ends.
std::string_view declaration_around(std::string_view code, std::size_t at) {
  const std::size_t before = code.find_last_of(statement_ends, at);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return code.substr(begin, code.find_first_of(";={", at) - begin);
}

std::vector<std::size_t> mutable_statics(std::string_view code) {
  std::vector<std::size_t> found;
  for (const std::size_t at : find_word(code, "static")) {
    const std::string_view declaration = declaration_around(code, at);
    const std::string plain = without_template_arguments(declaration);
    if (!is_constant(declaration) && plain.find('(') == std::string::npos) {
      found.push_back(at);
    }
  }
  return found;
}

}  // namespace

findings check_mutable_globals(const source_file& file) {
  findings found;
  if (!is_cpp(file) || !is_pure(file.path)) {
    return found;
  }
  const std::string code = declarations_of(file.text);
  std::vector<std::size_t> offsets = namespace_walk(code).mutable_variables();
  std::ranges::copy(mutable_statics(code), std::back_inserter(offsets));
  for (const std::size_t at : offsets) {
    found.push_back(
        {file.path, line_of(code, at), "a pure folder has no mutable global or static"});
  }
  return found;
}

}  // namespace conclave::tidy
