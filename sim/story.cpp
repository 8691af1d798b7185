// Leaves out of a trace what happens all the time.
#include "sim/story.hpp"

#include <array>
#include <string_view>

namespace conclave::sim {

namespace {

bool is_told(std::string_view line) {
  constexpr std::array<std::string_view, 4> often = {"-> ", "<- ", "sees ", "extended"};
  const std::size_t space = line.find(' ');
  const std::string_view rest = space == line.npos ? "" : line.substr(space + 1);
  for (const std::string_view each : often) {
    if (rest.starts_with(each)) {
      return false;
    }
  }
  return !rest.empty();
}

// "  1.000250 s", to the microsecond.
std::string stamp_of(true_time at) {
  const std::int64_t us = at.time_since_epoch().count() / 1'000;
  const std::string whole = std::to_string(us / 1'000'000);
  return std::string(whole.size() < 4 ? 4 - whole.size() : 0, ' ')
      .append(whole)
      .append(".")
      .append(std::to_string(1'000'000 + us % 1'000'000).substr(1));
}

}  // namespace

story tell(const plan& what) {
  story told;
  const trace_sink keep = [&](true_time at, std::string_view line) {
    if (is_told(line)) {
      told.lines.append(stamp_of(at)).append(" ").append(line).append("\n");
    }
  };
  told.result = simulation(what, keep).run();
  told.lines += "the store: " + std::to_string(told.result.counted.of(counter::writes_accepted)) +
                " writes accepted, " +
                std::to_string(told.result.counted.of(counter::writes_refused)) + " refused\n";
  return told;
}

}  // namespace conclave::sim
