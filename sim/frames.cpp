// Reading frames on their way.
#include "sim/frames.hpp"

#include <cstdint>

namespace conclave::sim {

std::optional<core::received_frame> open_frame(std::span<std::byte> bytes) {
  constexpr std::size_t cluster_at = 2;
  if (bytes.size() < cluster_at + 8) {
    return std::nullopt;
  }
  std::uint64_t cluster = 0;
  for (unsigned i = 0; i < 8; ++i) {
    cluster |= std::to_integer<std::uint64_t>(bytes[cluster_at + i]) << 8 * i;
  }
  const core::sealer seal;
  core::received_frame read;
  if (core::read_frame(bytes, cluster, seal, read) != core::frame_error::none) {
    return std::nullopt;
  }
  return read;
}

bool carries(std::span<std::byte> frame, std::size_t kind) {
  std::optional<core::received_frame> opened = open_frame(frame);
  core::message next;
  while (opened && opened->messages.next(next)) {
    if (next.index() == kind) {
      return true;
    }
  }
  return false;
}

}  // namespace conclave::sim
