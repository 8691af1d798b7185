// Wrapping descriptions.
#include "tools/help_layout.hpp"

#include <algorithm>
#include <utility>

namespace conclave::tools {

namespace {

constexpr std::size_t name_columns = 30;
constexpr std::size_t description_columns = 80 - name_columns;

std::string wrap(std::string text) {
  std::size_t line = 0;
  while (text.size() - line > description_columns) {
    const std::size_t space = text.rfind(' ', line + description_columns);
    if (space == std::string::npos || space <= line) {
      break;
    }
    text[space] = '\n';
    line = space + 1;
  }
  return text;
}

}  // namespace

help_layout::help_layout(std::string operands) : operands_(std::move(operands)) {
  column_width(name_columns);
}

std::string help_layout::make_usage(const CLI::App* app, std::string name) const {
  std::string usage = CLI::Formatter::make_usage(app, std::move(name));
  if (!operands_.empty()) {
    usage.erase(usage.find_last_not_of('\n') + 1);
    usage += operands_ + "\n";
  }
  return usage;
}

std::string help_layout::make_option_opts(const CLI::Option* option) const {
  return option->get_type_name().empty() ? "" : " " + option->get_type_name();
}

std::string help_layout::make_option_desc(const CLI::Option* option) const {
  std::string text = option->get_description();
  if (option->get_required()) {
    text += "; required";
  }
  if (!option->get_envname().empty()) {
    text += "; or from " + option->get_envname();
  }
  return wrap(std::move(text));
}

}  // namespace conclave::tools
