// The core's reports as log lines, so many a minute and no more.
#pragma once

#include "base/time.hpp"
#include "node/actions.hpp"

#include <spdlog/common.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace conclave::runtime {

struct log_line {
  spdlog::level::level_enum level = spdlog::level::info;
  std::string text;
};

// Any peer can cause a report with one datagram, so the log is bounded for each kind of report.
class report_log {
 public:
  static constexpr core::duration window = std::chrono::minutes(1);
  static constexpr std::uint64_t lines_per_window = 10;  // of one kind

  // Nothing when there were enough of this kind lately. The first line of the next window says how
  // many were left out.
  std::optional<log_line> line_for(const core::report& said, const std::string& peer_name,
                                   core::instant now);

 private:
  struct tally {
    core::instant since = core::long_ago;
    std::uint64_t lines = 0;
    std::uint64_t left_out = 0;
  };

  std::map<core::report_kind, tally> tallies_;
};

}  // namespace conclave::runtime
