// The gate in front of a resource: which tokens it refuses, and that no write slips in between.
#include "gate_words.hpp"

#include <conclave/conclave.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

namespace conclave {

namespace {

TEST(token_gate, admits_greater_tokens_and_refuses_smaller_ones) {
  token_gate gate;
  EXPECT_EQ(gate.greatest(), fencing_token());
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit(t(8)));
  EXPECT_FALSE(gate.admit(t(7)));
  EXPECT_FALSE(gate.admit(t(5)));
  EXPECT_EQ(gate.greatest(), t(8));
  EXPECT_TRUE(gate.admit(t(INT64_MAX)));
  EXPECT_FALSE(gate.admit(t(8)));
}

TEST(token_gate, admits_the_same_token_as_often_as_it_comes) {
  token_gate gate;
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit(t(5)));
  int writes = 0;
  EXPECT_TRUE(gate.admit_and(t(5), [&] { ++writes; }));
  EXPECT_TRUE(gate.admit_and(t(5), [&] { ++writes; }));
  EXPECT_EQ(writes, 2);
}

TEST(token_gate, never_admits_the_empty_token) {
  token_gate gate;
  EXPECT_FALSE(gate.admit(fencing_token()));
  EXPECT_FALSE(gate.admit_and(fencing_token(), [] { FAIL() << "a write without a token"; }));
  EXPECT_TRUE(gate.admit(t(1)));
  EXPECT_FALSE(gate.admit(fencing_token()));
}

TEST(token_gate, goes_on_from_the_token_that_it_is_given) {
  token_gate gate(t(5));
  EXPECT_EQ(gate.greatest(), t(5));
  EXPECT_FALSE(gate.admit(t(4)));
  EXPECT_TRUE(gate.admit(t(5)));
}

TEST(token_gate, runs_a_write_only_when_its_token_is_admitted) {
  token_gate gate;
  int written = 0;
  EXPECT_TRUE(gate.admit_and(t(6), [&] { written = 6; }));
  EXPECT_FALSE(gate.admit_and(t(5), [&] { written = 5; }));
  EXPECT_EQ(written, 6);
  EXPECT_FALSE(gate.admit(t(5))) << "a write admits its token";
}

TEST(token_gate, takes_a_write_that_can_only_be_moved) {
  struct once {
    void operator()() && { *ran = true; }
    bool* ran;
  };
  static_assert(gated_write<once>);
  static_assert(!gated_write<bool (*)()>, "false would be taken for refused");
  token_gate gate;
  bool ran = false;
  EXPECT_TRUE(gate.admit_and(t(1), once{&ran}));
  EXPECT_TRUE(ran);
}

TEST(token_gate, keeps_a_token_whose_write_throws_and_lets_others_in) {
  token_gate gate;
  const auto fails = [] { throw std::runtime_error("disk full"); };
  EXPECT_THROW((void)gate.admit_and(t(6), fails), std::runtime_error);
  EXPECT_FALSE(gate.admit(t(5)));
  int writes = 0;
  EXPECT_TRUE(gate.admit_and(t(6), [&] { ++writes; })) << "its holder may try again";
  EXPECT_TRUE(gate.admit_and(t(7), [&] { ++writes; }));
  EXPECT_EQ(writes, 2);
}

// The race of the picture in token_gate.hpp: 5 is admitted, stands still, and 6 writes meanwhile.
TEST(token_gate, lets_a_newer_write_begin_only_when_the_older_one_has_ended) {
  token_gate gate;
  std::atomic<bool> older_ends = false;
  std::atomic<bool> older_ended = false;
  std::atomic<bool> older_writes = false;
  std::jthread older([&] {
    EXPECT_TRUE(gate.admit_and(t(5), [&] {
      older_writes = true;
      wait_until([&] { return older_ends.load(); });
      older_ended = true;
    }));
  });
  wait_until([&] { return older_writes.load(); });
  std::jthread newer([&] { EXPECT_TRUE(gate.admit_and(t(6), [&] { EXPECT_TRUE(older_ended); })); });
  // The newer one is known as soon as it comes, and waits.
  wait_until([&] { return gate.greatest() == t(6); });
  EXPECT_FALSE(gate.admit(t(5)));
  EXPECT_FALSE(gate.admit_and(t(5), [] { FAIL() << "behind a newer token"; }));
  older_ends = true;
}

