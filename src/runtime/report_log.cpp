// Levels and limits of reports.
#include "runtime/report_log.hpp"

#include <utility>

namespace conclave::runtime {

namespace {

spdlog::level::level_enum level_of(core::report_kind kind) {
  switch (kind) {
    case core::report_kind::superseded:
    case core::report_kind::clock_broken:
      return spdlog::level::err;
    case core::report_kind::own_name_heard:
    case core::report_kind::roster_mismatch:
    case core::report_kind::lease_refused:
    case core::report_kind::lease_too_long:
    case core::report_kind::lamport_refused:
    case core::report_kind::floors_on_wall_clock:
    case core::report_kind::peers_full:
    case core::report_kind::clock_drifting:
      return spdlog::level::warn;
    case core::report_kind::abstaining:
    case core::report_kind::abstention_over:
    case core::report_kind::clock_trusted:
      return spdlog::level::info;
  }
  return spdlog::level::warn;
}

}  // namespace

std::optional<log_line> report_log::line_for(const core::report& said, const std::string& peer_name,
                                             core::instant now) {
  tally& kept = tallies_[said.kind];
  std::uint64_t left_out = 0;
  if (kept.since == core::long_ago || now - kept.since >= window) {
    left_out = std::exchange(kept, tally{.since = now}).left_out;
  }
  if (kept.lines == lines_per_window) {
    ++kept.left_out;
    return std::nullopt;
  }
  ++kept.lines;
  std::string text = to_text(said, peer_name);
  if (left_out > 0) {
    text += " (" + std::to_string(left_out) + " more of this kind were not logged)";
  }
  return log_line{.level = level_of(said.kind), .text = std::move(text)};
}

}  // namespace conclave::runtime
