// Laying out the live view.
#include "tools/demo/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace conclave::tools::demo {

namespace {

constexpr std::size_t strip_columns = 40;
constexpr core::duration column_time = std::chrono::milliseconds(50);
constexpr core::duration belief_time = strip_columns * column_time + 2 * lease_ttl;
constexpr std::size_t log_rows = 8;

struct glyphs {
  std::string_view hold, paused, gone, idle, alive, suspect, dead, unknown;
};
constexpr glyphs utf8_glyphs{"█", "▒", "×", "·", "●", "?", "×", "·"};
constexpr glyphs ascii_glyphs{"#", "%", "x", ".", "o", "?", "x", "."};

const glyphs& glyphs_of(const picture& shown) {
  return shown.utf8 ? utf8_glyphs : ascii_glyphs;
}

const char* escape_of(style look) {
  switch (look) {
    case style::plain:
      return "";
    case style::dim:
      return "\x1b[2m";
    case style::bold:
      return "\x1b[1m";
    case style::good:
      return "\x1b[32m";
    case style::busy:
      return "\x1b[33m";
    case style::bad:
      return "\x1b[1;31m";
    case style::odd:
      return "\x1b[35m";
  }
  return "";
}

// What one process does, in a word.
span state_of(const picture& shown, std::size_t node) {
  if (const outage* out = shown.processes.outage_of(node); out != nullptr) {
    return out->killed ? span{"killed", style::bad} : span{"stopped", style::odd};
  }
  switch (shown.state.desks[node].doing.load()) {
    case phase::absent:
      return {shown.processes.runs(node) ? "starts" : "", style::dim};
    case phase::starting:
      return {"starts", style::busy};
    case phase::resting:
      return {"rests", style::dim};
    case phase::done:
      return {"done", style::dim};
    case phase::waiting:
      return {"waits", style::busy};
    case phase::working:
    case phase::writing:
      return {"holds", style::good};
  }
  return {};
}

bool covers(const belief& one, core::instant at) {
  return one.from <= at && at < one.until;
}

const outage* outage_at(const picture& shown, std::size_t node, core::instant at) {
  for (const outage& one : shown.processes.outages()) {
    if (one.node == node && one.from <= at && at < one.until) {
      return &one;
    }
  }
  return nullptr;
}

// Where the strip's columns stand. They keep their places from picture to picture.
core::instant column_instant(const picture& shown, std::size_t column) {
  const auto ticks = shown.now.time_since_epoch() / column_time;
  const auto back = static_cast<std::int64_t>(strip_columns - column);
  return core::instant((ticks - back) * column_time + column_time / 2);
}

void append(text_line& line, std::string_view text, style look) {
  if (!line.empty() && line.back().look == look) {
    line.back().text += text;
  } else {
    line.push_back({std::string(text), look});
  }
}

void append_strip(text_line& line, const picture& shown, const std::vector<belief>& beliefs,
                  std::size_t node) {
  const glyphs& use = glyphs_of(shown);
  for (std::size_t column = 0; column < strip_columns; ++column) {
    const core::instant at = column_instant(shown, column);
    const bool believes = std::ranges::any_of(
        beliefs, [&](const belief& one) { return one.node == node && covers(one, at); });
    const outage* out = outage_at(shown, node, at);
    if (out != nullptr && out->killed) {
      append(line, use.gone, style::bad);
    } else if (out != nullptr) {
      append(line, believes ? use.paused : use.gone, style::odd);
    } else {
      append(line, believes ? use.hold : use.idle, believes ? style::good : style::dim);
    }
  }
}

void append_sights(text_line& line, const picture& shown, std::size_t node) {
  const glyphs& use = glyphs_of(shown);
  const bool blind = !shown.processes.runs(node);
  for (const auto& each : shown.state.desks[node].sees) {
    append(line, " ", style::plain);
    switch (blind ? sight::unknown : each.load()) {
      case sight::alive:
        append(line, use.alive, style::good);
        break;
      case sight::suspect:
        append(line, use.suspect, style::busy);
        break;
      case sight::dead:
        append(line, use.dead, style::bad);
        break;
      case sight::left:
      case sight::unknown:
        append(line, blind ? " " : use.unknown, style::dim);
        break;
    }
  }
}

// Red where no process that runs held the lock.
text_line nobody_row(const picture& shown, const std::vector<belief>& beliefs) {
  const glyphs& use = glyphs_of(shown);
  text_line line{{fmt::format(" {:<23}", "nobody"), style::dim}};
  for (std::size_t column = 0; column < strip_columns; ++column) {
    const core::instant at = column_instant(shown, column);
    const bool held =
        at < shown.story.begin() || std::ranges::any_of(beliefs, [&](const belief& one) {
          return covers(one, at) && outage_at(shown, one.node, at) == nullptr;
        });
    append(line, held ? use.idle : use.hold, held ? style::dim : style::bad);
  }
  return line;
}

std::string initials() {
  std::string text;
  for (const char* name : names) {
    text += fmt::format(" {}", name[0]);
  }
  return text;
}

struct totals {
  std::uint64_t written = 0;
  std::uint64_t refused = 0;
};
totals totals_of(const board& state) {
  totals sum;
  for (const desk& one : state.desks) {
    sum.written += one.writes_accepted;
    sum.refused += one.writes_refused;
  }
  return sum;
}

}  // namespace