TEST(token_gate, refuses_a_write_that_became_too_old_while_it_waited) {
  token_gate gate;
  std::atomic<bool> first_writes = false;
  std::atomic<bool> first_ends = false;
  std::jthread first([&] {
    EXPECT_TRUE(gate.admit_and(t(5), [&] {
      first_writes = true;
      wait_until([&] { return first_ends.load(); });
    }));
  });
  wait_until([&] { return first_writes.load(); });
  std::jthread second([&] {
    EXPECT_FALSE(gate.admit_and(t(6), [] { FAIL() << "7 was admitted before this began"; }));
  });
  wait_until([&] { return gate.greatest() == t(6); });
  EXPECT_TRUE(gate.admit(t(7)));
  first_ends = true;
}

// Two come at the very same moment, again and again: the smaller token must not overwrite the
// greater one.
TEST(token_gate, keeps_the_greater_of_two_that_come_at_once) {
  constexpr std::uint64_t rounds = 50'000;
  token_gate gate;
  std::atomic<std::uint64_t> arrived = 0;
  int fallen = 0;
  const auto come = [&](std::uint64_t thread, std::uint64_t round) {
    const std::uint64_t both = 2 * (round + 1);
    ++arrived;
    // Without giving up the processor, which would keep them apart; unless there is only one.
    for (int looks = 0; arrived < both; ++looks) {
      if (looks > 10'000) {
        std::this_thread::yield();
      }
    }
    // Who saw it first is ahead by a few nanoseconds. Each of them waits for a bit, in turn.
    const std::uint64_t pauses = (round / 64) % 2 == thread ? round % 64 : 0;
    for (volatile std::uint64_t pause = 0; pause < pauses;) {
      pause = pause + 1;
    }
    const fencing_token token = t(both - thread);
    EXPECT_TRUE(gate.admit(token) || gate.greatest() > token);
  };
  std::atomic<std::uint64_t> done = 0;
  // On a machine that has much else to do the two seldom run at once: then fewer rounds must do.
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::atomic<bool> over = false;
  std::jthread other([&] {
    for (std::uint64_t round = 0; round < rounds && !over; ++round) {
      come(1, round);
      done = round + 1;
      wait_until([&] { return arrived > 2 * (round + 1); });
    }
  });
  for (std::uint64_t round = 0; round < rounds && !over; ++round) {
    come(0, round);
    wait_until([&] { return done > round; });
    fallen += gate.greatest() == t(2 * (round + 1)) ? 0 : 1;
    over = std::chrono::steady_clock::now() > end;
  }
  ++arrived;  // lets the other one end
  EXPECT_EQ(fallen, 0);
}

constexpr std::uint64_t threads_count = 4;
constexpr std::uint64_t rounds = 4'000;

// The resource is no atomic: without the gate the thread sanitizer would cry out.
TEST(token_gate, writes_one_at_a_time_in_the_order_of_the_tokens) {
  token_gate gate;
  std::barrier together(threads_count);
  std::vector<fencing_token> written;
  const auto come = [&](std::uint64_t thread) {
    together.arrive_and_wait();
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const fencing_token token = t(1 + thread + threads_count * round);
      const bool done = gate.admit_and(token, [&] { written.push_back(token); });
      EXPECT_TRUE(done || gate.greatest() > token);
    }
  };
  written.reserve(threads_count * rounds);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < threads_count; ++thread) {
      threads.emplace_back(come, thread);
    }
  }
  ASSERT_FALSE(written.empty());
  for (std::size_t i = 1; i < written.size(); ++i) {
    ASSERT_LT(written[i - 1], written[i]);
  }
}

}  // namespace

}  // namespace conclave
