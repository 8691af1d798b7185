// Messages to bytes and back, and as text (docs/protocol.md, "Frames and messages").
#include "samples.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

std::vector<message> read_all(std::vector<std::byte> bytes, const sealer& seal) {
  received_frame frame;
  EXPECT_EQ(read_frame(bytes, sample_cluster, seal, frame), frame_error::none);
  std::vector<message> messages;
  message one;
  while (frame.messages.next(one)) {
    messages.push_back(one);
  }
  EXPECT_FALSE(frame.messages.malformed());
  return messages;
}

void expect_round_trip(const std::vector<message>& messages, const sealer& seal) {
  const auto bytes = frame_of(sample_header(), messages, seal);
  const auto read = read_all(bytes, seal);
  ASSERT_EQ(read.size(), messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ(read[i].index(), messages[i].index());
    EXPECT_EQ(to_text(read[i]), to_text(messages[i]));
  }
  EXPECT_EQ(frame_of(sample_header(), read, seal), bytes);
}

TEST(messages, samples_are_one_of_each_kind) {
  for (const auto& samples : {sample_messages(), longest_messages()}) {
    ASSERT_EQ(samples.size(), std::variant_size_v<message>);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      EXPECT_EQ(samples[i].index(), i);
    }
  }
}

TEST(messages, are_read_as_they_were_written) {
  expect_round_trip(sample_messages(), sealer());
  expect_round_trip(sample_messages(), sample_seal());
  for (const message& one : longest_messages()) {
    expect_round_trip({one}, sealer());
  }
}

TEST(messages, with_random_values_are_read_as_they_were_written) {
  random_source random(3);
  for (int i = 0; i < 5'000; ++i) {
    expect_round_trip({random_message(random)}, sealer());
  }
}

// The numbers are the protocol: a change here is a new version of it.
TEST(messages, have_the_kinds_and_bytes_that_other_versions_expect) {
  const auto body = [](const message& one) {
    const std::size_t empty = frame_of(sample_header(), {}, sealer()).size();
    auto bytes = frame_of(sample_header(), {one}, sealer());
    bytes.erase(bytes.end() - 8, bytes.end());
    return std::vector(bytes.begin() + static_cast<std::ptrdiff_t>(empty - 8), bytes.end());
  };
  const auto samples = sample_messages();
  EXPECT_EQ(body(samples[2]), bytes_of({2, 4, 0, 1, 'a', 3, 0}));
  EXPECT_EQ(body(samples[5]), bytes_of({5, 5, 0, 1, 'a', 3, 0xae, 2}));
  EXPECT_EQ(body(samples[10]), bytes_of({10, 10, 0, 9, 2, 0x8f, 3, 0xe0, 0xd4, 3, 40, 0xf4, 3}));
  EXPECT_EQ(body(samples[11]), bytes_of({11, 9, 0, 9, 10, 0, 127, 0, 0, 1, 0xe9, 0x1c}));
  EXPECT_EQ(body(samples[13]), bytes_of({13, 10, 0, 2, 12, 13, 14, 3, 2, 5, 2, 0x01, 0x80}));
  EXPECT_EQ(body(samples[14]), bytes_of({14, 3, 0, 12, 15, 1}));
}

TEST(messages, fit_an_empty_frame_at_their_longest_under_the_longest_header) {
  for (const message& one : longest_messages()) {
    std::vector<std::byte> bytes;
    const sealer seal = sample_seal();
    frame_header header = longest_header();
    frame_builder frame(bytes, header, seal);
    EXPECT_TRUE(frame.add(one)) << to_text(one);
    frame.finish();
    EXPECT_LE(bytes.size(), frame_size_max);
  }
}

TEST(messages, print_as_text) {
  const auto samples = sample_messages();
  EXPECT_EQ(to_text(samples[0]),
            "REQUEST lock=\"orders/42\" mode=exclusive ticket={time=300 node=2 request=3} "
            "min_ballot=300 span=1024 wait=yes keeps=no permits=0 slot=0 holds=no");
  EXPECT_EQ(to_text(samples[1]), "VOTE lock=\"a\" request=3 ballot=301 generation=4 slot=1");
  EXPECT_EQ(to_text(samples[6]), "REFUSAL reason=roster_mismatch offered=5 accepted=6");
  EXPECT_EQ(to_text(samples[7]), "LAMPORT_QUERY");
  EXPECT_EQ(to_text(samples[10]),
            "PING_ANSWER probe=9 at={x=1 y=-200 z=30000 height=40 error=500}");
  EXPECT_EQ(to_text(samples.back()),
            "ACCUSATION member=26 boot=11 incarnation=12 accuser=27 flaps=yes");
  EXPECT_EQ(to_text(samples[11]), "PING_REQUEST probe=9 target=10 where=127.0.0.1:7401");
  EXPECT_EQ(to_text(samples[12]),
            "MEMBER_UPDATE name=\"billing-1\" "
            "where=[fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe]:65535 status=suspect boot=11 "
            "incarnation=12 metadata=\"zone=b\"");
  EXPECT_EQ(to_text(samples[13]),
            "SYNC_REQUEST wish=comparison number=12 position=13 digest=14 "
            "has={slices=3 slice=2 salt=5 bits=2 bytes}");
}