std::string render(const text_line& line, std::size_t columns, bool colour) {
  std::string text;
  std::size_t width = 0;
  for (const span& one : line) {
    const bool coloured = colour && one.look != style::plain;
    text += coloured ? escape_of(one.look) : "";
    for (const char c : one.text) {
      // The bytes after the first of a character take no column.
      width += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1U : 0U;
      if (width <= columns) {
        text += c;
      }
    }
    text += coloured ? "\x1b[0m" : "";
  }
  return text;
}

std::vector<text_line> draw(const picture& shown) {
  const std::vector<belief> recent = beliefs_on(shown.state, shown.now - belief_time);
  const totals sum = totals_of(shown.state);
  std::vector<text_line> lines;
  lines.push_back(
      {{" conclave demo", style::bold},
       {fmt::format("   {:>5.1f} s   one lock, no server; lease {}; {}, {}, {} vote",
                    std::chrono::duration<double>(shown.now - shown.story.begin()).count(),
                    in_seconds(lease_ttl), names[0], names[1], names[2])}});
  lines.emplace_back();
  lines.push_back(
      {{fmt::format(" {:<23}{:<40}  sees", "who", "held the lock, last 2 seconds"), style::dim}});
  for (std::size_t node = 0; node < nodes_max; ++node) {
    const span state = state_of(shown, node);
    text_line line{
        {fmt::format(" {:<5}{:<8}", names.at(node), is_voter(node) ? "voter" : ""), style::plain},
        {fmt::format("{:<10}", state.text), state.look}};
    append_strip(line, shown, recent, node);
    append(line, " ", style::plain);
    append_sights(line, shown, node);
    lines.push_back(std::move(line));
  }
  lines.push_back(nobody_row(shown, recent));
  append(lines.back(), " " + initials(), style::dim);
  lines.emplace_back();
  lines.push_back(
      {{fmt::format(" counter {}   late writes refused {}   overlapping holders {}", sum.written,
                    sum.refused, count_overlaps(beliefs_on(shown.state)))}});
  lines.emplace_back();
  lines.push_back({{" what was done, and what followed", style::dim}});
  const std::vector<entry>& entries = shown.story.entries();
  for (std::size_t i = entries.size() - std::min(entries.size(), log_rows); i < entries.size();
       ++i) {
    lines.push_back({{" " + log_line(shown.story, entries[i]),
                      entries[i].kind == entry_kind::fault ? style::bold : style::plain}});
  }
  lines.resize(frame_rows);
  return lines;
}

std::string status_line(const picture& shown) {
  std::string holder = "nobody";
  std::string waiting;
  for (std::size_t node = 0; node < nodes_max; ++node) {
    const std::string state = state_of(shown, node).text;
    if (state == "holds") {
      holder = names.at(node);
    } else if (state == "waits") {
      waiting += fmt::format(" {}", names.at(node));
    }
  }
  const totals sum = totals_of(shown.state);
  const double seconds = std::chrono::duration<double>(shown.now - shown.story.begin()).count();
  return fmt::format("[{:5.1f} s] {} holds, waiting:{}; counter {}, refused {}", seconds, holder,
                     waiting.empty() ? " nobody" : waiting, sum.written, sum.refused);
}

std::string log_line(const chronicle& story, const entry& noted) {
  const double seconds = std::chrono::duration<double>(noted.at - story.begin()).count();
  return fmt::format("[{:5.1f} s] {}{}", seconds, noted.kind == entry_kind::fault ? "" : "  ",
                     noted.text);
}

}  // namespace conclave::tools::demo
