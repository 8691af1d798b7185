// When a command must end so that it is dead before its lock's lease can be over.
#pragma once

#include "base/time.hpp"

#include <optional>

namespace conclave::tools {

//   now ............. term_at ......... kill_at .. guard_at .. deadline
//        running              grace              margin
//
// The deadline moves on as long as the voters answer, so a healthy command never sees term_at.
struct lease_limits {
  core::duration grace{};   // between TERM and KILL
  core::duration margin{};  // between KILL and the lease's end

  [[nodiscard]] core::instant term_at(core::instant deadline) const {
    return deadline - margin - grace;
  }
  [[nodiscard]] core::instant kill_at(core::instant deadline) const { return deadline - margin; }
  // When the guard takes over.
  [[nodiscard]] core::instant guard_at(core::instant deadline) const {
    return deadline - margin / 2;
  }
};

// The grace time that is taken when none is chosen, which is also the longest that is possible: a
// lease is extended when a third of it is over, and that must have time to fail once.
[[nodiscard]] constexpr core::duration longest_grace(core::duration lease_ttl) {
  return lease_ttl * 3 / 10;
}

// Throws failure (exit_usage) that names both when the grace time is too long for the lease.
[[nodiscard]] lease_limits limits_of(core::duration lease_ttl, std::optional<core::duration> grace);

}  // namespace conclave::tools
