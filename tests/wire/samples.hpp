// Messages and headers to write and read: small, great, and random.
#pragma once

#include "base/random.hpp"
#include "wire/frame.hpp"

#include <string>
#include <vector>

namespace conclave::core {

inline constexpr std::uint64_t greatest = ~std::uint64_t{0};
inline constexpr std::uint64_t sample_cluster = 0x1122334455667788;

// One of each kind, in the order of the kinds, with different values in all fields.
[[nodiscard]] std::vector<message> sample_messages();
// One of each kind, as long as it can be.
[[nodiscard]] std::vector<message> longest_messages();
[[nodiscard]] message random_message(random_source& random);

[[nodiscard]] frame_header sample_header();
[[nodiscard]] frame_header longest_header();
[[nodiscard]] frame_header random_header(random_source& random);

[[nodiscard]] sealer sample_seal(std::uint8_t fill = 7);  // with a key

[[nodiscard]] std::vector<std::byte> frame_of(const frame_header& header,
                                              const std::vector<message>& messages,
                                              const sealer& seal);
// A frame whose messages are these bytes, sealed as it should be.
[[nodiscard]] std::vector<std::byte> raw_frame(const frame_header& header,
                                               const std::vector<std::byte>& messages,
                                               const sealer& seal);
[[nodiscard]] std::vector<std::byte> bytes_of(std::initializer_list<int> values);

}  // namespace conclave::core
