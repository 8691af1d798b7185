// conclave-sim check: whether a history of locks, from wherever it comes, keeps their promises.
#include "sim/command/commands.hpp"
#include "sim/history/checker.hpp"
#include "sim/history/json/reader.hpp"
#include "sim/history/json/times.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>

namespace conclave::sim {

namespace {

using histories::verdict;
using histories::violation;

struct check_request {
  std::string file = "-";
  std::string clock_error = "0";
  std::string unit = "ns";
  bool lenient = false;
  bool partial = false;
  bool ignore_tokens = false;
  std::uint64_t states_max = histories::check_settings{}.states_max;
  bool json = false;
};

constexpr std::size_t locks_listed_max = 50;

// Tells on standard error how far it is, once that takes long.
class progress {
 public:
  void operator()(std::uint64_t bytes) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ >= interval) {
      last_ = now;
      fmt::print(stderr, "read {} MB\n", bytes / 1'000'000);
    }
  }

 private:
  static constexpr std::chrono::seconds interval{3};
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

exit_status status_of(const verdict& given) {
  if (!given.consistent()) {
    return exit_status::promise_broken;
  }
  return given.undecided() ? exit_status::unfinished : exit_status::kept;
}

std::string_view word_for(const verdict& given) {
  if (!given.consistent()) {
    return "broken";
  }
  return given.undecided() ? "undecided" : "consistent";
}

std::string lines_text(const std::vector<std::uint64_t>& lines) {
  std::string text = lines.size() == 1 ? "line " : "lines ";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(lines[i]);
  }
  return text;
}

void print(std::string_view how, const violation& one, const histories::history& told) {
  fmt::print("{} {}: \"{}\", {}: {}\n", how, to_string(one.broken), told.name_of(one.lock),
             lines_text(one.lines), one.text);
}

void print_locks(const verdict& given, const histories::history& told) {
  std::vector<histories::lock_summary> locks = given.locks;
  std::ranges::stable_sort(locks, std::greater<>(), [](const histories::lock_summary& one) {
    return std::pair(one.violations > 0, one.undecided);
  });
  for (std::size_t i = 0; i < locks.size() && i < locks_listed_max; ++i) {
    const histories::lock_summary& one = locks[i];
    fmt::print("\"{}\": {} operations, {} holds, {} failed, {} unknown, {} writes; {}\n",
               told.name_of(one.lock), one.operations, one.holds, one.failed, one.unknown,
               one.writes,
               one.violations > 0 ? std::to_string(one.violations) + " violations"
               : one.undecided    ? "undecided"
                                  : "consistent");
  }
  if (locks.size() > locks_listed_max) {
    fmt::print("and {} locks more\n", locks.size() - locks_listed_max);
  }
}

void print(const histories::read_result& read, const verdict& given) {
  const histories::history& told = read.told;
  print_locks(given, told);
  for (const violation& one : given.violations) {
    print("broken", one, told);
  }
  for (const violation& one : given.possible) {
    print("possible", one, told);
  }
  fmt::print("{} lines: {} unreadable, {} repeated, {} of holds from before\n", read.lines,
             read.unreadable, given.repeated, given.from_before);
  fmt::print("{}\n", word_for(given));
}

nlohmann::ordered_json to_json(const std::vector<violation>& all, const histories::history& told) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const violation& one : all) {
    list.push_back({{"rule", to_string(one.broken)},
                    {"lock", told.name_of(one.lock)},
                    {"lines", one.lines},
                    {"text", one.text}});
  }
  return list;
}

nlohmann::ordered_json to_json(const histories::read_result& read, const verdict& given) {
  nlohmann::ordered_json json;
  json["verdict"] = word_for(given);
  json["lines"] = read.lines;
  json["unreadable"] = read.unreadable;
  json["repeated"] = given.repeated;
  json["from_before"] = given.from_before;
  json["locks"] = nlohmann::ordered_json::array();
  for (const histories::lock_summary& one : given.locks) {
    json["locks"].push_back({{"lock", read.told.name_of(one.lock)},
                             {"operations", one.operations},
                             {"holds", one.holds},
                             {"failed", one.failed},
                             {"unknown", one.unknown},
                             {"writes", one.writes},
                             {"violations", one.violations},
                             {"undecided", one.undecided}});
  }
  json["violations"] = to_json(given.violations, read.told);
  json["possible"] = to_json(given.possible, read.told);
  return json;
}

