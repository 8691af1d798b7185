// The child runs and writes its verdict into a pipe, as text; the parent reads it.
#include "sim/shrink/isolated_run.hpp"

#include "base/check.hpp"
#include "sim/last_words.hpp"
#include "sim/simulation.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>
#include <variant>

namespace conclave::sim {

namespace {

using steady = std::chrono::steady_clock;

// In the child.
int verdict_pipe = -1;
const simulation* running = nullptr;
plan happened;  // no more of it than the lists

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(verdict_pipe, text.data(), text.size());
    if (written <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string in_one_line(std::string text) {
  for (char& each : text) {
    each = each == '\n' ? ' ' : each;
  }
  return text;
}

[[noreturn]] void tell(std::string_view cause, std::string_view what) {
  const true_time now = running == nullptr ? true_time{} : running->now();
  write_all(std::string(cause) + '\n' + in_one_line(std::string(what)) + '\n' +
            std::to_string(now.time_since_epoch().count()) + '\n' + to_text(happened));
  std::_Exit(0);
}

[[noreturn]] void on_broken_rule() {
  const std::string what = last_words();
  tell("rule", what);
}

[[noreturn]] void run_in_child(const plan& what) {
  std::set_terminate(on_broken_rule);
  happened.world = what.world;  // so that it can be read
  happened.operations.emplace();
  happened.incidents.emplace();
  simulation run(what, {});
  run.keep_record(&*happened.operations, &*happened.incidents);
  running = &run;
  const run_result result = run.run();
  tell(result.cause, result.what);
}

// All that comes until the pipe is closed; false when that takes too long.
bool read_all(int from, steady::time_point until, std::string& into) {
  std::array<char, 1 << 16> buffer{};
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count();
    pollfd waits{.fd = from, .events = POLLIN, .revents = 0};
    if (left <= 0 || ::poll(&waits, 1, static_cast<int>(left)) == 0) {
      return false;
    }
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got <= 0) {
      return true;
    }
    into.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string take_line(std::string& text) {
  const std::size_t end = text.find('\n');
  std::string line = text.substr(0, end);
  text.erase(0, end == std::string::npos ? end : end + 1);
  return line;
}

verdict verdict_of(std::string text) {
  if (text.empty()) {
    return {.cause = "crash", .what = "the process died", .operations = {}, .incidents = {}};
  }
  verdict read;
  read.cause = take_line(text);
  read.what = take_line(text);
  read.ended = duration(std::strtoll(take_line(text).c_str(), nullptr, 10));
  const auto parsed = read_plan(text);
  const auto* happened_there = std::get_if<plan>(&parsed);
  core::check(happened_there != nullptr, "what a run writes about itself can be read");
  read.operations = happened_there->operations.value_or(std::vector<operation>());
  read.incidents = happened_there->incidents.value_or(std::vector<incident>());
  return read;
}

}  // namespace

verdict run_isolated(const plan& what, std::chrono::milliseconds patience) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  const pid_t child = ::fork();
  if (child < 0) {
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  if (child == 0) {
    ::close(ends[0]);
    verdict_pipe = ends[1];
    run_in_child(what);
  }
  ::close(ends[1]);
  std::string text;
  const bool done = read_all(ends[0], steady::now() + patience, text);
  ::close(ends[0]);
  if (!done) {
    ::kill(child, SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  if (!done) {
    return {
        .cause = "hang", .what = "the run was not done in time", .operations = {}, .incidents = {}};
  }
  return verdict_of(std::move(text));
}

}  // namespace conclave::sim
