// Reading plans: whatever the text, a plan that can be run or a sentence that says what is wrong.
#include "sim/plan.hpp"
#include "sim/plan_fields.hpp"
#include "wire/message.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <sstream>
#include <type_traits>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using words = std::vector<std::string>;

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size();
}

// "1.5ms", "-3s", "never". Digits behind the point count at most down to the nanosecond.
bool read_field(std::string_view text, duration& into) {
  if (text == "never") {
    into = never_after;
    return true;
  }
  const bool negative = text.starts_with('-');
  text.remove_prefix(negative ? 1 : 0);
  constexpr std::pair<std::string_view, std::int64_t> units[] = {
      {"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}};
  for (const auto& [name, unit] : units) {
    const bool ends = text.ends_with(name);
    const std::string_view digits = text.substr(0, text.size() - (ends ? name.size() : 0));
    if (!ends || digits.empty() ||
        digits.find_first_not_of("0123456789.") != std::string_view::npos) {
      continue;
    }
    const std::size_t point = std::min(digits.find('.'), digits.size());
    std::int64_t whole = 0;
    if (!read_number(digits.substr(0, point), whole) || whole > 1'000'000'000'000 / unit * 1'000) {
      return false;
    }
    std::int64_t total = whole * unit;
    std::int64_t worth = unit;
    for (const char digit : digits.substr(std::min(point + 1, digits.size()))) {
      worth /= 10;
      if (digit == '.' || worth == 0) {
        return false;
      }
      total += (digit - '0') * worth;
    }
    into = duration(negative ? -total : total);
    return true;
  }
  return false;
}

bool read_field(std::string_view text, true_time& into) {
  duration since{};
  if (!read_field(text, since) || since < duration(0) || since == never_after) {
    return false;
  }
  into = true_time(since);
  return true;
}

bool read_field(std::string_view text, bool& into) {
  into = text == "yes";
  return into || text == "no";
}

template <class Number>
requires std::is_integral_v<Number>
bool read_field(std::string_view text, Number& into) {
  return read_number(text, into);
}

template <class Enumeration>
bool read_name(std::string_view text, Enumeration& into, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    into = static_cast<Enumeration>(i);
    if (text == to_string(into)) {
      return true;
    }
  }
  return false;
}

bool read_field(std::string_view text, clock_spread& into) {
  return read_name(text, into, clock_spreads_count);
}
bool read_field(std::string_view text, delay_shape& into) {
  return read_name(text, into, delay_shapes_count);
}
bool read_field(std::string_view text, aftermath& into) {
  return read_name(text, into, aftermaths_count);
}
bool read_field(std::string_view text, fault_aim& into) {
  return read_name(text, into, fault_aims_count);
}

std::vector<std::string_view> parts_of(std::string_view text, char between) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = std::min(text.find(between), text.size());
    parts.push_back(text.substr(0, end));
    if (end == text.size()) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

bool read_field(std::string_view text, variation& into) {
  const std::vector<std::string_view> parts = parts_of(text, '.');
  return parts.size() == into.size() && std::ranges::all_of(parts, [&](const auto& part) {
           return read_number(part, into[static_cast<std::size_t>(&part - parts.data())]);
         });
}

bool read_machine(std::string_view text, machine_index& into) {
  std::uint32_t number = 0;
  const bool ok = text.starts_with('n') && read_number(text.substr(1), number) && number > 0 &&
                  number <= machines_max;
  into = ok ? number - 1 : 0;
  return ok;
}

bool read_machines(std::string_view text, machine_set& into) {
  into = 0;
  if (text == "none") {
    return true;
  }
  for (const std::string_view part : parts_of(text, '+')) {
    machine_index one = 0;
    if (!read_machine(part, one)) {
      return false;
    }
    into |= machine_set{1} << one;
  }
  return true;
}

bool read_groups(std::string_view text, std::vector<machine_set>& into) {
  into.clear();
  if (text == "none") {
    return true;
  }
  for (const std::string_view part : parts_of(text, '|')) {
    if (!read_machines(part, into.emplace_back())) {
      return false;
    }
  }
  return true;
}

// Empty when all is well.
template <class Thing>
std::string read_fields(const words& line, std::size_t first, Thing& into) {
  for (std::size_t i = first; i < line.size(); ++i) {
    const std::size_t equals = line[i].find('=');
    const std::string name = line[i].substr(0, equals);
    const std::string value = equals == std::string::npos ? "" : line[i].substr(equals + 1);
    bool known = false;
    bool ok = false;
    visit_fields(into, [&](const char* is, auto& field, field_kind kind = field_kind::plain) {
      if (name != is) {
        return;
      }
      known = true;
      using type = std::decay_t<decltype(field)>;
      if constexpr (std::is_same_v<type, std::vector<machine_set>>) {
        ok = read_groups(value, field);
      } else if constexpr (std::is_same_v<type, std::uint32_t>) {
        ok = kind == field_kind::machine    ? read_machine(value, field)
             : kind == field_kind::machines ? read_machines(value, field)
                                            : read_field(value, field);
      } else {
        ok = read_field(value, field);
      }
    });
    if (!known || !ok) {
      return known ? "\"" + value + "\" is no value for " + name : "nothing is called " + name;
    }
  }
  return "";
}

template <class Kind, class Thing>
std::string read_kind(const words& line, std::size_t kinds, Thing& into, Kind Thing::*kind) {
  if (line.size() < 2 || !read_name(line[1], into.*kind, kinds)) {
    return line.size() < 2 ? "a kind is missing" : "there is no kind " + line[1];
  }
  return read_fields(line, 2, into);
}

std::string read_line(const words& line, plan& into) {
  const std::string& verb = line.front();
  if (verb == "world") {
    return read_fields(line, 1, into.world);
  }
  if (verb == "calm" || verb == "stormy") {
    return read_fields(line, 1, verb == "calm" ? into.world.calm : into.world.stormy);
  }
  if (verb == "fault") {
    return read_kind(line, fault_kinds_count, into.faults.emplace_back(), &fault::kind);
  }
  if (verb == "operations" || verb == "lock") {
    auto& all = into.operations ? *into.operations : into.operations.emplace();
    return verb == "lock" ? read_fields(line, 1, all.emplace_back()) : "";
  }
  if (verb == "incidents" || verb == "datagram") {
    auto& all = into.incidents ? *into.incidents : into.incidents.emplace();
    return verb == "datagram"
               ? read_kind(line, incident_kinds_count, all.emplace_back(), &incident::kind)
               : "";
  }
  return "no line of a plan begins with " + verb;
}

std::string broken_rule(const options& world) {
  if (world.voters == 0 || world.voters > 31 || world.machines() > machines_max) {
    return "a world has 1 to 31 voters, and at most 32 machines";
  }
  if (world.twins > 1 || (world.twins == 1 && world.others == 0)) {
    return "a twin needs a node without a vote, and there is at most one";
  }
  if (world.lease_ttl < 1ms || world.lease_ttl > world.lease_ttl_max || world.lease_ttl_max > 1h) {
    return "lease_ttl is at least 1ms, and lease_ttl_max not less, nor more than an hour";
  }
  if (world.clock_drift_max_ppm > 200'000) {
    return "clock_drift_max_ppm is at most 200000";
  }
  if (world.locks == 0 || world.locks > 26 || world.users > 100) {
    return "there are 1 to 26 locks, and at most 100 users on a machine";
  }
  if (world.faults_last < duration(0) || world.faults_last > 24h) {
    return "faults last at most a day";
  }
  return "";
}

std::string broken_rule(const fault& one, const options& world) {
  if (one.ends < one.begins) {
    return "a fault ends after it begins";
  }
  if (one.subject >= world.machines()) {
    return "a fault meets a machine of the world";
  }
  if (one.kind == fault_kind::bridge && one.groups.size() < 2) {
    return "a bridge has two groups";
  }
  if (one.kind == fault_kind::drift && std::abs(one.value) > clock_ahead_max_ppb) {
    return "a clock drifts by at most 400000000 parts per billion";
  }
  const auto kinds = static_cast<std::int64_t>(std::variant_size_v<core::message>);
  if (one.kind == fault_kind::sieve && (one.value < 0 || one.value >= kinds)) {
    return "the value of a sieve is the number of a kind of message, less than " +
           std::to_string(kinds);
  }
  const bool ordered = one.kind == fault_kind::ring || one.kind == fault_kind::swizzle;
  const auto single = [](machine_set set) { return set != 0 && (set & (set - 1)) == 0; };
  if (ordered && !std::ranges::all_of(one.groups, single)) {
    return "a ring or swizzle names one machine after the other";
  }
  return "";
}

std::string broken_rule(const plan& what) {
  std::string rule = broken_rule(what.world);
  for (const fault& each : what.faults) {
    rule = rule.empty() ? broken_rule(each, what.world) : rule;
  }
  for (const network_conditions* each : {&what.world.calm, &what.world.stormy}) {
    const bool negative = each->delay_min < duration(0) || each->delay_spread < duration(0) ||
                          each->late_max < duration(0);
    rule = rule.empty() && negative ? "no delay is negative" : rule;
  }
  return rule;
}

}  // namespace

std::variant<plan, std::string> read_plan(std::string_view text) {
  plan read;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    std::istringstream in(line);
    const words all{std::istream_iterator<std::string>(in), {}};
    if (all.empty() || all.front().starts_with('#')) {
      continue;
    }
    if (all.front() == "----") {
      break;  // what follows is a trace
    }
    if (const std::string wrong = read_line(all, read); !wrong.empty()) {
      return "line " + std::to_string(number) + ": " + wrong;
    }
  }
  if (const std::string rule = broken_rule(read); !rule.empty()) {
    return rule;
  }
  return read;
}

}  // namespace conclave::sim
