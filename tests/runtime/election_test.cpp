// Who leads, and who sees it, on real nodes.
#include "cluster.hpp"

#include <boost/asio/use_future.hpp>

#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace conclave::test {

namespace {

// What one observer was told, in order.
class diary {
 public:
  std::function<void(const lock_holder&)> pen() {
    return [this](const lock_holder& seen) {
      const std::scoped_lock guard(mutex_);
      all_.push_back(seen);
    };
  }
  [[nodiscard]] std::vector<lock_holder> all() {
    const std::scoped_lock guard(mutex_);
    return all_;
  }
  [[nodiscard]] lock_holder last() {
    const std::scoped_lock guard(mutex_);
    return all_.empty() ? lock_holder() : all_.back();
  }
  // Whether this was told, at any time.
  [[nodiscard]] bool says(const std::string& node, fencing_token token) {
    return std::ranges::any_of(all(), [&](const lock_holder& one) {
      return one.known && one.node == node && one.token == token;
    });
  }

 private:
  std::mutex mutex_;
  std::vector<lock_holder> all_;
};

TEST(election, is_won_by_one_whose_token_grows_from_leader_to_leader) {
  cluster nodes(3);
  election first(nodes[0], "boss");
  election second(nodes[1], "boss");
  grant leads = first.campaign();
  EXPECT_TRUE(leads.valid());
  EXPECT_FALSE(second.campaign_for(50ms));
  std::future<grant> next = second.async_campaign(boost::asio::use_future);
  const fencing_token before = leads.token();
  EXPECT_FALSE(leads.release());
  EXPECT_GT(next.get().token(), before);
}

TEST(election, every_campaign_of_one_node_has_a_ballot_of_its_own) {
  cluster nodes(3);
  diary seen;
  const subscription watching = observe(nodes[1], "boss", seen.pen());
  election one(nodes[0], "boss");
  for (int turn = 0; turn < 3; ++turn) {
    grant leads = one.campaign();
    EXPECT_TRUE(eventually([&] { return seen.says("n0", leads.token()); }));
  }
}

TEST(observers, see_each_leader_with_its_token_and_then_nobody) {
  cluster nodes(3);
  diary seen;
  const subscription watching = observe(nodes[2], "boss", seen.pen());
  ASSERT_TRUE(eventually([&] { return seen.last().known; }));
  EXPECT_EQ(seen.last().node, "") << "nobody leads yet";
  fencing_token last;
  for (std::size_t i = 0; i < 2; ++i) {
    election one(nodes[i], "boss");
    grant leads = one.campaign();
    ASSERT_TRUE(eventually([&] { return seen.says("n" + std::to_string(i), leads.token()); }));
    last = leads.token();
  }
  ASSERT_TRUE(eventually([&] { return seen.last().node.empty(); }));
  EXPECT_EQ(seen.last().token, last) << "tokens never go back";
  fencing_token before;
  for (const lock_holder& one : seen.all()) {
    EXPECT_GE(one.token, before);
    before = one.token;
  }
}

TEST(observers, who_come_later_are_told_what_is) {
  cluster nodes(3);
  diary early;
  diary late;
  const subscription first = observe(nodes[1], "boss", early.pen());
  election one(nodes[0], "boss");
  const grant leads = one.campaign();
  ASSERT_TRUE(eventually([&] { return early.says("n0", leads.token()); }));
  const std::size_t told = early.all().size();
  const subscription second = one.observe(late.pen());
  const subscription third = observe(nodes[1], "boss", late.pen());
  EXPECT_TRUE(eventually([&] { return late.all().size() >= 2 && late.says("n0", leads.token()); }));
  EXPECT_EQ(early.all().size(), told) << "nothing is news to it";
}

TEST(observers, learn_that_no_majority_answers) {
  cluster nodes(3);
  diary seen;
  const subscription watching = observe(nodes[0], "boss", seen.pen());
  ASSERT_TRUE(eventually([&] { return seen.last().known; }));
  nodes.stop(1);
  nodes.stop(2);
  EXPECT_TRUE(eventually([&] { return !seen.last().known; }));
}

TEST(observers, are_told_nothing_once_they_have_ended) {
  cluster nodes(3);
  diary seen;
  diary other;
  std::optional<subscription> watching = observe(nodes[1], "boss", seen.pen());
  ASSERT_TRUE(eventually([&] { return seen.last().known; }));
  watching.reset();
  const std::size_t told = seen.all().size();
  const subscription goes_on = observe(nodes[1], "boss", other.pen());
  const grant leads = election(nodes[0], "boss").campaign();
  ASSERT_TRUE(eventually([&] { return other.says("n0", leads.token()); }));
  EXPECT_EQ(seen.all().size(), told);
}

TEST(observers, are_refused_where_nothing_can_be_seen) {
  cluster nodes(1);
  const auto ignore = [](const lock_holder&) {};
  EXPECT_EQ(error_of([&] { const auto none = observe(nodes[0], "", ignore); }),
            errc::invalid_lock_name);
  node idle(nodes.settings("n0"));
  EXPECT_EQ(error_of([&] { const auto none = observe(idle, "l", ignore); }), errc::not_joined);
  config settings = nodes.settings("watcher");
  settings.voters.clear();
  settings.new_cluster = false;
  settings.observer = true;
  node watcher(settings);
  watcher.join(patience);
  EXPECT_EQ(error_of([&] { const auto none = observe(watcher, "l", ignore); }), errc::observer);
}

}  // namespace

}  // namespace conclave::test
