// The cold half of check(): say what broke and end the process.
#include "base/check.hpp"

#include <stdexcept>
#include <string>

namespace conclave::core {

namespace {

[[noreturn]] void throw_rule(const std::string& text) {
  throw std::logic_error(text);
}

[[noreturn]] void end_process(const std::string& text) noexcept {
  throw_rule(text);
}

}  // namespace

// Thrown out of a noexcept function it ends the process through std::terminate, whose handler
// prints the text: so this folder needs no output of its own.
[[noreturn]] void check_failed(const rule& broken, const std::int64_t* values, int count) {
  std::string text = "conclave: broken rule: ";
  text += broken.text;
  for (int i = 0; i < count; ++i) {
    text += i == 0 ? " [" : ", ";
    text += std::to_string(values[i]);
  }
  text += count > 0 ? "] at " : " at ";
  text += broken.file;
  text += ':';
  text += std::to_string(broken.line);
  end_process(text);
}

}  // namespace conclave::core
