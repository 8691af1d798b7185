// Reads plans for commands.
#include "sim/command/plan_source.hpp"

#include <fstream>
#include <iostream>
#include <iterator>
#include <variant>

namespace conclave::sim {

namespace {

plan read(const std::string& text, const std::string& what) {
  auto result = read_plan(text);
  if (const auto* wrong = std::get_if<std::string>(&result); wrong != nullptr) {
    throw CLI::ValidationError(what, *wrong);
  }
  return std::get<plan>(std::move(result));
}

}  // namespace

void add_plan_options(CLI::App& command, plan_source& source) {
  CLI::Option* seed = command.add_option("--seed", source.seed, "What everything is drawn from");
  command
      .add_option("--variant", source.variant,
                  "Which parts of it are drawn anew, as 0.0.3.0.0.0.0.0")
      ->needs(seed);
  command.add_option("--plan", source.file, "A plan or scenario in a file; - for standard input")
      ->excludes(seed);
}

variation variation_of(const std::string& text) {
  return text.empty() ? variation{}
                      : read("world lease_ttl=1s lease_ttl_max=1s variant=" + text, "--variant")
                            .world.variant;
}

std::string to_text(const variation& variant) {
  std::string text;
  for (const std::uint32_t each : variant) {
    text.append(text.empty() ? "" : ".").append(std::to_string(each));
  }
  return text;
}

plan plan_of(const plan_source& source) {
  if (source.file.empty()) {
    return draw_plan(source.seed, variation_of(source.variant));
  }
  std::ifstream file(source.file);
  if (source.file != "-" && !file) {
    throw CLI::ValidationError("--plan", "can't read " + source.file);
  }
  std::istream& in = source.file == "-" ? std::cin : file;
  return read({std::istreambuf_iterator<char>(in), {}}, "--plan " + source.file);
}

std::string replay_command(const plan_source& source) {
  if (!source.file.empty()) {
    return "conclave-sim run --plan " + source.file + " --trace";
  }
  std::string command = "conclave-sim run --seed " + std::to_string(source.seed);
  if (variation_of(source.variant) != variation{}) {
    command += " --variant " + source.variant;
  }
  return command + " --trace";
}

}  // namespace conclave::sim
