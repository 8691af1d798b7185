// The gate for readers and writers: which tokens it refuses, and what runs beside what.
#include "gate_words.hpp"

#include <conclave/conclave.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

namespace conclave {

namespace {

TEST(shared_token_gate, admits_readers_in_any_order) {
  shared_token_gate gate;
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit_shared(t(8)));
  EXPECT_TRUE(gate.admit_shared(t(6)));
  EXPECT_TRUE(gate.admit_shared(t(7)));
  EXPECT_TRUE(gate.admit_shared(t(6)));
  EXPECT_EQ(gate.greatest(), t(5));
  EXPECT_EQ(gate.greatest_shared(), t(8));
}

TEST(shared_token_gate, refuses_all_who_come_after_a_greater_writer) {
  shared_token_gate gate;
  EXPECT_TRUE(gate.admit(t(9)));
  EXPECT_FALSE(gate.admit(t(8)));
  EXPECT_FALSE(gate.admit_shared(t(8)));
  EXPECT_FALSE(gate.admit_shared_and(t(8), [] { FAIL() << "read what a newer one writes"; }));
  EXPECT_EQ(gate.greatest_shared(), fencing_token()) << "a refused token leaves nothing behind";
}

// The writer's hold was over before the reader got the lock: what comes now is late.
TEST(shared_token_gate, refuses_a_writer_who_comes_after_a_greater_reader) {
  shared_token_gate gate;
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit_shared(t(6)));
  EXPECT_FALSE(gate.admit(t(5)));
  EXPECT_FALSE(gate.admit_and(t(5), [] { FAIL() << "written under a reader's feet"; }));
  EXPECT_TRUE(gate.admit(t(7)));
  EXPECT_FALSE(gate.admit_shared(t(6)));
}

TEST(shared_token_gate, admits_one_token_both_ways) {
  shared_token_gate gate;
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit_shared(t(5))) << "a writer reads, or has downgraded";
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit_shared(t(6)));
  EXPECT_TRUE(gate.admit_shared(t(5))) << "others share it now, and so does who has downgraded";
  EXPECT_FALSE(gate.admit(t(5)));
}

TEST(shared_token_gate, never_admits_the_empty_token) {
  shared_token_gate gate;
  EXPECT_FALSE(gate.admit(fencing_token()));
  EXPECT_FALSE(gate.admit_shared(fencing_token()));
  EXPECT_FALSE(gate.admit_and(fencing_token(), [] { FAIL(); }));
  EXPECT_FALSE(gate.admit_shared_and(fencing_token(), [] { FAIL(); }));
}

TEST(shared_token_gate, goes_on_from_the_tokens_that_it_is_given) {
  shared_token_gate gate(t(5), t(7));
  EXPECT_FALSE(gate.admit(t(6)));
  EXPECT_FALSE(gate.admit_shared(t(4)));
  EXPECT_TRUE(gate.admit_shared(t(6)));
  EXPECT_TRUE(gate.admit(t(7)));
}

TEST(shared_token_gate, keeps_a_token_whose_write_or_read_throws_and_lets_others_in) {
  shared_token_gate gate;
  const auto fails = [] { throw std::runtime_error("disk full"); };
  EXPECT_THROW((void)gate.admit_and(t(6), fails), std::runtime_error);
  EXPECT_FALSE(gate.admit(t(5)));
  EXPECT_THROW((void)gate.admit_shared_and(t(8), fails), std::runtime_error);
  EXPECT_FALSE(gate.admit(t(7)));
  int ran = 0;
  EXPECT_TRUE(gate.admit_shared_and(t(8), [&] { ++ran; }));
  EXPECT_TRUE(gate.admit_and(t(9), [&] { ++ran; }));
  EXPECT_EQ(ran, 2);
}

TEST(shared_token_gate, reads_run_beside_each_other) {
  shared_token_gate gate;
  std::barrier both(2);
  const auto meets = [&] { both.arrive_and_wait(); };
  std::jthread other([&] { EXPECT_TRUE(gate.admit_shared_and(t(6), meets)); });
  EXPECT_TRUE(gate.admit_shared_and(t(5), meets));
}

