// Looking at one instant for each column.
#include "tools/demo/strip.hpp"

#include <algorithm>
#include <cstdint>

namespace conclave::tools::demo {

namespace {

constexpr core::duration belief_time = strip_columns * column_time + 2 * lease_ttl;

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

// Columns keep their instants from picture to picture, so that the strip moves and does not
// flicker.
core::instant instant_of(const picture& shown, std::size_t column) {
  const auto ticks = shown.now.time_since_epoch() / column_time;
  const auto back = static_cast<std::int64_t>(strip_columns - column);
  return core::instant((ticks - back) * column_time + column_time / 2);
}

}  // namespace

std::vector<belief> recent_beliefs(const picture& shown) {
  return beliefs_on(shown.state, shown.now - belief_time);
}

void append_strip(text_line& line, const picture& shown, const std::vector<belief>& recent,
                  std::size_t node) {
  const glyphs& use = glyphs_of(shown);
  for (std::size_t column = 0; column < strip_columns; ++column) {
    const core::instant at = instant_of(shown, column);
    const bool believes = std::ranges::any_of(
        recent, [&](const belief& one) { return one.node == node && covers(one, at); });
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

void append_nobody_strip(text_line& line, const picture& shown, const std::vector<belief>& recent) {
  const glyphs& use = glyphs_of(shown);
  for (std::size_t column = 0; column < strip_columns; ++column) {
    const core::instant at = instant_of(shown, column);
    const bool held = std::ranges::any_of(recent, [&](const belief& one) {
      return covers(one, at) && outage_at(shown, one.node, at) == nullptr;
    });
    const bool calm = held || at < shown.story.begin();
    append(line, calm ? use.idle : use.hold, calm ? style::dim : style::bad);
  }
}

}  // namespace conclave::tools::demo
