// Laying members out.
#include "tools/member_list.hpp"

#include "tools/terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace conclave::tools {

namespace {

constexpr std::size_t columns = 7;
using row = std::array<std::string, columns>;

std::optional<bool> is_voter(const member_list& list, const member& one) {
  if (list.voters.empty()) {
    return std::nullopt;
  }
  return std::ranges::find(list.voters, one.name) != list.voters.end();
}

const char* colour_of(member_status status) {
  switch (status) {
    case member_status::alive:
      return "\x1b[32m";
    case member_status::suspect:
      return "\x1b[33m";
    case member_status::dead:
      return "\x1b[31m";
    case member_status::left:
      return "\x1b[2m";
  }
  return "";
}

// "alive ~" when it flaps.
std::string status_of(const member& one) {
  return std::string(to_string(one.status)) + (one.flapping ? " ~" : "");
}

// "-3..+12 ppm", with "!" when its votes would not count here.
std::string clock_of(const member& one) {
  return one.clock ? fmt::format("{:+}..{:+} ppm{}", one.clock->lower_ppm, one.clock->upper_ppm,
                                 one.clock_trusted ? "" : " !")
                   : "?";
}

// Whole microseconds, or null.
nlohmann::ordered_json round_trip_of(const member& one) {
  if (!one.round_trip) {
    return nullptr;
  }
  return std::chrono::duration_cast<std::chrono::microseconds>(*one.round_trip).count();
}

row row_of(const member_list& list, const member& one) {
  const std::optional<bool> voter = is_voter(list, one);
  return {printable(one.name),      one.address,
          status_of(one),           !voter ? "?" : (*voter ? "yes" : "no"),
          std::to_string(one.boot), clock_of(one),
          printable(one.metadata)};
}

}  // namespace

std::string to_table(const member_list& list, bool colour) {
  const row heading{"NAME", "ADDRESS", "STATUS", "VOTER", "BOOT", "CLOCK", "METADATA"};
  std::vector<row> rows;
  for (const member& one : list.members) {
    rows.push_back(row_of(list, one));
  }
  std::array<std::size_t, columns> widths{};
  for (std::size_t column = 0; column < columns; ++column) {
    widths[column] = heading[column].size();
    for (const row& one : rows) {
      widths[column] = std::max(widths[column], one[column].size());
    }
  }
  std::string text;
  const auto add = [&](const row& cells, const char* status_colour) {
    std::string line;
    for (std::size_t column = 0; column < columns; ++column) {
      const bool coloured = colour && column == 2 && *status_colour != '\0';
      line += fmt::format("{}{:<{}}{}  ", coloured ? status_colour : "", cells[column],
                          widths[column], coloured ? "\x1b[0m" : "");
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  };
  add(heading, "");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    add(rows[i], colour_of(list.members[i].status));
  }
  return text;
}

nlohmann::ordered_json to_json(const member_list& list) {
  nlohmann::ordered_json members = nlohmann::ordered_json::array();
  for (const member& one : list.members) {
    const std::optional<bool> voter = is_voter(list, one);
    nlohmann::ordered_json clock;
    if (one.clock) {
      clock = {{"lower_ppm", one.clock->lower_ppm},
               {"upper_ppm", one.clock->upper_ppm},
               {"trusted", one.clock_trusted}};
    }
    members.push_back({{"name", one.name},
                       {"address", one.address},
                       {"status", to_string(one.status)},
                       {"flapping", one.flapping},
                       {"voter", voter ? nlohmann::ordered_json(*voter) : nullptr},
                       {"boot", one.boot},
                       {"incarnation", one.incarnation},
                       {"clock", clock},
                       {"round_trip_us", round_trip_of(one)},
                       {"metadata", one.metadata}});
  }
  return {{"members", std::move(members)}};
}

std::string to_line(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace conclave::tools
