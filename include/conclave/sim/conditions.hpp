// How the network of a simulated world treats datagrams.
#pragma once

#include <chrono>
#include <cstdint>

namespace conclave::sim {

// What the part of a delay that differs from datagram to datagram is like. All of them reorder.
enum class delay_shape : std::uint8_t {
  uniform,      // within the spread
  long_tailed,  // half within the spread, a quarter within twice that, and so on, up to seven times
  two_peaked,   // little, or about the whole spread: one in four
};

// Written with designated initialisers; members left out keep what stands here. Shares are between
// 0 and 1, and each datagram is drawn for anew. Times are from 0 to a year.
struct conditions {
  // Every datagram takes between the two: so they overtake each other. The second is not less than
  // the first; the difference is the spread of the shape, and with a long tail some take longer.
  std::chrono::nanoseconds delay_min = std::chrono::microseconds(200);
  std::chrono::nanoseconds delay_max = std::chrono::milliseconds(2);
  delay_shape shape = delay_shape::uniform;
  double lost = 0;
  double duplicated = 0;
  double damaged = 0;  // some bits flipped, or the end cut off
  // So many come later still, by up to `late_max`.
  double late = 0;
  std::chrono::nanoseconds late_max = std::chrono::milliseconds(500);
  // How long a process that could go on waits for its turn, at most. Of the whole world: conditions
  // of some ways leave it alone.
  std::chrono::nanoseconds turn_delay_max = std::chrono::microseconds(50);
};

}  // namespace conclave::sim
