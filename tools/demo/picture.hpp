// What a picture of the demo is drawn from, and the characters it is drawn with.
#pragma once

#include "base/time.hpp"
#include "tools/demo/board.hpp"
#include "tools/demo/cast.hpp"
#include "tools/demo/chronicle.hpp"

#include <string_view>

namespace conclave::tools::demo {

struct picture {
  const board& state;
  const cast& processes;
  const chronicle& story;
  core::instant now;
  bool utf8 = true;
};

struct glyphs {
  std::string_view hold, paused, gone, idle, alive, suspect, dead, unknown;
};
inline constexpr glyphs utf8_glyphs{"█", "▒", "×", "·", "●", "?", "×", "·"};
inline constexpr glyphs ascii_glyphs{"#", "%", "x", ".", "o", "?", "x", "."};

[[nodiscard]] inline const glyphs& glyphs_of(const picture& shown) {
  return shown.utf8 ? utf8_glyphs : ascii_glyphs;
}

}  // namespace conclave::tools::demo
