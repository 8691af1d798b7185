// The frame: one UDP datagram between two nodes.
//
//   clear    | version 1 | key 1 | cluster 8 | sender 8 | boot 8 | sequence 8 |
//   covered  | receiver boot 8 | flags | anchor | echo | echo age | lamport | epoch |
//            | fingerprint 8 | lease | generation | acknowledgements | messages ... |
//   trailer  | checksum 8, or the authentication tag 16 when a cluster key is set |
//
// "Covered" is encrypted when there is a key. A message is kind, length, body.
#pragma once

#include "base/ids.hpp"
#include "base/time.hpp"
#include "wire/archive.hpp"
#include "wire/message.hpp"
#include "wire/seal.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace conclave::core {

inline constexpr std::size_t frame_size_max = 1'400;  // bytes of a datagram
inline constexpr std::uint8_t protocol_version = 1;
inline constexpr std::size_t acknowledgements_max = 32;  // in one frame

struct frame_header {
  std::uint64_t cluster = 0;  // hash of the label
  node_boot sender;
  core::sequence sequence;
  boot_id receiver_boot;  // 0: not known yet

  instant anchor{};                  // the sender's clock at sending; opaque to the receiver
  std::optional<instant> echo;       // the latest anchor received from the receiver
  duration echo_age{};               // how long ago that was, on the sender's clock
  bool wants_reply = false;          // answer with a frame even if there is nothing to say
  bool session_covers_echo = false;  // the frame with that anchor opened or extended the session
  lamport_time lamport;
  core::epoch epoch;
  std::uint64_t roster_fingerprint = 0;  // 0: the sender has no roster
  duration lease_ttl{};
  core::generation generation;  // of the receiver's session at the sender; 0: none

  std::array<core::sequence, acknowledgements_max> acknowledged{};
  std::uint8_t acknowledged_count = 0;

  friend bool operator==(const frame_header&, const frame_header&) = default;
};

enum class frame_error : std::uint8_t {
  none,
  malformed,  // too short, too long, or a field breaks its bound
  unknown_version,
  other_cluster,  // another cluster's label
  corrupt,        // the checksum or the authentication tag does not match
};
[[nodiscard]] const char* to_string(frame_error error);

// Builds one frame at the end of a caller's buffer.
class frame_builder {
 public:
  frame_builder(std::vector<std::byte>& out, const frame_header& header, const sealer& seal);
  frame_builder(std::vector<std::byte>& out, const frame_header& header, sealer&& seal) = delete;

  // False when the message does not fit any more; the frame is unchanged then.
  bool add(const message& content);

  [[nodiscard]] std::size_t size() const { return out_->size() - start_; }

  // Seals the frame. Nothing may be added afterwards.
  void finish();

 private:
  std::vector<std::byte>* out_;
  const sealer* seal_;
  std::size_t start_;
  std::size_t header_size_ = 0;
  seal_nonce nonce_;
};

// Reads the messages of one frame in order. Keeps a view of the datagram's bytes.
class message_cursor {
 public:
  message_cursor() = default;
  explicit message_cursor(std::span<const std::byte> bytes) : rest_(bytes) {}

  // False at the end, or at the first malformed message: malformed() tells which.
  bool next(message& out);

  [[nodiscard]] bool malformed() const { return malformed_; }
  [[nodiscard]] std::uint64_t unknown_kinds() const { return unknown_kinds_; }

 private:
  std::span<const std::byte> rest_;
  bool malformed_ = false;
  std::uint64_t unknown_kinds_ = 0;
};

struct received_frame {
  frame_header header;
  message_cursor messages;
};

// Decrypts in place when there is a key, so `datagram` is written to. Never throws; allocates
// nothing.
[[nodiscard]] frame_error read_frame(std::span<std::byte> datagram, std::uint64_t cluster,
                                     const sealer& seal, received_frame& out);

}  // namespace conclave::core
