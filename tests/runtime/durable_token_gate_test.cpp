// The gate that remembers: what it stores, and when, and what a storage that fails leaves behind.
#include "gate_words.hpp"

#include <conclave/conclave.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace conclave {

namespace {

// What outlives the process, and how it behaves.
struct disk {
  std::vector<fencing_token> stored;
  bool fails_before = false;  // the token is not there after store() threw
  bool fails_after = false;   // it is
};

class storage {
 public:
  explicit storage(disk& on) : disk_(&on) {}

  [[nodiscard]] fencing_token load() const {
    return disk_->stored.empty() ? fencing_token() : disk_->stored.back();
  }
  void store(fencing_token token) {
    if (disk_->fails_before) {
      throw std::runtime_error("no room");
    }
    disk_->stored.push_back(token);
    if (disk_->fails_after) {
      throw std::runtime_error("no answer");
    }
  }

 private:
  disk* disk_;
};

using gate_on_disk = durable_token_gate<storage>;

TEST(durable_token_gate, goes_on_after_a_restart_from_what_it_had_admitted) {
  disk kept;
  {
    gate_on_disk gate{storage(kept)};
    EXPECT_EQ(gate.greatest(), fencing_token());
    EXPECT_TRUE(gate.admit(t(5)));
    EXPECT_TRUE(gate.admit_and(t(7), [] {}));
  }
  gate_on_disk gate{storage(kept)};
  EXPECT_EQ(gate.greatest(), t(7));
  EXPECT_FALSE(gate.admit(t(6)));
  EXPECT_FALSE(gate.admit_and(t(6), [] { FAIL() << "refused before the restart"; }));
  EXPECT_TRUE(gate.admit(t(7)));
  EXPECT_TRUE(gate.admit(t(8)));
}

TEST(durable_token_gate, stores_each_token_once_and_refused_ones_never) {
  disk kept;
  gate_on_disk gate{storage(kept)};
  EXPECT_FALSE(gate.admit(fencing_token()));
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_FALSE(gate.admit(t(4)));
  EXPECT_TRUE(gate.admit_and(t(5), [] {}));
  EXPECT_TRUE(gate.admit_and(t(6), [] {}));
  EXPECT_EQ(kept.stored, (std::vector{t(5), t(6)}));
}

// A crash between the two must find the token stored: else an older one is admitted after it.
TEST(durable_token_gate, stores_a_token_before_it_is_admitted_and_before_its_write) {
  struct watched {
    [[nodiscard]] static fencing_token load() { return {}; }
    void store(fencing_token token) const { look(token); }
    std::function<void(fencing_token)> look;
  };
  const durable_token_gate<watched>* self = nullptr;
  std::vector<std::pair<fencing_token, fencing_token>> seen;
  durable_token_gate<watched> gate(
      watched{[&](fencing_token token) { seen.emplace_back(self->greatest(), token); }});
  self = &gate;
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit_and(t(6), [&] { EXPECT_EQ(seen.size(), 2U); }));
  EXPECT_EQ(seen, (std::vector{std::pair{fencing_token(), t(5)}, std::pair{t(5), t(6)}}));
}

TEST(durable_token_gate, admits_nothing_when_the_storage_throws) {
  disk kept;
  gate_on_disk gate{storage(kept)};
  EXPECT_TRUE(gate.admit(t(5)));
  kept.fails_before = true;
  EXPECT_THROW((void)gate.admit(t(6)), std::runtime_error);
  EXPECT_THROW((void)gate.admit_and(t(6), [] { FAIL() << "not stored"; }), std::runtime_error);
  EXPECT_EQ(gate.greatest(), t(5));
  EXPECT_TRUE(gate.admit(t(5))) << "nothing has changed for the one before";
  EXPECT_FALSE(gate.admit(t(4))) << "refusing needs no storage";

  kept.fails_before = false;
  EXPECT_TRUE(gate.admit(t(6))) << "the same token can be tried again";
  EXPECT_EQ(kept.stored, (std::vector{t(5), t(6)}));
}

TEST(durable_token_gate, is_safe_when_a_storage_throws_that_has_stored_all_the_same) {
  disk kept;
  {
    gate_on_disk gate{storage(kept)};
    EXPECT_TRUE(gate.admit(t(5)));
    kept.fails_after = true;
    EXPECT_THROW((void)gate.admit(t(7)), std::runtime_error);
    EXPECT_TRUE(gate.admit(t(5)));
    kept.fails_after = false;
    EXPECT_TRUE(gate.admit(t(6))) << "7 was not admitted";
    kept.fails_after = true;
    EXPECT_THROW((void)gate.admit(t(8)), std::runtime_error);
  }
  gate_on_disk gate{storage(kept)};
  EXPECT_FALSE(gate.admit(t(6))) << "8 may have been admitted, for all that the storage says";
}

