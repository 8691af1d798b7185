// How the network of a simulated world treats datagrams.
#pragma once

#include <chrono>

namespace conclave::sim {

// Written with designated initialisers; members left out keep what stands here. Shares are between
// 0 and 1, and each datagram is drawn for anew.
struct conditions {
  // Every datagram takes between the two: so they overtake each other.
  std::chrono::nanoseconds delay_min = std::chrono::microseconds(200);
  std::chrono::nanoseconds delay_max = std::chrono::milliseconds(2);
  double lost = 0;
  double duplicated = 0;
  double damaged = 0;  // some bits flipped, or the end cut off
  // So many come later still, by up to `late_max`.
  double late = 0;
  std::chrono::nanoseconds late_max = std::chrono::milliseconds(500);
  // How long a process that could go on waits for its turn, at most.
  std::chrono::nanoseconds turn_delay_max = std::chrono::microseconds(50);
};

}  // namespace conclave::sim
