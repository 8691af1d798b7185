// The rule that ties the grace time to the lease.
#include "tools/lease_limits.hpp"

#include "tools/durations.hpp"
#include "tools/exit_codes.hpp"
#include "tools/failure.hpp"

#include <fmt/format.h>

namespace conclave::tools {

lease_limits limits_of(core::duration lease_ttl, std::optional<core::duration> grace) {
  const core::duration longest = longest_grace(lease_ttl);
  if (grace.value_or(longest) > longest) {
    throw failure(
        exit_usage,
        fmt::format("--grace is {}; with --lease-ttl {} it is at most {} (3/10 of it), so "
                    "that the command is dead before the lease ends",
                    to_text(*grace), to_text(lease_ttl), to_text(longest)));
  }
  return {.grace = grace.value_or(longest), .margin = lease_ttl / 30};
}

}  // namespace conclave::tools
