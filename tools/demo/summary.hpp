// What the demo has shown: the promises, and whether each was kept.
#pragma once

#include "base/time.hpp"
#include "tools/demo/board.hpp"
#include "tools/demo/cast.hpp"
#include "tools/demo/chronicle.hpp"
#include "tools/demo/ledger.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace conclave::tools::demo {

struct fault_result {
  fault what;
  core::duration gap;  // the longest time without a holder while it was watched
};

struct summary {
  core::duration length{};
  ledger::audit_result counter;
  std::size_t acquisitions = 0;
  std::size_t overlapping_holders = 0;
  std::size_t tokens_out_of_order = 0;
  std::uint64_t late_writes_refused = 0;
  core::instant begin;
  std::vector<fault_result> faults;
  core::duration longest_gap{};
  std::vector<std::string> broken;  // promises, a sentence each
};

// `stalled`: why the demo could not go on; empty when it could.
[[nodiscard]] summary summarise(const board& state, const cast& processes, const chronicle& story,
                                const ledger::audit_result& counter, const std::string& stalled);

[[nodiscard]] std::string to_text(const summary& seen, bool colour);
[[nodiscard]] nlohmann::ordered_json to_json(const summary& seen);

}  // namespace conclave::tools::demo