// One stands still in the middle of what it does; who comes later waits for it, if it is a matter
// of reading and writing.
class standing {
 public:
  void operator()() {
    begun_ = true;
    wait_until([&] { return goes_on_.load(); });
    ended_ = true;
  }
  void wait_for_its_begin() const {
    wait_until([&] { return begun_.load(); });
  }
  void go_on() { goes_on_ = true; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  std::atomic<bool> begun_ = false;
  std::atomic<bool> goes_on_ = false;
  std::atomic<bool> ended_ = false;
};

TEST(shared_token_gate, a_write_waits_for_reads_that_are_under_way) {
  shared_token_gate gate;
  standing read;
  std::jthread reader([&] { EXPECT_TRUE(gate.admit_shared_and(t(5), [&] { read(); })); });
  read.wait_for_its_begin();
  std::jthread writer(
      [&] { EXPECT_TRUE(gate.admit_and(t(6), [&] { EXPECT_TRUE(read.ended()); })); });
  // It is known as soon as it comes: no reader from before gets in any more.
  wait_until([&] { return gate.greatest() == t(6); });
  EXPECT_FALSE(gate.admit_shared(t(5)));
  read.go_on();
}

TEST(shared_token_gate, a_read_waits_for_a_write_that_is_under_way) {
  shared_token_gate gate;
  standing write;
  std::jthread writer([&] { EXPECT_TRUE(gate.admit_and(t(5), [&] { write(); })); });
  write.wait_for_its_begin();
  std::jthread reader(
      [&] { EXPECT_TRUE(gate.admit_shared_and(t(6), [&] { EXPECT_TRUE(write.ended()); })); });
  wait_until([&] { return gate.greatest_shared() == t(6); });
  EXPECT_FALSE(gate.admit(t(5)));
  write.go_on();
}

TEST(shared_token_gate, refuses_what_became_too_old_while_it_waited) {
  shared_token_gate gate;
  standing write;
  std::jthread first([&] { EXPECT_TRUE(gate.admit_and(t(5), [&] { write(); })); });
  write.wait_for_its_begin();
  std::jthread reader([&] {
    EXPECT_FALSE(gate.admit_shared_and(t(6), [] { FAIL() << "9 was admitted before this"; }));
  });
  wait_until([&] { return gate.greatest_shared() == t(6); });
  std::jthread writer(
      [&] { EXPECT_FALSE(gate.admit_and(t(7), [] { FAIL() << "a reader has it since"; })); });
  wait_until([&] { return gate.greatest() == t(7); });
  EXPECT_TRUE(gate.admit_shared(t(8)));
  EXPECT_TRUE(gate.admit(t(9)));
  write.go_on();
}

// The same, and nobody but a reader came meanwhile; or nobody but a writer.
TEST(shared_token_gate, refuses_a_write_when_one_other_has_it_since) {
  for (const bool shares : {true, false}) {
    shared_token_gate gate;
    standing write;
    std::jthread first([&] { EXPECT_TRUE(gate.admit_and(t(5), [&] { write(); })); });
    write.wait_for_its_begin();
    std::jthread writer(
        [&] { EXPECT_FALSE(gate.admit_and(t(6), [] { FAIL() << "another has it since"; })); });
    wait_until([&] { return gate.greatest() == t(6); });
    EXPECT_TRUE(shares ? gate.admit_shared(t(7)) : gate.admit(t(7)));
    write.go_on();
  }
}

constexpr std::uint64_t threads_count = 4;
constexpr std::uint64_t rounds = 2'000;

// The resource is no atomic: without the gate the thread sanitizer would cry out.
TEST(shared_token_gate, keeps_writes_in_order_and_readers_from_what_they_must_not_see) {
  shared_token_gate gate;
  std::barrier together(threads_count);
  fencing_token written;
  std::atomic<std::uint64_t> reads = 0;
  std::atomic<std::uint64_t> writes = 0;
  const auto come = [&](std::uint64_t thread) {
    together.arrive_and_wait();
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const fencing_token token = t(1 + thread + threads_count * round);
      if ((thread + round) % 4 == 0) {
        const bool done = gate.admit_and(token, [&] {
          EXPECT_LT(written, token);
          written = token;
          ++writes;
        });
        EXPECT_TRUE(done || gate.greatest() > token || gate.greatest_shared() > token);
      } else {
        const bool done = gate.admit_shared_and(token, [&] {
          EXPECT_LT(written, token) << "a greater writer was here";
          ++reads;
        });
        EXPECT_TRUE(done || gate.greatest() > token);
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < threads_count; ++thread) {
      threads.emplace_back(come, thread);
    }
  }
  EXPECT_GT(reads, 0U);
  EXPECT_GT(writes, 0U);
}

}  // namespace

}  // namespace conclave
