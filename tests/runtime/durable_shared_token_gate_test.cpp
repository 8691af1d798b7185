// The gate for readers and writers that remembers: what it stores, when, and what a restart finds.
#include "gate_words.hpp"

#include <conclave/conclave.hpp>

#include <gtest/gtest.h>

#include <barrier>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

namespace conclave {

namespace {

// What outlives the process, and how it behaves.
struct disk {
  std::vector<fencing_token> stored;
  bool fails = false;
};

class storage {
 public:
  explicit storage(disk& on) : disk_(&on) {}

  [[nodiscard]] fencing_token load() const {
    return disk_->stored.empty() ? fencing_token() : disk_->stored.back();
  }
  void store(fencing_token token) {
    if (disk_->fails) {
      throw std::runtime_error("no room");
    }
    std::this_thread::yield();
    disk_->stored.push_back(token);
  }

 private:
  disk* disk_;
};

class durable_shared_token_gate_test : public testing::Test {
 protected:
  [[nodiscard]] durable_shared_token_gate<storage> start() {
    return {storage(alone_), storage(shared_)};
  }

  disk alone_;
  disk shared_;
};

TEST_F(durable_shared_token_gate_test, goes_on_after_a_restart_from_what_it_had_admitted) {
  {
    auto gate = start();
    EXPECT_TRUE(gate.admit_and(t(5), [] {}));
    EXPECT_TRUE(gate.admit_shared(t(7)));
    EXPECT_TRUE(gate.admit_shared_and(t(6), [] {}));
  }
  auto gate = start();
  EXPECT_EQ(gate.greatest(), t(5));
  EXPECT_EQ(gate.greatest_shared(), t(7));
  EXPECT_FALSE(gate.admit(t(6))) << "a reader may have the lock since";
  EXPECT_FALSE(gate.admit_shared(t(4)));
  EXPECT_TRUE(gate.admit_shared(t(6)));
  EXPECT_TRUE(gate.admit(t(8)));
}

TEST_F(durable_shared_token_gate_test, stores_what_is_greater_than_all_of_its_kind_and_no_more) {
  auto gate = start();
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit_shared(t(8)));
  EXPECT_TRUE(gate.admit_shared(t(7)));
  EXPECT_TRUE(gate.admit_shared(t(8)));
  EXPECT_FALSE(gate.admit(t(6)));
  EXPECT_FALSE(gate.admit_shared(t(4)));
  EXPECT_FALSE(gate.admit_shared(fencing_token()));
  EXPECT_TRUE(gate.admit(t(9)));
  EXPECT_EQ(alone_.stored, (std::vector{t(5), t(9)}));
  EXPECT_EQ(shared_.stored, (std::vector{t(8)}));
}

// A crash right after the answer must find the token stored.
TEST_F(durable_shared_token_gate_test, stores_a_token_before_it_runs_anything_under_it) {
  auto gate = start();
  EXPECT_TRUE(gate.admit_and(t(5), [&] { EXPECT_EQ(alone_.stored, std::vector{t(5)}); }));
  EXPECT_TRUE(gate.admit_shared_and(t(6), [&] { EXPECT_EQ(shared_.stored, std::vector{t(6)}); }));
}

TEST_F(durable_shared_token_gate_test, admits_nothing_when_a_storage_throws) {
  auto gate = start();
  EXPECT_TRUE(gate.admit(t(5)));
  alone_.fails = shared_.fails = true;
  EXPECT_THROW((void)gate.admit(t(6)), std::runtime_error);
  EXPECT_THROW((void)gate.admit_and(t(6), [] { FAIL() << "not stored"; }), std::runtime_error);
  EXPECT_THROW((void)gate.admit_shared(t(6)), std::runtime_error);
  EXPECT_THROW((void)gate.admit_shared_and(t(6), [] { FAIL(); }), std::runtime_error);
  EXPECT_EQ(gate.greatest(), t(5));
  EXPECT_EQ(gate.greatest_shared(), fencing_token());
  EXPECT_TRUE(gate.admit(t(5))) << "nothing has changed for the one before";
  EXPECT_FALSE(gate.admit_shared(t(4))) << "refusing needs no storage";
  alone_.fails = shared_.fails = false;
  EXPECT_TRUE(gate.admit_shared(t(6)));
  EXPECT_TRUE(gate.admit(t(6)));
}

TEST_F(durable_shared_token_gate_test, never_stores_a_smaller_token_after_a_greater_one) {
  constexpr std::uint64_t threads_count = 4;
  constexpr std::uint64_t rounds = 200;
  auto gate = start();
  std::barrier together(threads_count);
  const auto come = [&](std::uint64_t thread) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      together.arrive_and_wait();
      // The greatest comes with another thread each time, and writes each other time.
      const std::uint64_t place = (thread + round) % threads_count;
      const fencing_token token = t(1 + place + threads_count * round);
      if ((place + round) % 2 == 0) {
        EXPECT_TRUE(gate.admit(token) || gate.greatest() > token || gate.greatest_shared() > token);
      } else {
        EXPECT_TRUE(gate.admit_shared(token) || gate.greatest() > token);
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < threads_count; ++thread) {
      threads.emplace_back(come, thread);
    }
  }
  for (const disk* each : {&alone_, &shared_}) {
    ASSERT_FALSE(each->stored.empty());
    for (std::size_t i = 1; i < each->stored.size(); ++i) {
      ASSERT_LT(each->stored[i - 1], each->stored[i]);
    }
  }
  EXPECT_EQ(alone_.stored.back(), gate.greatest());
  EXPECT_EQ(shared_.stored.back(), gate.greatest_shared());
}

}  // namespace

}  // namespace conclave
