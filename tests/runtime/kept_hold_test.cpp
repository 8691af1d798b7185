// What threads may take of a hold that is kept, and what its candidate hears of it.
#include "runtime/kept_hold.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace conclave::runtime {
namespace {

using namespace std::chrono_literals;

instant at(duration since_start) {
  return instant(since_start);
}

class kept_hold_test : public testing::Test {
 protected:
  std::optional<kept_hold::share> take(duration now = 0s) {
    return kept_.take([&] { return at(now); }, me_);
  }
  void open(std::uint64_t tokens = 10, duration until = 1s) {
    kept_.open(request_id{7}, at(until), ballot{5'000}, tokens);
  }

  const lock_owner me_ = lock_owner::make();
  kept_hold kept_;
};

TEST_F(kept_hold_test, is_not_to_be_had_before_it_is_opened) {
  EXPECT_FALSE(take());
}

TEST_F(kept_hold_test, is_had_by_one_at_a_time_with_a_token_each) {
  open();
  const auto first = take();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->token, 5'000U);
  EXPECT_FALSE(take());
  EXPECT_EQ(kept_.give_back(first->opening), kept_hold::given::back);
  const auto second = take();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->token, 5'001U);
}

TEST_F(kept_hold_test, is_had_before_its_deadline_alone) {
  open();
  EXPECT_FALSE(take(1s));
  kept_.extend(at(2s));
  EXPECT_TRUE(take(1s));
}

TEST_F(kept_hold_test, a_deadline_only_grows) {
  open();
  kept_.extend(at(500ms));
  EXPECT_EQ(kept_.deadline(), at(1s));
}

TEST_F(kept_hold_test, gives_no_more_tokens_than_it_was_opened_with) {
  open(2);
  for (int i = 0; i < 2; ++i) {
    const auto got = take();
    ASSERT_TRUE(got);
    kept_.give_back(got->opening);
  }
  EXPECT_FALSE(take());
  const kept_hold::closing was = kept_.close();
  EXPECT_FALSE(was.in_use);
  EXPECT_EQ(was.used, 2U);
}

TEST_F(kept_hold_test, closed_it_is_not_to_be_had) {
  open();
  EXPECT_FALSE(kept_.close().in_use);
  EXPECT_FALSE(take());
  EXPECT_EQ(kept_.close().used, 0U) << "tokens are counted once";
}

TEST_F(kept_hold_test, closed_in_use_it_says_so_at_the_end) {
  open();
  const auto got = take();
  const kept_hold::closing was = kept_.close();
  EXPECT_TRUE(was.in_use);
  EXPECT_EQ(was.used, 1U);
  EXPECT_TRUE(kept_.is_had(got->opening));
  EXPECT_EQ(kept_.give_back(got->opening), kept_hold::given::wanted);
  EXPECT_FALSE(take()) << "the candidate decides who is next";
  kept_.force_close();
  EXPECT_EQ(kept_.give_back(got->opening), kept_hold::given::over);
}

TEST_F(kept_hold_test, lost_it_is_had_no_more_and_tells_why) {
  open();
  const auto got = take();
  kept_.note_loss(loss_reason::no_quorum);
  kept_.force_close();
  EXPECT_FALSE(kept_.is_had(got->opening));
  EXPECT_EQ(kept_.loss(), loss_reason::no_quorum);
  EXPECT_EQ(kept_.give_back(got->opening), kept_hold::given::over);
}

TEST_F(kept_hold_test, who_lost_it_does_not_end_what_another_has_since) {
  open();
  const auto first = take();
  kept_.force_close();
  open();
  const auto second = take();
  ASSERT_TRUE(second);
  EXPECT_EQ(kept_.give_back(first->opening), kept_hold::given::over);
  EXPECT_FALSE(kept_.is_had(first->opening));
  EXPECT_TRUE(kept_.is_had(second->opening));
}

TEST_F(kept_hold_test, a_request_of_the_node_is_waited_for_and_not_taken_from) {
  kept_.occupy();
  EXPECT_FALSE(take());
  EXPECT_TRUE(kept_.is_taken());
  EXPECT_FALSE(kept_.close().in_use);
  EXPECT_FALSE(kept_.is_taken());
  kept_.occupy();
  open();
  EXPECT_TRUE(take());
}

TEST_F(kept_hold_test, who_sleeps_is_woken_when_it_is_free_or_closed) {
  const auto forever = std::chrono::steady_clock::now() + 1h;
  open();
  const auto got = take();
  std::thread first([&] { kept_.wait_while_taken(forever); });
  kept_.give_back(got->opening);
  first.join();
  ASSERT_TRUE(take());
  std::thread second([&] { kept_.wait_while_taken(forever); });
  kept_.close();
  second.join();
}

TEST_F(kept_hold_test, who_sleeps_does_not_sleep_beyond_its_time) {
  open();
  ASSERT_TRUE(take());
  kept_.wait_while_taken(std::chrono::steady_clock::now() + 1ms);
  EXPECT_TRUE(kept_.is_taken());
}

// Threads that take and give back, and a candidate that opens and closes under them: nobody has it
// beside another, tokens never repeat, and the candidate counts them all.
TEST_F(kept_hold_test, threads_and_candidate_agree) {
  std::atomic<bool> stop = false;
  std::atomic<int> inside = 0;
  std::atomic<int> wanted = 0;
  std::atomic<bool> overlap = false;
  std::vector<std::vector<std::uint64_t>> tokens(3);
  std::vector<std::thread> threads;
  for (auto& mine : tokens) {
    threads.emplace_back([&] {
      while (!stop.load()) {
        if (const auto got = take(); got) {
          overlap = overlap || inside.fetch_add(1) != 0;
          mine.push_back(got->token);
          inside.fetch_sub(1);
          if (kept_.give_back(got->opening) == kept_hold::given::wanted) {
            wanted.fetch_add(1);
          }
        }
      }
    });
  }
  std::uint64_t next = 1;
  std::uint64_t used = 0;
  int waits = 0;
  for (int round = 0; round < 100; ++round) {
    kept_.open(request_id{7}, at(1s), ballot{next}, 50);
    for (int i = 0; i < round % 40; ++i) {
      std::this_thread::yield();
    }
    const kept_hold::closing was = kept_.close();
    used += was.used;
    next += was.used;
    if (was.in_use) {
      ++waits;
      while (wanted.load() < waits) {
        std::this_thread::yield();
      }
      kept_.force_close();
    }
  }
  stop = true;
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_FALSE(overlap);
  std::set<std::uint64_t> all;
  std::uint64_t count = 0;
  for (const auto& mine : tokens) {
    EXPECT_TRUE(std::ranges::is_sorted(mine));
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  EXPECT_EQ(all.size(), count);
  EXPECT_EQ(count, used);
}

}  // namespace
}  // namespace conclave::runtime
