// How --help is laid out: 80 columns, and what is in the environment beside each option.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace conclave::tools {

class help_layout : public CLI::Formatter {
 public:
  // `operands`: what stands after the options in the usage line.
  explicit help_layout(std::string operands = {});

  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;

 private:
  std::string operands_;
};

}  // namespace conclave::tools
