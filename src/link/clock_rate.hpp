// How fast a peer's clock runs against this node's, out of echoes, and whether both can keep the
// promised bound (docs/protocol.md, "Measured clocks").
//
//   our clock   --- sent ------------------------------- came ---
//                       \ our frame           its frame /
//   its clock   --------- heard ............. answered ----------
//
// When its clock showed `heard` ours showed `sent` or more; when its clock showed `answered` ours
// showed `came` or less. Both hold whatever the network did, so what follows from two such
// exchanges is certain.
#pragma once

#include "base/digest.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>

namespace conclave::core {

struct clock_limits {
  // What every clock promises against true time, in parts per million.
  std::int64_t drift_max_ppm = 0;
  // What is concluded from the past goes back about so far. 0: nothing is measured.
  duration window{};
};

// One exchange, or the tightest of each way among some. `sent` and `came` are on our clock.
struct clock_exchange {
  instant sent;
  instant heard;
  instant answered;
  instant came;
};

// In parts per million, of how much faster than ours the peer's clock runs: the true rate was in
// between. Rounded outwards.
struct rate_bounds {
  std::int64_t lower_ppm = 0;
  std::int64_t upper_ppm = 0;
  friend bool operator==(const rate_bounds&, const rate_bounds&) = default;
};

enum class clock_verdict : std::uint8_t {
  unknown,   // not watched for a window yet
  kept,      // nothing speaks against it
  drifting,  // certainly further apart than half of the bound allows
  broken,    // certainly further apart than the bound allows
};

class clock_rate {
 public:
  // A frame of the peer came with an echo. Gives the verdict when it is another than before. Cheap
  // but for one frame in each sixteenth of a window.
  std::optional<clock_verdict> heard(const clock_exchange& one, const clock_limits& limits);

  [[nodiscard]] clock_verdict verdict() const { return verdict_; }
  // As of the last conclusion; nothing before there was one.
  [[nodiscard]] const std::optional<rate_bounds>& bounds() const { return bounds_; }

  void add_to(digest& sum) const;

 private:
  void conclude(const clock_limits& limits);
  void move_on(const clock_limits& limits);

  clock_exchange oldest_{};
  clock_exchange middle_{};
  clock_exchange fresh_{};       // the tightest since the last conclusion
  instant conclude_at_ = never;  // never: nothing came since the last conclusion
  bool started_ = false;         // oldest_ and middle_ are known
  clock_verdict verdict_ = clock_verdict::unknown;
  std::optional<rate_bounds> bounds_;
};

}  // namespace conclave::core
