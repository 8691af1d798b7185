// Laying out the live view.
#include "tools/demo/frame.hpp"

#include "tools/demo/beliefs.hpp"
#include "tools/demo/strip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace conclave::tools::demo {

namespace {

constexpr std::size_t log_rows = 8;

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
    case phase::waiting:
      return {"waits", style::busy};
    case phase::working:
    case phase::writing:
      return {"holds", style::good};
    case phase::done:
      return {"done", style::dim};
  }
  return {};
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

std::string initials() {
  std::string text;
  for (const char* name : names) {
    text += fmt::format(" {}", name[0]);
  }
  return text;
}

double seconds_at(const chronicle& story, core::instant at) {
  return std::chrono::duration<double>(at - story.begin()).count();
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

void draw_processes(const picture& shown, std::vector<text_line>& lines) {
  const std::vector<belief> recent = recent_beliefs(shown);
  lines.push_back({{fmt::format("{:>{}}", "members it sees", frame_columns - 1), style::dim}});
  lines.push_back({{fmt::format(" {:<23}{:<41}{}", "", "held the lock, last 2 seconds", initials()),
                    style::dim}});
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
  lines.push_back({{fmt::format(" {:<23}", "nobody"), style::dim}});
  append_nobody_strip(lines.back(), shown, recent);
}

}  // namespace

std::vector<text_line> draw(const picture& shown) {
  std::vector<text_line> lines;
  lines.push_back({{" conclave demo", style::bold},
                   {fmt::format("   {:>5.1f} s   one lock, no server; the lease is {:g} s",
                                seconds_at(shown.story, shown.now),
                                std::chrono::duration<double>(lease_ttl).count())}});
  draw_processes(shown, lines);
  lines.emplace_back();
  const totals sum = totals_of(shown.state);
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
  return fmt::format("[{:5.1f} s]     {} holds, waiting:{}; counter {}, refused {}",
                     seconds_at(shown.story, shown.now), holder,
                     waiting.empty() ? " nobody" : waiting, sum.written, sum.refused);
}

std::string log_line(const chronicle& story, const entry& noted) {
  return fmt::format("[{:5.1f} s] {}{}", seconds_at(story, noted.at),
                     noted.kind == entry_kind::fault ? "" : "  ", noted.text);
}

}  // namespace conclave::tools::demo
