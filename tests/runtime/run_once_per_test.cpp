// Jobs by the period, on real nodes. What depends on clocks is tested in the simulator.
#include "cluster.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace conclave::test {

namespace {

constexpr std::chrono::milliseconds period{100};
const job_options close_clocks{.clocks_within = 1ms};

// Runs by any node.
class log_of_runs {
 public:
  job job_of(std::size_t node) {
    return [this, node](job_run one) -> boost::asio::awaitable<void> {
      const std::scoped_lock guard(mutex_);
      all_.push_back({node, one});
      co_return;
    };
  }
  struct entry {
    std::size_t node;
    job_run run;
  };
  [[nodiscard]] std::vector<entry> all() {
    const std::scoped_lock guard(mutex_);
    return all_;
  }
  [[nodiscard]] std::size_t size() { return all().size(); }

 private:
  std::mutex mutex_;
  std::vector<entry> all_;
};

TEST(run_once_per, one_node_runs_it_once_in_each_period) {
  cluster nodes(3);
  log_of_runs runs;
  std::vector<scheduled_job> jobs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    jobs.push_back(run_once_per(nodes[i], "job", period, runs.job_of(i), close_clocks));
  }
  ASSERT_TRUE(eventually([&] { return runs.size() >= 5; }));
  std::set<std::chrono::system_clock::time_point> dues;
  fencing_token last;
  for (const auto& [node, run] : runs.all()) {
    EXPECT_TRUE(dues.insert(run.due).second) << "one period, one run";
    EXPECT_EQ(run.due.time_since_epoch() % period, 0s);
    EXPECT_EQ(node, runs.all().front().node) << "who leads goes on";
    EXPECT_GE(run.token, last);
    last = run.token;
  }
}

TEST(run_once_per, another_takes_over_when_one_stops) {
  cluster nodes(3);
  log_of_runs runs;
  scheduled_job first = run_once_per(nodes[0], "job", period, runs.job_of(0), close_clocks);
  ASSERT_TRUE(eventually([&] { return runs.size() >= 1; }));
  const scheduled_job second = run_once_per(nodes[1], "job", period, runs.job_of(1), close_clocks);
  first = {};
  ASSERT_TRUE(eventually([&] {
    return std::ranges::any_of(runs.all(), [](const auto& one) { return one.node == 1; });
  }));
  std::set<std::chrono::system_clock::time_point> dues;
  for (const auto& [node, run] : runs.all()) {
    EXPECT_TRUE(dues.insert(run.due).second);
  }
}

TEST(run_once_per, a_run_that_takes_long_leaves_out_the_periods_that_it_covers) {
  cluster nodes(1);
  boost::asio::thread_pool pool(1);
  std::mutex lock;
  std::vector<std::chrono::system_clock::time_point> dues;
  const auto slow = [&](job_run one) -> boost::asio::awaitable<void> {
    {
      const std::scoped_lock guard(lock);
      dues.push_back(one.due);
    }
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, 5 * period / 2);
    co_await timer.async_wait(boost::asio::use_awaitable);
  };
  {
    const scheduled_job one = run_once_per(nodes[0], "job", period, slow,
                                           {.clocks_within = 1ms, .executor = pool.get_executor()});
    ASSERT_TRUE(eventually([&] {
      const std::scoped_lock guard(lock);
      return dues.size() >= 2;
    }));
  }
  nodes.stop(0);
  pool.join();
  EXPECT_GE(dues[1] - dues[0], 2 * period);
}

TEST(run_once_per, refuses_a_period_that_clocks_can_cover) {
  cluster nodes(1);
  log_of_runs runs;
  for (const job_options& wrong :
       {job_options{.clocks_within = period}, job_options{.clocks_within = -1ns}}) {
    try {
      const scheduled_job none = run_once_per(nodes[0], "job", period, runs.job_of(0), wrong);
      FAIL() << "it was taken";
    } catch (const boost::system::system_error& thrown) {
      EXPECT_EQ(thrown.code(), errc::invalid_config);
    }
  }
}

}  // namespace

}  // namespace conclave::test
