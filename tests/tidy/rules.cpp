// The rules on includes, names, size and words.
#include "rules.hpp"

#include "layers.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace conclave::tidy {

namespace {

constexpr std::size_t columns_max = 100;
constexpr std::size_t lines_max = 500;
constexpr std::size_t test_lines_max = 600;

// Standard headers that reach a clock, a thread, a file, the terminal or a random device.
// <chrono> stays: durations are values; the clocks in it are banned by name below.
constexpr std::array<std::string_view, 29> banned_headers{
    "atomic",     "barrier",    "cstdio",       "condition_variable",
    "coroutine",  "csetjmp",    "csignal",      "ctime",
    "execution",  "filesystem", "fstream",      "future",
    "iostream",   "istream",    "latch",        "locale",
    "clocale",    "mutex",      "ostream",      "print",
    "random",     "semaphore",  "shared_mutex", "spanstream",
    "stop_token", "syncstream", "thread",       "stacktrace",
    "sstream"};

// Names that do the same without a header of their own, or that differ between libraries.
constexpr std::array<std::string_view, 42> banned_names{
    // clocks
    "steady_clock", "system_clock", "high_resolution_clock", "utc_clock", "file_clock",
    "clock_gettime", "gettimeofday", "std::time", "localtime", "gmtime",
    // randomness, and algorithms whose results the standard leaves open
    "random_device", "mt19937", "mt19937_64", "minstd_rand", "default_random_engine", "std::rand",
    "srand", "uniform_int_distribution", "uniform_real_distribution", "bernoulli_distribution",
    "std::shuffle", "std::sample", "randombytes", "randombytes_buf", "randombytes_uniform",
    // the process around us
    "getenv", "setenv", "std::system", "std::signal", "thread_local", "std::thread", "std::mutex",
    // output
    "printf", "fprintf", "puts", "fputs", "std::cout", "std::cerr", "std::clog", "std::ofstream",
    // an order by address is another at each run
    "uintptr_t", "std::owner_less"};

std::string_view first_folder(std::string_view target) {
  return target.substr(0, target.find('/'));
}

bool is_allowed(const std::vector<std::string_view>& list, std::string_view target) {
  return std::ranges::any_of(list, [&](std::string_view allowed) {
    if (allowed == "*" || allowed == target) {
      return true;
    }
    return allowed.ends_with('/') && target.starts_with(allowed);
  });
}

bool is_standard(std::string_view target) {
  return target.find_first_of("/.") == std::string_view::npos;
}

std::string refusal(const layer& from, const include_line& included, std::string_view why) {
  return std::string(from.name) + " must not include " + included.target + ": " + std::string(why);
}

// Empty when the layer may include it.
std::string why_refused(const layer& from, const include_line& included) {
  const std::string_view target = included.target;
  const std::string_view folder = first_folder(target);
  if (folder == "conclave") {
    if (included.quoted) {
      return refusal(from, included, "public headers stand in angle brackets");
    }
    return is_allowed(from.public_headers, target)
               ? ""
               : refusal(from, included, "this public header is not among those it may use");
  }
  if (const layer* used = layer_included(target); used != nullptr) {
    const bool allowed = used == &from || is_allowed(from.uses, used->name);
    return allowed ? "" : refusal(from, included, "the dependency points the wrong way");
  }
  if (included.quoted) {
    const bool below_src = from.folder.starts_with("src/");
    const bool ok = !below_src && target.find('/') == std::string_view::npos;
    return ok ? "" : refusal(from, included, "write it from the folder: \"lock/voter.hpp\"");
  }
  const bool ok = is_standard(target) || is_allowed(from.third_parties, target);
  return ok ? "" : refusal(from, included, "this third party is not among those it may use");
}

std::size_t columns_of(std::string_view line) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  return line.size() - static_cast<std::size_t>(std::ranges::count_if(line, continues));
}

}  // namespace

findings check_pure_headers(const source_file& file) {
  findings found;
  if (!is_cpp(file) || !is_pure(file.path)) {
    return found;
  }
  for (const include_line& included : includes_of(file.text)) {
    if (std::ranges::find(banned_headers, included.target) != banned_headers.end()) {
      found.push_back(
          {file.path, included.line, "a pure folder must not include <" + included.target + ">"});
    }
  }
  return found;
}

findings check_pure_names(const source_file& file) {
  findings found;
  if (!is_cpp(file) || !is_pure(file.path)) {
    return found;
  }
  const std::string code = code_of(file.text);
  for (const std::string_view name : banned_names) {
    for (const std::size_t at : find_word(code, name)) {
      found.push_back(
          {file.path, line_of(code, at), "a pure folder must not use " + std::string(name)});
    }
  }
  return found;
}

findings check_dependencies(const source_file& file) {
  findings found;
  const layer* from = layer_of(file.path);
  if (!is_cpp(file) || from == nullptr) {
    return found;
  }
  for (const include_line& included : includes_of(file.text)) {
    std::string why = why_refused(*from, included);
    if (!why.empty()) {
      found.push_back({file.path, included.line, std::move(why)});
    }
  }
  return found;
}

findings check_size(const source_file& file) {
  findings found;
  if (!is_cpp(file)) {
    return found;
  }
  const std::vector<std::string_view> lines = lines_of(file.text);
  const std::size_t allowed = file.path.starts_with("tests/") ? test_lines_max : lines_max;
  if (lines.size() > allowed) {
    found.push_back({file.path, lines.size(),
                     "a file has at most " + std::to_string(allowed) + " lines: split it"});
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (columns_of(lines[i]) > columns_max) {
      found.push_back({file.path, i + 1, "a line has at most 100 columns"});
    }
  }
  return found;
}

findings check_opening(const source_file& file) {
  if (!is_cpp(file) || trimmed(file.text).starts_with("//")) {
    return {};
  }
  return {{file.path, 1, "a file opens with a comment that says its purpose"}};
}

findings check_pragma_once(const source_file& file) {
  const std::string code = code_of(file.text);
  const bool guarded = std::ranges::any_of(
      lines_of(code), [](std::string_view line) { return trimmed(line) == "#pragma once"; });
  if (!is_header(file) || guarded) {
    return {};
  }
  return {{file.path, 1, "a header says #pragma once"}};
}

findings check_words(const source_file& file) {
  // Written in two parts, so that this file keeps its own rule.
  constexpr std::array<std::array<std::string_view, 2>, 5> banned_words{
      {{"TO", "DO"}, {"FIX", "ME"}, {"XX", "X"}, {"issue", " #"}, {"../", "shared"}}};
  findings found;
  for (const auto& [first, second] : banned_words) {
    const std::string word = std::string(first) + std::string(second);
    for (std::size_t at = file.text.find(word); at != std::string::npos;
         at = file.text.find(word, at + 1)) {
      found.push_back({file.path, line_of(file.text, at), "no file says \"" + word + "\""});
    }
  }
  return found;
}

std::string to_string(const findings& found) {
  std::string text;
  for (const finding& each : found) {
    text += each.path + ":" + std::to_string(each.line) + ": " + each.what + "\n";
  }
  return text;
}

}  // namespace conclave::tidy
