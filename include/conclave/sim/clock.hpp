// The clock of one machine in a simulated world.
#pragma once

#include <conclave/sim/host.hpp>

#include <chrono>

namespace conclave::sim {

// Leases and timers of the machine run by its clock. The seed draws when that starts and how fast
// it runs, within conclave::config::clock_drift_max_ppm. Its wall clock is one of its own: right,
// until the test sets it. All throw as the members of world.
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

  // Sets the wall clock: from now on it shows true time and this much, which may be negative and at
  // most a year. run_once_per() counts its periods by it, and a process takes its boot number from
  // it: one that starts after a step back looks older than the one before, and is `superseded`.
  void wall_ahead(std::chrono::nanoseconds of_true);
  [[nodiscard]] std::chrono::system_clock::time_point wall() const;

 private:
  host host_;
};

}  // namespace conclave::sim
