// Frames, read by who is between two nodes.
#pragma once

#include "wire/frame.hpp"

#include <cstddef>
#include <optional>
#include <span>

namespace conclave::sim {

// Of whichever cluster; nothing for what no node could read. Not sealed: simulated nodes have no
// key.
[[nodiscard]] std::optional<core::received_frame> open_frame(std::span<std::byte> bytes);

// Whether one of its messages is of that kind, as the wire numbers them.
[[nodiscard]] bool carries(std::span<std::byte> frame, std::size_t kind);

}  // namespace conclave::sim