TEST(messages, print_names_of_strangers_without_breaking_a_line_or_a_terminal) {
  EXPECT_EQ(to_text(busy{.lock = "a\"\n\x1b[2J\\\xff", .request = {1}}),
            "BUSY lock=\"a\\x22\\x0a\\x1b[2J\\x5c\\xff\" request=1 recalled=no");
}

struct bad_body {
  const char* what;
  std::vector<std::byte> messages;
};

TEST(messages, that_break_a_bound_are_refused) {
  const auto with_text = [](std::initializer_list<int> head, std::size_t size,
                            std::initializer_list<int> tail) {
    auto bytes = bytes_of(head);
    bytes.insert(bytes.end(), size, std::byte{'x'});
    const auto end = bytes_of(tail);
    bytes.insert(bytes.end(), end.begin(), end.end());
    return bytes;
  };
  const std::vector<bad_body> all = {
      {"a name of 256 bytes", with_text({2, 3, 1, 0x80, 2}, 256, {3})},
      {"metadata of 513 bytes",
       with_text({12, 14, 2, 1, 'a', 0, 1, 2, 3, 4, 5, 6, 0, 1, 1, 0x81, 4}, 513, {})},
      {"a name longer than its message", bytes_of({2, 3, 0, 9, 'a', 3})},
      {"a body longer than the frame", bytes_of({2, 255, 255, 1, 'a', 3})},
      {"a body that ends early", bytes_of({2, 2, 0, 1, 'a'})},
      {"a length that is cut off", bytes_of({2, 3})},
      {"a flag that is neither yes nor no", bytes_of({8, 1, 0, 2})},
      {"a status that is none", bytes_of({12, 11, 0, 1, 'a', 0, 1, 2, 3, 4, 5, 6, 4, 1, 1, 0})},
      {"a reason that is none", bytes_of({6, 3, 0, 9, 1, 1})},
      {"an address that is neither v4 nor v6",
       bytes_of({11, 9, 0, 9, 10, 2, 127, 0, 0, 1, 0xe9, 0x1c})},
      {"a number of 65 bits",
       bytes_of({10, 10, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2})},
      {"a filter of 769 bytes", with_text({13, 10, 3, 0, 0, 0, 0, 1, 0, 0, 0x81, 6}, 769, {})},
      {"a wish that is none", bytes_of({13, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0})},
      {"a number without end",
       bytes_of({14, 11, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0})},
      {"a number greater than its field", bytes_of({14, 5, 0, 0xff, 0xff, 0xff, 0xff, 0x1f})},
  };
  for (const bad_body& one : all) {
    auto messages = one.messages;
    const auto sound = bytes_of({10, 1, 0, 9});  // not read any more
    messages.insert(messages.end(), sound.begin(), sound.end());
    auto bytes = raw_frame(sample_header(), messages, sealer());
    received_frame frame;
    ASSERT_EQ(read_frame(bytes, sample_cluster, sealer(), frame), frame_error::none);
    message content;
    EXPECT_FALSE(frame.messages.next(content)) << one.what;
    EXPECT_TRUE(frame.messages.malformed()) << one.what;
    EXPECT_FALSE(frame.messages.next(content)) << one.what;
  }
}

TEST(messages, of_unknown_kind_are_skipped_by_their_length_and_counted) {
  auto bytes =
      raw_frame(sample_header(), bytes_of({0x99, 0x01, 4, 0, 1,  2, 3, 4, 14, 3, 0, 12, 15, 1,
                                           0xff, 0x7f, 0, 0, 10, 6, 0, 9, 0,  0, 0, 0,  0}),
                sealer());
  received_frame frame;
  ASSERT_EQ(read_frame(bytes, sample_cluster, sealer(), frame), frame_error::none);
  message content;
  ASSERT_TRUE(frame.messages.next(content));
  EXPECT_EQ(to_text(content), "SYNC_PAGE_END number=12 next=15 equal=yes");
  ASSERT_TRUE(frame.messages.next(content));
  EXPECT_EQ(to_text(content), "PING_ANSWER probe=9 at={x=0 y=0 z=0 height=0 error=0}");
  EXPECT_FALSE(frame.messages.next(content));
  EXPECT_FALSE(frame.messages.malformed());
  EXPECT_EQ(frame.messages.unknown_kinds(), 2U);
}

// A later version may append fields to a message.
TEST(messages, with_more_fields_than_known_are_read_as_far_as_known) {
  auto bytes = raw_frame(sample_header(),
                         bytes_of({14, 4, 0, 15, 1, 1, 2, 10, 6, 0, 9, 0, 0, 0, 0, 0}), sealer());
  EXPECT_EQ(read_all(bytes, sealer()).size(), 2U);
}

}  // namespace
}  // namespace conclave::core
