// Sentences about violations.
#include "sim/history/violation.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace conclave::histories {

std::string_view to_string(rule which) {
  switch (which) {
    case rule::exclusion:
      return "exclusion";
    case rule::permits:
      return "permits";
    case rule::slot:
      return "slot";
    case rule::mode:
      return "mode";
    case rule::permits_differ:
      return "permits_differ";
    case rule::not_held:
      return "not_held";
    case rule::unique_tokens:
      return "unique_tokens";
    case rule::rising_tokens:
      return "rising_tokens";
    case rule::accepted_tokens:
      return "accepted_tokens";
    case rule::agreeing_order:
      return "agreeing_order";
  }
  return "?";
}

std::string date_text(moment at) {
  using std::chrono::floor;
  const std::chrono::sys_time<duration> since_1970(at.time_since_epoch());
  const auto day = floor<std::chrono::days>(since_1970);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<duration> clock(since_1970 - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02ld:%02ld:%02ld.%09ldZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
                static_cast<long>(clock.minutes().count()),
                static_cast<long>(clock.seconds().count()),
                static_cast<long>(clock.subseconds().count()));
  return text.data();
}

std::string wording::time(moment at) const {
  if (at == before_all) {
    return "the beginning";
  }
  if (at == never) {
    return "the end";
  }
  return about_->times_are_dates ? date_text(at) : std::to_string(at.time_since_epoch().count());
}

std::string wording::between(moment from, moment until) const {
  return "from " + time(from) + " to " + time(until);
}

std::string wording::who(process_id process, std::uint64_t line) const {
  return about_->name_of(process) + " (line " + std::to_string(line) + ")";
}

std::string wording::certain_part(const hold& one) const {
  return who(one.process, one.line) + " holds it for certain " +
         between(one.begins.latest, one.ends.earliest);
}

}  // namespace conclave::histories
