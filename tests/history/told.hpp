// Histories for tests, put together line by line.
#pragma once

#include "sim/history/checker.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::histories {

inline moment at(std::int64_t ns) {
  return moment(duration(ns));
}

// What a line says beside who, what and when.
struct detail {
  std::uint64_t token = 0;
  std::int64_t until = -1;  // of the lease; -1: none
  lock_mode mode = lock_mode::exclusive;
  std::uint32_t permits = 1;
  std::uint32_t count = 1;
  std::uint32_t slot = no_slot;
  outcome result = outcome::ok;
  std::string lock = "x";
};

// Times of -1 are never.
class telling {
 public:
  telling& say(operation_kind kind, std::string_view process, std::int64_t called,
               std::int64_t returned, const detail& more = {}) {
    operation one;
    one.line = told_.operations.size() + 1;
    one.kind = kind;
    one.process = told_.process(process);
    one.lock = kind == operation_kind::crash ? no_lock : told_.lock(more.lock);
    one.called = at(called);
    one.returned = returned < 0 ? never : at(returned);
    one.valid_until = more.until < 0 ? never : at(more.until);
    one.token = fencing_token(more.token);
    one.mode = more.mode;
    one.permits = more.permits;
    one.count = more.count;
    one.slot = more.slot;
    one.result = returned < 0 ? outcome::unknown : more.result;
    told_.operations.push_back(one);
    return *this;
  }
  telling& acquire(std::string_view who, std::int64_t called, std::int64_t returned,
                   const detail& more = {}) {
    return say(operation_kind::acquire, who, called, returned, more);
  }
  telling& release(std::string_view who, std::int64_t called, std::int64_t returned,
                   const detail& more = {}) {
    return say(operation_kind::release, who, called, returned, more);
  }
  telling& renew(std::string_view who, std::int64_t called, std::int64_t returned,
                 const detail& more = {}) {
    return say(operation_kind::renew, who, called, returned, more);
  }
  telling& lost(std::string_view who, std::int64_t when, const detail& more = {}) {
    return say(operation_kind::lost, who, when, when, more);
  }
  telling& crash(std::string_view who, std::int64_t when) {
    return say(operation_kind::crash, who, when, when);
  }
  telling& write(std::string_view who, std::int64_t called, std::int64_t returned,
                 const detail& more) {
    return say(operation_kind::write, who, called, returned, more);
  }

  [[nodiscard]] verdict checked(const check_settings& settings = {}) {
    return check(told_, settings);
  }
  // The rules that are broken, each once for each violation, in words: "exclusion 1,2".
  [[nodiscard]] std::vector<std::string> broken(const check_settings& settings = {}) {
    return in_short(checked(settings).violations);
  }
  [[nodiscard]] static std::vector<std::string> in_short(const std::vector<violation>& all) {
    std::vector<std::string> texts;
    for (const violation& one : all) {
      std::string text(to_string(one.broken));
      for (std::size_t i = 0; i < one.lines.size(); ++i) {
        text += (i == 0 ? " " : ",") + std::to_string(one.lines[i]);
      }
      texts.push_back(text);
    }
    return texts;
  }

 private:
  history told_;
};

}  // namespace conclave::histories
