// Hostile frames: they look like the sender's, and can't be acknowledged in its name.
#include "sim/hostile.hpp"

#include "wire/frame.hpp"

#include <gtest/gtest.h>

#include <variant>
#include <vector>

namespace conclave::sim {
namespace {

constexpr std::uint64_t label = 77;
constexpr core::lamport_time told_at{1'000};

std::vector<std::byte> frame_with(const core::message& content) {
  core::frame_header header;
  header.cluster = label;
  header.sender = {.node = {5}, .boot = {6}};
  header.sequence = {9};
  header.lamport = told_at;
  header.acknowledged_count = 1;
  std::vector<std::byte> bytes;
  const core::sealer seal;
  core::frame_builder builder(bytes, header, seal);
  EXPECT_TRUE(builder.add(content));
  builder.finish();
  return bytes;
}

TEST(hostile, frames_are_well_formed_and_of_the_same_sender) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    std::vector<std::byte> bytes =
        frame_with(core::release{.lock = "a", .request = {3}, .last_token = {}});
    ASSERT_TRUE(make_hostile(bytes, core::random_source(seed)));
    core::received_frame read;
    ASSERT_EQ(core::read_frame(bytes, label, core::sealer(), read), core::frame_error::none);
    EXPECT_EQ(read.header.sender.node, core::node_id{5});
    EXPECT_GT(read.header.sequence, core::sequence{9});
    EXPECT_EQ(read.header.acknowledged_count, 0U);
    core::message said;
    ASSERT_TRUE(read.messages.next(said));
    EXPECT_GT(std::get<core::release>(said).last_token.value, told_at.value);
  }
}

TEST(hostile, frames_without_anything_to_lie_about_are_far_ahead) {
  std::vector<std::byte> bytes = frame_with(core::ping{.probe = {1}, .target = {2}});
  ASSERT_TRUE(make_hostile(bytes, core::random_source(1)));
  core::received_frame read;
  ASSERT_EQ(core::read_frame(bytes, label, core::sealer(), read), core::frame_error::none);
  EXPECT_GT(read.header.lamport.value, std::uint64_t{1} << 61U);
  core::message said;
  EXPECT_FALSE(read.messages.next(said));
}

TEST(hostile, what_is_no_frame_stays_as_it_is) {
  std::vector<std::byte> bytes(40, std::byte{3});
  const std::vector<std::byte> before = bytes;
  EXPECT_FALSE(make_hostile(bytes, core::random_source(1)));
  EXPECT_EQ(bytes, before);
}

}  // namespace
}  // namespace conclave::sim
