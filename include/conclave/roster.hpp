// The agreed voters, as users see them.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace conclave {

struct roster {
  std::uint64_t epoch = 0;          // greater at each change of the voters
  std::vector<std::string> voters;  // names, sorted
  std::chrono::nanoseconds lease_ttl_max{};
  std::uint32_t clock_drift_max_ppm = 0;
};

}  // namespace conclave
