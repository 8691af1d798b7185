// Whatever bytes come in, reading them ends, breaks nothing, and asks for no more memory than came.
#include "largest_allocation.hpp"
#include "samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace conclave::core {
namespace {

constexpr std::size_t frames_to_read = 1'000'000;
constexpr std::size_t clear_size = 34;

struct tally {
  std::size_t frames = 0;
  std::size_t parsed = 0;  // passed the checksum and the header
  std::size_t messages = 0;
  std::size_t malformed = 0;
  std::size_t largest = 0;  // allocation beyond the frame's own size
};

void read_whole(std::vector<std::byte>& bytes, const sealer& seal, tally& seen) {
  reset_largest_allocation();
  received_frame frame;
  const frame_error error = read_frame(bytes, sample_cluster, seal, frame);
  ++seen.frames;
  message content;
  std::size_t count = 0;
  while (error == frame_error::none && frame.messages.next(content)) {
    ++count;
  }
  const std::size_t largest = largest_allocation();
  seen.largest = std::max(seen.largest, largest > bytes.size() ? largest : 0);
  seen.parsed += error == frame_error::none ? 1 : 0;
  seen.messages += count;
  seen.malformed += frame.messages.malformed() ? 1 : 0;
  if (count > 0 && seen.frames % 64 == 0) {
    EXPECT_FALSE(to_text(content).empty());
  }
}

// One to four changes of the kinds that find mistakes in parsers.
void mutate(std::vector<std::byte>& bytes, std::size_t from, random_source& random) {
  constexpr std::array<int, 8> telling = {0x00, 0x01, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x40};
  for (std::uint64_t change = 0; change <= random.below(4) && bytes.size() > from; ++change) {
    const std::size_t at = from + random.below(bytes.size() - from);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random.below(6)) {
      case 0:
        bytes[at] ^= static_cast<std::byte>(1U << random.below(8));
        break;
      case 1:
        bytes[at] = static_cast<std::byte>(random.next());
        break;
      case 2:
        bytes[at] = static_cast<std::byte>(telling[random.below(telling.size())]);
        break;
      case 3:
        bytes.insert(place, static_cast<std::byte>(random.next()));
        break;
      case 4:
        bytes.erase(place,
                    place + static_cast<std::ptrdiff_t>(
                                1 + random.below(std::min<std::size_t>(8, bytes.size() - at))));
        break;
      case 5:
        bytes.resize(at);
        break;
    }
  }
}

std::vector<std::vector<std::byte>> valid_frames(random_source& random, const sealer& seal) {
  std::vector<std::vector<std::byte>> frames;
  for (int i = 0; i < 400; ++i) {
    std::vector<message> messages;
    for (std::uint64_t count = random.below(8); count > 0; --count) {
      messages.push_back(random_message(random));
    }
    frames.push_back(frame_of(random_header(random), messages, seal));
  }
  return frames;
}

TEST(hostile_bytes, mutated_before_the_checksum_reach_the_parser_and_do_no_harm) {
  random_source random(20'240'607);
  const sealer seal;
  const auto frames = valid_frames(random, seal);
  tally seen;
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < frames_to_read / 2; ++i) {
    const auto& valid = frames[random.below(frames.size())];
    bytes.assign(valid.begin(), valid.end() - 8);
    mutate(bytes, clear_size, random);
    seal.seal(bytes, 0, clear_size, {});
    read_whole(bytes, seal, seen);
  }
  EXPECT_EQ(seen.largest, 0U);
  // It is the parser that was tested: most headers pass, many bodies are refused, many read.
  EXPECT_GT(seen.parsed, seen.frames / 3);
  EXPECT_GT(seen.malformed, seen.frames / 8);
  EXPECT_GT(seen.messages, seen.frames / 2);
}

TEST(hostile_bytes, mutated_after_the_checksum_are_refused) {
  random_source random(20'240'608);
  const auto plain = valid_frames(random, sealer());
  const sealer key = sample_seal();
  const auto sealed = valid_frames(random, key);
  tally seen;
  std::size_t unchanged = 0;
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < frames_to_read / 4; ++i) {
    const bool with_key = i % 4 == 0;
    const auto& frames = with_key ? sealed : plain;
    const auto& valid = frames[random.below(frames.size())];
    bytes = valid;
    mutate(bytes, 0, random);
    unchanged += bytes == valid ? 1 : 0;
    read_whole(bytes, with_key ? key : sealer(), seen);
  }
  EXPECT_EQ(seen.largest, 0U);
  EXPECT_EQ(seen.parsed, unchanged);
}

TEST(hostile_bytes, at_random_do_no_harm) {
  random_source random(20'240'609);
  const sealer seal;
  tally seen;
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i < frames_to_read / 4; ++i) {
    bytes.resize(random.below(i % 16 == 0 ? frame_size_max + 100 : 120));
    for (std::byte& one : bytes) {
      one = static_cast<std::byte>(random.next());
    }
    // Half of them with what it takes to get to the messages.
    if (i % 2 == 0 && bytes.size() < frame_size_max - 100) {
      bytes = raw_frame(sample_header(), bytes, seal);
    }
    read_whole(bytes, seal, seen);
  }
  EXPECT_EQ(seen.largest, 0U);
  EXPECT_GT(seen.parsed, seen.frames / 3);
}

}  // namespace
}  // namespace conclave::core
