// Parsing of times, without a locale and without exceptions.
#include "sim/history/json/times.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>

namespace conclave::histories {

namespace {

// So many whole seconds to both sides of 1970 have all their nanoseconds.
constexpr std::int64_t seconds_max = 9'200'000'000;

class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  // Exactly so many digits.
  std::optional<int> digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') {
        return std::nullopt;
      }
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  bool one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
      return false;
    }
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] char last() const { return last_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = 0;
};

std::optional<std::int64_t> fraction(reader& from) {
  std::int64_t ns = 0;
  std::int64_t unit = 100'000'000;
  std::optional<int> digit = from.digits(1);
  if (!digit) {
    return std::nullopt;
  }
  for (; digit; digit = from.digits(1)) {
    ns += *digit * unit;  // what is finer than a nanosecond is left out
    unit /= 10;
  }
  return ns;
}

// In seconds; what to take off.
std::optional<std::int64_t> offset(reader& from) {
  if (from.one_of("Zz")) {
    return 0;
  }
  if (!from.one_of("+-")) {
    return std::nullopt;
  }
  const int sign = from.last() == '+' ? 1 : -1;
  const std::optional<int> hours = from.digits(2);
  if (!hours || !from.one_of(":")) {
    return std::nullopt;
  }
  const std::optional<int> minutes = from.digits(2);
  if (!minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  return sign * (*hours * 3600 + *minutes * 60);
}

}  // namespace

std::optional<moment> parse_date(std::string_view text) {
  reader from(text);
  const std::optional<int> year = from.digits(4);
  const std::optional<int> month = from.one_of("-") ? from.digits(2) : std::nullopt;
  const std::optional<int> day = from.one_of("-") ? from.digits(2) : std::nullopt;
  const bool separated = from.one_of("Tt ");
  const std::optional<int> hour = from.digits(2);
  const std::optional<int> minute = from.one_of(":") ? from.digits(2) : std::nullopt;
  const std::optional<int> second = from.one_of(":") ? from.digits(2) : std::nullopt;
  if (!year || !month || !day || !separated || !hour || !minute || !second || *hour > 23 ||
      *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  const std::optional<std::int64_t> part = from.one_of(".") ? fraction(from) : 0;
  const std::optional<std::int64_t> ahead = offset(from);
  if (!date.ok() || !part || !ahead || !from.at_end()) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = days * 86'400 + *hour * 3600 + *minute * 60 + *second - *ahead;
  if (seconds > seconds_max || seconds < -seconds_max) {
    return std::nullopt;
  }
  return moment(duration(seconds * 1'000'000'000 + *part));
}

std::optional<std::int64_t> parse_whole(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end ? std::optional(number) : std::nullopt;
}

std::optional<moment> parse_count(std::int64_t count, duration unit) {
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(count, unit.count(), &ns)) {
    return std::nullopt;
  }
  const moment at{duration(ns)};
  return at == before_all || at == never ? std::nullopt : std::optional(at);
}

std::optional<duration> parse_duration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 6> units{
      {{"ns", 1},
       {"us", 1'000},
       {"ms", 1'000'000},
       {"s", 1'000'000'000},
       {"m", 60'000'000'000},
       {"h", 3'600'000'000'000}}};
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc() || count < 0) {
    return std::nullopt;
  }
  if (unit.empty() && count == 0) {
    return duration(0);
  }
  for (const auto& [name, ns] : units) {
    if (unit == name && count <= INT64_MAX / 4 / ns) {
      return duration(count * ns);
    }
  }
  return std::nullopt;
}

}  // namespace conclave::histories
