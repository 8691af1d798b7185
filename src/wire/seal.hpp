// What protects a frame: a checksum, or authenticated encryption when the cluster has a key.
#pragma once

#include "base/ids.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace conclave::core {

// The nonce: unique for one key because a boot's frame numbers never repeat.
struct seal_nonce {
  node_boot sender;
  core::sequence sequence;
};

// Without a key: SipHash-2-4 with a fixed key, against accidents. With one:
// XChaCha20-Poly1305-IETF, against everybody who does not have it (libsodium for both).
class sealer {
 public:
  sealer() = default;
  explicit sealer(const std::optional<std::vector<std::byte>>& key);  // 32 bytes

  [[nodiscard]] bool encrypts() const { return key_.has_value(); }
  [[nodiscard]] std::uint8_t key_id() const { return key_ ? 1 : 0; }
  [[nodiscard]] std::size_t trailer_size() const;

  // Encrypts frame[clear, end) in place and appends the trailer.
  void seal(std::vector<std::byte>& out, std::size_t frame_start, std::size_t clear_size,
            const seal_nonce& nonce) const;

  // The covered bytes, decrypted in place; nothing when the trailer does not match.
  [[nodiscard]] std::optional<std::span<std::byte>> open(std::span<std::byte> frame,
                                                         std::size_t clear_size,
                                                         const seal_nonce& nonce) const;

 private:
  std::optional<std::array<unsigned char, 32>> key_;
};

}  // namespace conclave::core
