// Reads histories as JSON lines (docs/simulator.md, "Histories").
//
// Lines are read in pieces of a bounded size and dropped once they are understood. What stays is
// about 80 bytes for each operation, and each name once.
#pragma once

#include "sim/history/history.hpp"
#include "sim/history/json/interpret.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

namespace conclave::histories {

inline constexpr std::size_t line_size_max = 1'000'000;  // bytes; a longer line can't be read

struct unreadable_line {
  std::uint64_t line = 0;
  std::string why;
};

struct reader_settings {
  bool lenient = false;  // goes on after a line that it can't read
  bool partial = false;  // a completion may belong to an invocation from before the history
  duration time_unit{1};
  // Called now and then with the bytes read so far.
  std::function<void(std::uint64_t)> progress{};
};

struct read_result {
  history told;
  std::uint64_t lines = 0;
  std::uint64_t unreadable = 0;
  std::vector<unreadable_line> why;  // the first of them
  bool failed = false;               // the stream could not be read to its end
};

// Stops at the first line that it can't read, unless it is lenient.
[[nodiscard]] read_result read_history(std::istream& from, const reader_settings& settings);

}  // namespace conclave::histories
