// Members and their events, as users see them.
#include "cluster.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

namespace conclave::test {

namespace {

// Events as they came, for any thread to look at.
class diary {
 public:
  void write(const member_event& event) {
    const std::scoped_lock guard(mutex_);
    events_.push_back(event);
  }
  [[nodiscard]] bool has(const std::string& name, member_event_kind kind) const {
    const std::scoped_lock guard(mutex_);
    return std::ranges::any_of(events_, [&](const member_event& one) {
      return one.kind == kind && one.member.name == name;
    });
  }

 private:
  mutable std::mutex mutex_;
  std::vector<member_event> events_;
};

TEST(members, are_told_as_they_come_and_go) {
  cluster nodes(2);
  diary seen;
  const subscription listening =
      nodes[0].subscribe([&](const member_event& event) { seen.write(event); });
  {
    node guest(nodes.settings("guest"));
    guest.join(patience);
    EXPECT_TRUE(eventually([&] { return seen.has("guest", member_event_kind::joined); }));
    guest.set_metadata("zone=b");
    EXPECT_TRUE(eventually([&] { return seen.has("guest", member_event_kind::updated); }));
    guest.leave();
  }
  EXPECT_TRUE(eventually([&] { return seen.has("guest", member_event_kind::left); }));
}

TEST(members, show_address_metadata_and_part) {
  cluster nodes(3, [](config& settings) { settings.metadata = "of " + settings.name; });
  EXPECT_TRUE(eventually([&] { return nodes[0].members().size() == 3; }));
  const std::vector<member> members = nodes[0].members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    EXPECT_EQ(members[i].name, "n" + std::to_string(i)) << "by name";
    EXPECT_EQ(members[i].address, nodes[i].local_address());
    EXPECT_EQ(members[i].status, member_status::alive);
    EXPECT_EQ(members[i].metadata, "of n" + std::to_string(i));
    EXPECT_TRUE(members[i].voter);
    EXPECT_NE(members[i].boot, 0U);
  }
  EXPECT_EQ(nodes[0].self(), members[0]);
}

TEST(members, metadata_set_before_joining_is_what_others_see) {
  cluster nodes(1);
  node guest(nodes.settings("guest"));
  guest.set_metadata("zone=c");
  EXPECT_EQ(guest.self().metadata, "zone=c");
  guest.join(patience);
  EXPECT_TRUE(eventually([&] {
    const auto members = nodes[0].members();
    return members.size() == 2 && members[0].metadata == "zone=c";
  }));
}

TEST(members, metadata_is_bounded) {
  cluster nodes(1);
  EXPECT_EQ(error_of([&] { nodes[0].set_metadata(std::string(513, 'x')); }), errc::invalid_config);
  nodes[0].set_metadata(std::string(512, 'x'));
  EXPECT_EQ(nodes[0].self().metadata.size(), 512U);
}

TEST(members, that_have_settled_are_told_in_one_call) {
  cluster nodes(3);
  std::mutex guard;
  std::vector<std::vector<member_event>> calls;
  const subscription listening =
      nodes[0].subscribe_settled(std::chrono::milliseconds(50), [&](const auto& news) {
        const std::scoped_lock locked(guard);
        calls.push_back(news);
      });
  const auto last_told = [&](const std::string& name) -> std::optional<member_event_kind> {
    const std::scoped_lock locked(guard);
    std::optional<member_event_kind> last;
    for (const auto& news : calls) {
      for (const member_event& one : news) {
        last = one.member.name == name ? one.kind : last;
      }
    }
    return last;
  };
  EXPECT_TRUE(eventually([&] {
    return last_told("n1") == member_event_kind::joined &&
           last_told("n2") == member_event_kind::joined;
  }));
  EXPECT_FALSE(last_told("n0")) << "that is itself";
  nodes[1].set_metadata("zone=b");
  EXPECT_TRUE(eventually([&] { return last_told("n1") == member_event_kind::updated; }));
  nodes[2].leave();
  EXPECT_TRUE(eventually([&] { return last_told("n2") == member_event_kind::left; }));
}

// What it owns may use the node when it goes, which happens when the callback returns.
TEST(members, a_callback_that_ends_itself_may_own_who_calls_the_node) {
  struct caller {
    node& on;
    std::atomic<bool>& gone;
    ~caller() { gone = on.members().size() > 1; }
  };
  cluster nodes(1);
  std::atomic<bool> gone = false;
  subscription listening;
  auto owned = std::make_shared<caller>(nodes[0], gone);
  listening = nodes[0].subscribe_settled(
      std::chrono::nanoseconds(0),
      [&listening, owned = std::move(owned)](const auto&) { listening = {}; });
  node guest(nodes.settings("guest"));
  guest.join(patience);
  EXPECT_TRUE(eventually([&] { return gone.load(); }));
}

TEST(members, settle_in_no_less_than_nothing) {
  cluster nodes(1);
  EXPECT_EQ(error_of([&] {
              (void)nodes[0].subscribe_settled(std::chrono::nanoseconds(-1), [](const auto&) {});
            }),
            errc::invalid_config);
}

TEST(members, a_subscription_outlives_its_node) {
  cluster nodes(1);
  subscription listening = nodes[0].subscribe([](const member_event&) {});
  nodes.stop(0);
  listening = {};
}

}  // namespace

}  // namespace conclave::test
