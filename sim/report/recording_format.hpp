// What recordings in JSON call themselves.
#pragma once

#include <string_view>

namespace conclave::sim {

inline constexpr std::string_view recording_format = "conclave recording 1";

}  // namespace conclave::sim