TEST(durable_token_gate, keeps_a_token_whose_write_throws) {
  disk kept;
  gate_on_disk gate{storage(kept)};
  const auto fails = [] { throw std::logic_error("no such row"); };
  EXPECT_THROW((void)gate.admit_and(t(6), fails), std::logic_error);
  EXPECT_FALSE(gate.admit(t(5)));
  EXPECT_EQ(kept.stored, (std::vector{t(6)}));
}

TEST(durable_token_gate, is_not_made_when_nothing_can_be_loaded) {
  struct broken {
    [[nodiscard]] static fencing_token load() { throw std::runtime_error("unreadable"); }
    void store(fencing_token) {}
  };
  EXPECT_THROW(durable_token_gate{broken()}, std::runtime_error);
}

TEST(durable_token_gate, takes_a_storage_by_reference_and_one_that_can_only_be_moved) {
  struct here_only {
    here_only() = default;
    here_only(const here_only&) = delete;
    here_only& operator=(const here_only&) = delete;
    [[nodiscard]] fencing_token load() const { return last; }
    void store(fencing_token token) { last = token; }
    fencing_token last;
  };
  here_only place;
  durable_token_gate<here_only&> gate(place);
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_EQ(place.last, t(5));

  struct moved : storage {
    explicit moved(disk& on) : storage(on) {}
    moved(moved&&) = default;
    moved& operator=(moved&&) = default;
  };
  disk kept;
  durable_token_gate by_move{moved(kept)};
  EXPECT_TRUE(by_move.admit(t(5)));
}

// While 6 is being stored nothing is known of it: what is under way under 5 is not disturbed, and
// waits for no disk.
TEST(durable_token_gate, asks_no_storage_for_the_token_admitted_last) {
  struct slow {
    [[nodiscard]] static fencing_token load() { return t(5); }
    void store(fencing_token) const {
      *stores = true;
      wait_until([&] { return go_on->load(); });
    }
    std::atomic<bool>* stores;
    std::atomic<bool>* go_on;
  };
  std::atomic<bool> stores = false;
  std::atomic<bool> go_on = false;
  durable_token_gate<slow> gate(slow{&stores, &go_on});
  std::jthread newer([&] { EXPECT_TRUE(gate.admit(t(6))); });
  wait_until([&] { return stores.load(); });
  EXPECT_TRUE(gate.admit(t(5)));
  EXPECT_TRUE(gate.admit_and(t(5), [] {}));
  EXPECT_FALSE(gate.admit(t(4)));
  EXPECT_EQ(gate.greatest(), t(5));
  go_on = true;
  newer.join();
  EXPECT_EQ(gate.greatest(), t(6));
}

// A storage that is slow lets many wait for it: those that became too old must not be stored.
TEST(durable_token_gate, never_stores_a_smaller_token_after_a_greater_one) {
  constexpr std::uint64_t threads_count = 4;
  constexpr std::uint64_t rounds = 400;
  struct slow : storage {
    explicit slow(disk& on) : storage(on) {}
    void store(fencing_token token) {
      std::this_thread::yield();
      storage::store(token);
      std::this_thread::yield();
    }
  };
  disk kept;
  durable_token_gate<slow> gate{slow(kept)};
  std::barrier together(threads_count);
  const auto come = [&](std::uint64_t thread) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      together.arrive_and_wait();
      // The greatest comes with another thread each time.
      const std::uint64_t place = (thread + round) % threads_count;
      const fencing_token token = t(1 + place + threads_count * round);
      const bool admitted = gate.admit(token);
      EXPECT_TRUE(admitted || gate.greatest() > token);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t thread = 0; thread < threads_count; ++thread) {
      threads.emplace_back(come, thread);
    }
  }
  EXPECT_EQ(gate.greatest(), t(threads_count * rounds));
  EXPECT_EQ(kept.stored.back(), gate.greatest());
  for (std::size_t i = 1; i < kept.stored.size(); ++i) {
    ASSERT_LT(kept.stored[i - 1], kept.stored[i]);
  }
}

}  // namespace

}  // namespace conclave
