// Words for the kinds of things that options name.
#include "sim/options.hpp"

namespace conclave::sim {

std::string_view to_string(delay_shape shape) {
  switch (shape) {
    case delay_shape::uniform:
      return "uniform";
    case delay_shape::long_tailed:
      return "long_tailed";
    case delay_shape::two_peaked:
      return "two_peaked";
  }
  return "?";
}

std::string_view to_string(clock_spread spread) {
  switch (spread) {
    case clock_spread::equal:
      return "equal";
    case clock_spread::random:
      return "random";
    case clock_spread::extreme:
      return "extreme";
    case clock_spread::beyond:
      return "beyond";
  }
  return "?";
}

std::string_view to_string(fault_kind kind) {
  constexpr std::array<std::string_view, fault_kinds_count> names = {
      "crash", "reboot",  "leave",   "blackout", "pause",  "suspend",   "slow",  "late",
      "twin",  "split",   "isolate", "cut",      "bridge", "ring",      "flap",  "swizzle",
      "jam",   "squeeze", "sieve",   "storm",    "drift",  "wall_step", "strobe"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view to_string(aftermath of) {
  switch (of) {
    case aftermath::dead:
      return "dead";
    case aftermath::paused:
      return "paused";
    case aftermath::suspended:
      return "suspended";
    case aftermath::slow:
      return "slow";
    case aftermath::split:
      return "split";
    case aftermath::deaf:
      return "deaf";
    case aftermath::mute:
      return "mute";
    case aftermath::apart:
      return "apart";
    case aftermath::gone:
      return "gone";
  }
  return "?";
}

}  // namespace conclave::sim
