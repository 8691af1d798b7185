// Checksums and authenticated encryption of frames, by libsodium.
#include "wire/seal.hpp"

#include "base/check.hpp"

#include <sodium.h>

#include <algorithm>

namespace conclave::core {

namespace {

constexpr std::size_t tag_size = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t checksum_size = crypto_shorthash_BYTES;
static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == 32);
static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == 24);

using nonce_bytes = std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_NPUBBYTES>;

nonce_bytes to_bytes(const seal_nonce& nonce) {
  nonce_bytes bytes{};
  const std::array<std::uint64_t, 3> parts = {nonce.sender.node.value, nonce.sender.boot.value,
                                              nonce.sequence.value};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(parts[i / 8] >> (8 * (i % 8)));
  }
  return bytes;
}

unsigned char* raw(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

std::array<unsigned char, checksum_size> checksum_of(std::span<const std::byte> bytes) {
  // Fixed and public: this guards against accidents only.
  static constexpr std::array<unsigned char, crypto_shorthash_KEYBYTES> key = {
      'c', 'o', 'n', 'c', 'l', 'a', 'v', 'e', ' ', 'f', 'r', 'a', 'm', 'e', 's', '1'};
  std::array<unsigned char, checksum_size> sum{};
  crypto_shorthash(sum.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                   key.data());
  return sum;
}

}  // namespace

sealer::sealer(const std::optional<std::vector<std::byte>>& key) {
  if (!key) {
    return;
  }
  check(key->size() == 32, "a cluster key has 32 bytes", std::int64_t(key->size()));
  key_.emplace();
  std::transform(key->begin(), key->end(), key_->begin(),
                 [](std::byte b) { return std::to_integer<unsigned char>(b); });
}

std::size_t sealer::trailer_size() const {
  return key_ ? tag_size : checksum_size;
}

void sealer::seal(std::vector<std::byte>& out, std::size_t frame_start, std::size_t clear_size,
                  const seal_nonce& nonce) const {
  const std::size_t size = out.size() - frame_start;
  check(size >= clear_size, "a frame holds its clear part", size, clear_size);
  out.resize(out.size() + trailer_size());
  const std::span frame = std::span(out).subspan(frame_start);
  if (!key_) {
    const auto sum = checksum_of(frame.first(size));
    std::copy(sum.begin(), sum.end(), raw(frame.data() + size));
    return;
  }
  const nonce_bytes number = to_bytes(nonce);
  unsigned char* covered = raw(frame.data() + clear_size);
  crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
      covered, raw(frame.data() + size), nullptr, covered, size - clear_size, raw(frame.data()),
      clear_size, nullptr, number.data(), key_->data());
}

std::optional<std::span<std::byte>> sealer::open(std::span<std::byte> frame, std::size_t clear_size,
                                                 const seal_nonce& nonce) const {
  if (frame.size() < clear_size + trailer_size()) {
    return std::nullopt;
  }
  const std::size_t size = frame.size() - trailer_size();
  const std::span covered = frame.subspan(clear_size, size - clear_size);
  if (!key_) {
    const auto sum = checksum_of(frame.first(size));
    if (!std::equal(sum.begin(), sum.end(), raw(frame.data() + size))) {
      return std::nullopt;
    }
    return covered;
  }
  const nonce_bytes number = to_bytes(nonce);
  const int wrong = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
      raw(covered.data()), nullptr, raw(covered.data()), covered.size(), raw(frame.data() + size),
      raw(frame.data()), clear_size, number.data(), key_->data());
  if (wrong != 0) {
    return std::nullopt;
  }
  return covered;
}

}  // namespace conclave::core
