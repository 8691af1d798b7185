// The page without a recording: what the build makes of the files in sim/report/assets.
#pragma once

#include <span>
#include <string_view>

namespace conclave::sim {

// In pieces, since a literal has a greatest length that compilers must accept.
[[nodiscard]] std::span<const std::string_view> page_before_recording();
[[nodiscard]] std::span<const std::string_view> page_after_recording();

}  // namespace conclave::sim
