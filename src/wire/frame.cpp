// Frames to bytes and back.
#include "wire/frame.hpp"

#include "base/check.hpp"

#include <utility>

namespace conclave::core {

namespace {

constexpr std::size_t clear_size = 34;  // version, key, cluster, sender, boot, sequence

enum header_flag : std::uint8_t {
  has_echo = 1,
  wants_reply_flag = 2,
  covers_echo = 4,
  all_flags = has_echo | wants_reply_flag | covers_echo,
};

std::uint8_t flags_of(const frame_header& header) {
  return static_cast<std::uint8_t>((header.echo ? has_echo : 0) |
                                   (header.wants_reply ? wants_reply_flag : 0) |
                                   (header.session_covers_echo ? covers_echo : 0));
}

void put_clear(byte_writer& writer, const frame_header& header, const sealer& seal) {
  writer.put_fixed(protocol_version, 1);
  writer.put_fixed(seal.key_id(), 1);
  writer.put_fixed(header.cluster, 8);
  writer.put_fixed(header.sender.node.value, 8);
  writer.put_fixed(header.sender.boot.value, 8);
  writer.put_fixed(header.sequence.value, 8);
}

void put_covered(byte_writer& writer, const frame_header& header) {
  check(!header.session_covers_echo || header.echo, "a covered echo is an echo");
  check(header.acknowledged_count <= acknowledgements_max, "acknowledgements fit a frame",
        header.acknowledged_count);
  writer.put_fixed(header.receiver_boot.value, 8);
  writer.put_fixed(flags_of(header), 1);
  writer& header.anchor;
  if (header.echo) {
    writer&* header.echo& header.echo_age;
  }
  writer& header.lamport& header.epoch;
  writer.put_fixed(header.roster_fingerprint, 8);
  writer& header.lease_ttl& header.generation;
  writer.put_fixed(header.acknowledged_count, 1);
  for (std::size_t i = 0; i < header.acknowledged_count; ++i) {
    writer& header.acknowledged[i];
  }
}

bool take_covered(byte_reader& reader, frame_header& header) {
  header.receiver_boot.value = reader.take_fixed(8);
  const std::uint64_t flags = reader.take_fixed(1);
  reader& header.anchor;
  if ((flags & has_echo) != 0) {
    reader& header.echo.emplace() & header.echo_age;
  }
  header.wants_reply = (flags & wants_reply_flag) != 0;
  header.session_covers_echo = (flags & covers_echo) != 0;
  reader& header.lamport& header.epoch;
  header.roster_fingerprint = reader.take_fixed(8);
  reader& header.lease_ttl& header.generation;
  const std::uint64_t count = reader.take_fixed(1);
  if (count > acknowledgements_max || (flags & ~std::uint64_t{all_flags}) != 0 ||
      (header.session_covers_echo && !header.echo)) {
    reader.fail();
    return false;
  }
  header.acknowledged_count = static_cast<std::uint8_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    reader& header.acknowledged[i];
  }
  return !reader.failed();
}

template <std::size_t... Kinds>
bool read_body(std::uint64_t kind, byte_reader& reader, message& out,
               std::index_sequence<Kinds...> /*kinds*/) {
  const auto read_one = [&](auto& content) {
    boost::serialization::serialize_adl(reader, content, 0U);
    return !reader.failed();
  };
  bool done = false;
  // Unfolds to one comparison a kind; the compiler makes a jump table of it.
  ((kind == Kinds ? (done = read_one(out.emplace<Kinds>()), true) : false) || ...);
  return done;
}

}  // namespace

const char* to_string(frame_error error) {
  switch (error) {
    case frame_error::none:
      return "none";
    case frame_error::malformed:
      return "malformed";
    case frame_error::unknown_version:
      return "unknown version";
    case frame_error::other_cluster:
      return "another cluster's label";
    case frame_error::corrupt:
      return "checksum or seal does not match";
  }
  return "?";
}

frame_builder::frame_builder(std::vector<std::byte>& out, const frame_header& header,
                             const sealer& seal)
    : out_(&out),
      seal_(&seal),
      start_(out.size()),
      nonce_{.sender = header.sender, .sequence = header.sequence} {
  byte_writer writer(*out_);
  put_clear(writer, header, seal);
  check(size() == clear_size, "the clear part has a fixed size", size());
  put_covered(writer, header);
  header_size_ = size();
}

bool frame_builder::add(const message& content) {
  const std::size_t before = out_->size();
  byte_writer writer(*out_);
  writer.put_variable(content.index());
  // Two bytes for the length, filled in afterwards: a body is never longer than a frame.
  const std::size_t length_at = out_->size();
  writer.put_fixed(0, 2);
  std::visit([&](const auto& one) { writer& one; }, content);
  if (size() + seal_->trailer_size() > frame_size_max) {
    check(before - start_ > header_size_, "every message fits an empty frame", size());
    out_->resize(before);
    return false;
  }
  const std::size_t length = out_->size() - length_at - 2;
  (*out_)[length_at] = static_cast<std::byte>(length);
  (*out_)[length_at + 1] = static_cast<std::byte>(length >> 8);
  return true;
}

void frame_builder::finish() {
  seal_->seal(*out_, start_, clear_size, nonce_);
  check(size() <= frame_size_max, "a frame fits a datagram", size());
}

bool message_cursor::next(message& out) {
  while (!rest_.empty()) {
    byte_reader reader(rest_);
    const std::uint64_t kind = reader.take_variable();
    const auto body = reader.take_bytes(reader.take_fixed(2));
    if (reader.failed()) {
      break;
    }
    rest_ = reader.rest();
    if (kind >= std::variant_size_v<message>) {
      ++unknown_kinds_;
      continue;
    }
    byte_reader content(body);
    if (read_body(kind, content, out, std::make_index_sequence<std::variant_size_v<message>>{})) {
      return true;
    }
    malformed_ = true;
    rest_ = {};
    return false;
  }
  malformed_ = malformed_ || !rest_.empty();
  rest_ = {};
  return false;
}

frame_error read_frame(std::span<std::byte> datagram, std::uint64_t cluster, const sealer& seal,
                       received_frame& out) {
  if (datagram.size() < clear_size || datagram.size() > frame_size_max) {
    return frame_error::malformed;
  }
  byte_reader clear(datagram.first(clear_size));
  if (clear.take_fixed(1) != protocol_version) {
    return frame_error::unknown_version;
  }
  const std::uint64_t key_id = clear.take_fixed(1);
  out.header = {};
  out.header.cluster = clear.take_fixed(8);
  out.header.sender.node.value = clear.take_fixed(8);
  out.header.sender.boot.value = clear.take_fixed(8);
  out.header.sequence.value = clear.take_fixed(8);
  if (out.header.cluster != cluster) {
    return frame_error::other_cluster;
  }
  if (key_id != seal.key_id()) {
    return frame_error::corrupt;
  }
  const auto covered = seal.open(datagram, clear_size,
                                 {.sender = out.header.sender, .sequence = out.header.sequence});
  if (!covered) {
    return frame_error::corrupt;
  }
  byte_reader reader(*covered);
  if (!take_covered(reader, out.header)) {
    return frame_error::malformed;
  }
  out.messages = message_cursor(reader.rest());
  return frame_error::none;
}

}  // namespace conclave::core
