// The clock of one machine in a simulated world.
#pragma once

#include <conclave/sim/host.hpp>

#include <chrono>

namespace conclave::sim {

// Leases and timers of the machine run by it. The seed draws when it starts and how fast it runs,
// within conclave::config::clock_drift_max_ppm.
class machine_clock {
 public:
  explicit machine_clock(host whose) noexcept : host_(whose) {}

  // From now on it runs `of_true` times as fast as true time, more than 0.5 and less than
  // 2. Further from 1 than clock_drift_max_ppm allows, exclusion is no longer promised, and no
  // longer checked: what still must hold is that the resource refuses old tokens.
  void rate(double of_true);
  [[nodiscard]] double rate() const;
  // What it shows: nanoseconds since some start of its own.
  [[nodiscard]] std::chrono::nanoseconds now() const;

 private:
  host host_;
};

}  // namespace conclave::sim
