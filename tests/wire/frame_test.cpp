// Frames: header, checksum and seal (docs/protocol.md, "Frames and messages").
#include "samples.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

frame_error error_of(std::vector<std::byte> bytes, const sealer& seal,
                     std::uint64_t cluster = sample_cluster) {
  received_frame frame;
  return read_frame(bytes, cluster, seal, frame);
}

void expect_header_round_trip(const frame_header& header, const sealer& seal) {
  auto bytes = frame_of(header, {}, seal);
  received_frame frame;
  ASSERT_EQ(read_frame(bytes, sample_cluster, seal, frame), frame_error::none);
  EXPECT_EQ(frame.header, header);
  message content;
  EXPECT_FALSE(frame.messages.next(content));
  EXPECT_FALSE(frame.messages.malformed());
}

TEST(frames, carry_every_field_of_the_header) {
  random_source random(1);
  for (const sealer& seal : {sealer(), sample_seal()}) {
    expect_header_round_trip(sample_header(), seal);
    expect_header_round_trip(longest_header(), seal);
    frame_header empty;
    empty.cluster = sample_cluster;
    expect_header_round_trip(empty, seal);
    for (int i = 0; i < 2'000; ++i) {
      expect_header_round_trip(random_header(random), seal);
    }
  }
}

TEST(frames, are_at_most_1400_bytes_and_say_when_they_are_full) {
  for (const sealer& seal : {sealer(), sample_seal()}) {
    std::vector<std::byte> bytes;
    frame_builder frame(bytes, sample_header(), seal);
    const message one = busy{.lock = "name", .request = {1}};
    std::size_t added = 0;
    while (frame.add(one)) {
      ++added;
    }
    const std::size_t before = bytes.size();
    EXPECT_FALSE(frame.add(one));
    EXPECT_EQ(bytes.size(), before);
    EXPECT_TRUE(frame.add(lamport_query{}) || before + 3 + seal.trailer_size() > frame_size_max);
    frame.finish();
    EXPECT_LE(bytes.size(), frame_size_max);
    EXPECT_GT(bytes.size(), frame_size_max - 9);
    received_frame read;
    ASSERT_EQ(read_frame(bytes, sample_cluster, seal, read), frame_error::none);
    message content;
    std::size_t count = 0;
    while (read.messages.next(content)) {
      count += std::holds_alternative<busy>(content) ? 1 : 0;
    }
    EXPECT_EQ(count, added);
  }
}

TEST(frames, stand_one_behind_the_other_in_a_buffer) {
  std::vector<std::byte> bytes = bytes_of({1, 2, 3});
  const sealer seal = sample_seal();
  for (int i = 0; i < 2; ++i) {
    frame_builder frame(bytes, sample_header(), seal);
    EXPECT_TRUE(frame.add(ping_answer{.probe = {4}}));
    frame.finish();
  }
  const std::size_t size = (bytes.size() - 3) / 2;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto one = std::span(bytes).subspan(3 + i * size, size);
    received_frame frame;
    EXPECT_EQ(read_frame(one, sample_cluster, seal, frame), frame_error::none);
  }
}

TEST(frames, with_any_one_bit_flipped_are_refused) {
  for (const sealer& seal : {sealer(), sample_seal()}) {
    const auto bytes = frame_of(sample_header(), sample_messages(), seal);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      auto flipped = bytes;
      flipped[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
      EXPECT_NE(error_of(flipped, seal), frame_error::none) << "bit " << bit;
    }
  }
}

TEST(frames, cut_off_anywhere_or_with_a_byte_more_are_refused) {
  for (const sealer& seal : {sealer(), sample_seal()}) {
    auto bytes = frame_of(sample_header(), sample_messages(), seal);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_NE(error_of({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)}, seal),
                frame_error::none)
          << size;
    }
    bytes.push_back({});
    EXPECT_EQ(error_of(bytes, seal), frame_error::corrupt);
    bytes.resize(frame_size_max + 1);
    EXPECT_EQ(error_of(bytes, seal), frame_error::malformed);
  }
}

TEST(frames, of_another_version_or_cluster_are_told_apart) {
  auto bytes = frame_of(sample_header(), {}, sealer());
  EXPECT_EQ(error_of(bytes, sealer(), sample_cluster + 1), frame_error::other_cluster);
  bytes[0] = std::byte{2};
  EXPECT_EQ(error_of(bytes, sealer()), frame_error::unknown_version);
}

TEST(frames, whose_header_breaks_a_bound_are_malformed) {
  // The flags stand after the clear part and the receiver's boot.
  constexpr std::size_t flags_at = 34 + 8;
  frame_header header;
  header.cluster = sample_cluster;
  const auto resealed = [&](std::size_t at, int value) {
    auto bytes = frame_of(header, {}, sealer());
    bytes.erase(bytes.end() - 8, bytes.end());
    bytes[at] = static_cast<std::byte>(value);
    sealer().seal(bytes, 0, 34, {});
    return error_of(bytes, sealer());
  };
  EXPECT_EQ(resealed(flags_at, 0), frame_error::none);
  EXPECT_EQ(resealed(flags_at, 8), frame_error::malformed);
  EXPECT_EQ(resealed(flags_at, 4), frame_error::malformed);  // covers an echo that is not there
  const std::size_t count_at = frame_of(header, {}, sealer()).size() - 8 - 1;
  EXPECT_EQ(resealed(count_at, 33), frame_error::malformed);
  EXPECT_EQ(resealed(count_at, 1), frame_error::malformed);
  header.anchor = instant(duration(-1));
  EXPECT_EQ(resealed(flags_at, 0), frame_error::malformed);
}

TEST(sealed_frames, hide_what_they_carry) {
  const std::string secret = "a-lock-nobody-should-see";
  const auto holds_secret = [&](const sealer& seal) {
    const auto bytes = frame_of(sample_header(), {busy{.lock = secret, .request = {1}}}, seal);
    const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text.find(secret) != std::string::npos;
  };
  EXPECT_TRUE(holds_secret(sealer()));
  EXPECT_FALSE(holds_secret(sample_seal()));
}

TEST(sealed_frames, are_read_by_nobody_without_that_key) {
  const auto sealed = frame_of(sample_header(), sample_messages(), sample_seal(7));
  EXPECT_EQ(error_of(sealed, sample_seal(7)), frame_error::none);
  EXPECT_EQ(error_of(sealed, sample_seal(8)), frame_error::corrupt);
  EXPECT_EQ(error_of(sealed, sealer()), frame_error::corrupt);
  const auto open = frame_of(sample_header(), sample_messages(), sealer());
  EXPECT_EQ(error_of(open, sample_seal(7)), frame_error::corrupt);
}

TEST(sealed_frames, differ_for_equal_content_in_different_frames) {
  frame_header header = sample_header();
  const auto first = frame_of(header, sample_messages(), sample_seal());
  header.sequence = header.sequence.next();
  const auto second = frame_of(header, sample_messages(), sample_seal());
  std::size_t equal = 0;
  for (std::size_t i = 34; i < first.size(); ++i) {
    equal += first[i] == second[i] ? 1 : 0;
  }
  EXPECT_LT(equal, first.size() / 16);
}

TEST(sealed_frames, need_a_key_of_32_bytes) {
  EXPECT_DEATH(sealer(std::vector<std::byte>(31)), "a cluster key has 32 bytes");
}

}  // namespace
}  // namespace conclave::core