exit_status refuse(std::string_view option, std::string_view value, std::string_view rule) {
  fmt::print(stderr, "conclave-sim: {} is \"{}\": {}\n", option, value, rule);
  return exit_status::usage;
}

void print_unreadable(const std::string& file, const histories::read_result& read) {
  for (const histories::unreadable_line& one : read.why) {
    fmt::print(stderr, "conclave-sim: {} line {}: {}\n", file, one.line, one.why);
  }
  if (read.unreadable > read.why.size()) {
    fmt::print(stderr, "conclave-sim: {}: {} lines more\n", file,
               read.unreadable - read.why.size());
  }
}

exit_status check_file(const check_request& asked) {
  const auto clock_error = histories::parse_duration(asked.clock_error);
  if (!clock_error) {
    return refuse("--clock-error", asked.clock_error, "must be a duration, like 500us or 5ms");
  }
  const auto unit = histories::parse_duration("1" + asked.unit);
  std::ifstream opened;
  if (asked.file != "-") {
    opened.open(asked.file, std::ios::binary);
    if (!opened) {
      fmt::print(stderr, "conclave-sim: {}: cannot be opened\n", asked.file);
      return exit_status::unreadable;
    }
  }
  std::ios::sync_with_stdio(false);
  histories::read_result read = histories::read_history(
      asked.file == "-" ? std::cin : opened, {.lenient = asked.lenient,
                                              .partial = asked.partial,
                                              .time_unit = unit.value_or(core::duration(1)),
                                              .progress = progress()});
  print_unreadable(asked.file, read);
  if (read.failed) {
    fmt::print(stderr, "conclave-sim: {}: cannot be read to its end\n", asked.file);
  }
  if (read.failed || (read.unreadable > 0 && !asked.lenient)) {
    return exit_status::unreadable;
  }
  const verdict given = check(read.told, {.clock_error = *clock_error,
                                          .partial = asked.partial,
                                          .use_tokens = !asked.ignore_tokens,
                                          .states_max = asked.states_max});
  if (asked.json) {
    fmt::print("{}\n",
               to_json(read, given).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    print(read, given);
  }
  return status_of(given);
}

}  // namespace

void add_check(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<check_request>();
  CLI::App* check = app.add_subcommand(
      "check", "Checks a history of locks, one JSON object a line, from any program.");
  check->add_option("file", asked->file, "The history; - is standard input")->capture_default_str();
  check
      ->add_option("--clock-error", asked->clock_error,
                   "How far each time may be off, like 5ms: only what is certain is broken")
      ->capture_default_str();
  check->add_option("--unit", asked->unit, "Of times that are whole numbers")
      ->check(CLI::IsMember({"ns", "us", "ms", "s"}))
      ->capture_default_str();
  check->add_flag("--lenient", asked->lenient, "Goes on after lines that can't be read");
  check->add_flag("--partial", asked->partial,
                  "The history begins while locks are held: who releases may have held before");
  check->add_flag("--ignore-tokens", asked->ignore_tokens,
                  "Tokens are not promised to rise; they only tell holds apart");
  check
      ->add_option("--states-max", asked->states_max,
                   "Where only some acquisitions of a lock have tokens: how long to search")
      ->capture_default_str();
  check->add_flag("--json", asked->json, "Writes the verdict as JSON");
  check->footer(
      "Examples:\n"
      "  conclave-sim check history.jsonl\n"
      "  conclave-sim check --clock-error 5ms --lenient --partial locks.log\n"
      "  zcat locks-*.jsonl.gz | conclave-sim check - --json | jq .violations\n"
      "  conclave-sim run --seed 42 --history run.jsonl && conclave-sim check run.jsonl\n\n"
      "A line:\n"
      "  {\"process\":\"billing-1\",\"op\":\"acquire\",\"lock\":\"orders/42\",\"token\":7,\n"
      "   \"call\":1000,\"return\":1200,\"valid_until\":9000}\n"
      "docs/simulator.md, \"Histories\", has all fields.\n\n"
      "Exit status: 0 consistent; 3 a promise was broken; 8 not decided within --states-max;\n"
      "64 wrong usage; 65 the history can't be read.");
  check->callback([asked, &status] { status = check_file(*asked); });
}

}  // namespace conclave::sim
