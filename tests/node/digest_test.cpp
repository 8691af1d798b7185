// A node's state as a value: equal digests go on alike, and what changes the state changes them.
#include "base/digest.hpp"

#include "little_cluster.hpp"

namespace conclave::core {
namespace {

class digest_test : public testing::Test, public little_cluster {
 protected:
  static std::uint64_t digest_of(const node& one) {
    digest sum;
    one.add_to(sum);
    return sum.value();
  }
};

TEST_F(digest_test, a_copy_has_the_same_digest_and_goes_on_alike) {
  start_three();
  node first = at("n1");
  node second = first;
  ASSERT_EQ(digest_of(first), digest_of(second));
  actions of_first;
  actions of_second;
  first.lock("a", {}, now, of_first);
  second.lock("a", {}, now, of_second);
  EXPECT_EQ(digest_of(first), digest_of(second));
  EXPECT_EQ(of_first.bytes, of_second.bytes);
  EXPECT_NE(digest_of(first), digest_of(at("n1")));
}

TEST_F(digest_test, differs_with_what_the_owner_wants) {
  start_three();
  const auto after = [&](const lock_name& name, lock_request options) {
    node copy = at("n1");
    actions out;
    copy.lock(name, options, now, out);
    return digest_of(copy);
  };
  const std::uint64_t plain = after("a", {});
  EXPECT_NE(plain, after("b", {}));
  EXPECT_NE(plain, after("a", {.span = 2}));
  EXPECT_NE(plain, after("a", {.wait = false}));
  EXPECT_NE(plain, after("a", {.give_up_at = now + 1s}));
}

TEST_F(digest_test, differs_with_who_was_heard) {
  start_three();
  node first = at("n3");
  node second = first;
  const auto hear = [&](node& by, const std::string& name) {
    frame_header header;
    header.cluster = by.links().settings().cluster;
    header.sender = {.node = node_id_of(name), .boot = boot_id{1}};
    header.sequence = sequence{1};
    header.anchor = now;
    header.echo = now;
    header.lease_ttl = 1s;
    header.receiver_boot = by.self().boot;
    header.epoch = by.roster().epoch;
    header.roster_fingerprint = by.roster().fingerprint();
    std::vector<std::byte> bytes;
    const sealer seal;
    frame_builder frame(bytes, header, seal);
    frame.finish();
    actions out;
    by.handle(bytes, ipv4_address({10, 0, 0, 9}, 9'000), now, out);
  };
  hear(first, "x");
  EXPECT_NE(digest_of(first), digest_of(second));
  hear(second, "x");
  EXPECT_EQ(digest_of(first), digest_of(second));
}

}  // namespace
}  // namespace conclave::core
