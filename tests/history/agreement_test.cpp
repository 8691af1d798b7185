// On small random histories the checker says what trying all orders says.
#include "base/random.hpp"
#include "oracle.hpp"
#include "sim/history/checker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

namespace conclave::histories {
namespace {

enum class tokens_given : std::uint8_t { none, some, all };

struct world {
  const char* name;
  lock_mode mode;
  tokens_given tokens;
  bool slots = false;
  bool with_readers = false;

  friend std::ostream& operator<<(std::ostream& out, const world& of) { return out << of.name; }
};

constexpr std::uint64_t histories_each = 20'000;
constexpr std::size_t operations_max = 6;

moment at(std::uint64_t tick) {
  return moment(duration(static_cast<std::int64_t>(tick)));
}

// Each process does one thing after the other.
class generator {
 public:
  generator(const world& of, std::uint64_t seed) : of_(of), random_(seed) {}

  std::vector<operation> draw() {
    const std::size_t count = random_.between(std::uint64_t{2}, operations_max);
    for (std::size_t i = 0; i < count; ++i) {
      add();
    }
    return told_;
  }

 private:
  static constexpr std::size_t processes = 3;

  void add() {
    const std::size_t who = random_.below(processes);
    operation one;
    one.line = told_.size() + 1;
    one.lock = lock_id{0};
    one.process = process_id{static_cast<std::uint32_t>(who)};
    one.called = at(free_from_[who] + random_.below(4));
    one.returned = one.called + duration(random_.below(6));
    const bool holds = holds_[who] > 0;
    const std::uint64_t drawn = random_.below(16);
    if (drawn < (holds ? 2 : 13)) {
      acquire(one, who);
    } else if (drawn < 14 && !(holds && drawn > 10)) {
      one.kind = operation_kind::release;
      one.token = random_.below(2) == 0 ? last_token_[who] : fencing_token();
      one.result = random_.below(5) == 0 ? outcome::unknown : outcome::ok;
      one.slot = of_.slots && holds ? last_slot_[who] : no_slot;
      holds_[who] -= holds ? 1 : 0;
    } else if (holds_[who] == 1 && acquired_[who] == 1 && drawn < 14) {
      one.kind = operation_kind::renew;
      one.valid_until = random_.below(2) == 0 ? lease_after(one) : never;
      one.token = one.valid_until == never && last_token_[who] ? next_token() : fencing_token();
    } else if (drawn == 14 && holds) {  // a notice to who never knew that it held is passed over
      one.kind = operation_kind::lost;
      holds_[who] -= holds ? 1 : 0;
    } else {
      one.kind = operation_kind::crash;
      one.returned = one.called;
      holds_[who] = 0;
    }
    free_from_[who] = static_cast<std::uint64_t>(one.returned.time_since_epoch().count()) + 1;
    one.returned = one.result == outcome::unknown ? never : one.returned;
    told_.push_back(one);
  }

  void acquire(operation& one, std::size_t who) {
    ++acquired_[who];
    one.mode = of_.with_readers && random_.below(3) != 0 ? lock_mode::shared : of_.mode;
    if (of_.mode == lock_mode::permit) {
      one.permits = 2;
      one.count = !of_.slots && random_.below(4) == 0 ? 2 : 1;
    }
    const std::uint64_t drawn = random_.below(8);
    one.result = drawn == 0 ? outcome::unknown : drawn == 1 ? outcome::fail : outcome::ok;
    if (one.result != outcome::ok) {
      return;
    }
    one.slot = of_.slots ? static_cast<std::uint32_t>(random_.below(2)) : no_slot;
    one.valid_until = random_.below(3) == 0 ? lease_after(one) : never;
    one.token = next_token();
    last_token_[who] = one.token;
    last_slot_[who] = one.slot;
    ++holds_[who];
  }

  moment lease_after(const operation& one) { return one.called + duration(random_.below(12)); }

  // Mostly as they should be, by the time of drawing.
  fencing_token next_token() {
    if (of_.tokens == tokens_given::none ||
        (of_.tokens == tokens_given::some && random_.below(2) == 0)) {
      return {};
    }
    token_ += 2;
    return fencing_token(
        random_.below(4) == 0 ? std::max<std::uint64_t>(1, token_ - random_.below(6)) : token_);
  }

  world of_;
  core::random_source random_;
  std::vector<operation> told_;
  std::array<std::uint64_t, processes> free_from_{};
  std::array<int, processes> holds_{};
  std::array<int, processes> acquired_{};  // renewals are of the only hold: they name none
  std::array<fencing_token, processes> last_token_{};
  std::array<std::uint32_t, processes> last_slot_{no_slot, no_slot, no_slot};
  std::uint64_t token_ = 0;
};

// Something may mean more than one acquisition: then the checker takes one of them.
bool is_ambiguous(const std::vector<operation>& told) {
  return std::ranges::any_of(told, [&](const operation& one) {
    const bool names_none =
        one.kind != operation_kind::acquire && one.kind != operation_kind::crash && !one.token;
    const auto meant = std::ranges::count_if(told, [&](const operation& other) {
      return other.kind == operation_kind::acquire && other.result != outcome::fail &&
             other.process == one.process && other.line < one.line;
    });
    return names_none && meant > 1;
  });
}

std::string text_of(const std::vector<operation>& told) {
  std::ostringstream text;
  for (const operation& one : told) {
    const auto tick = [](moment when) {
      return when == never ? "-" : std::to_string(when.time_since_epoch().count());
    };
    text << "line " << one.line << " p" << static_cast<int>(one.process) << " kind "
         << static_cast<int>(one.kind) << " mode " << static_cast<int>(one.mode) << " result "
         << static_cast<int>(one.result) << " [" << tick(one.called) << "," << tick(one.returned)
         << "] until " << tick(one.valid_until) << " token " << one.token.value() << " count "
         << one.count << " slot " << static_cast<int>(one.slot) << "\n";
  }
  return text.str();
}

class agreement : public testing::TestWithParam<world> {};

TEST_P(agreement, with_trying_all_orders) {
  std::uint64_t consistent = 0;
  std::uint64_t compared = 0;
  for (std::uint64_t seed = 0; seed < histories_each; ++seed) {
    const std::vector<operation> drawn = generator(GetParam(), seed).draw();
    history told;
    for (const char* name : {"p0", "p1", "p2"}) {
      static_cast<void>(told.process(name));
    }
    static_cast<void>(told.lock("x"));
    told.operations = drawn;
    for (operation& one : told.operations) {
      one.lock = one.kind == operation_kind::crash ? no_lock : one.lock;
    }
    const verdict given = check(told, {});
    ASSERT_FALSE(given.undecided());
    if (is_ambiguous(drawn)) {
      continue;
    }
    ++compared;
    const bool expected = some_order_explains(drawn);
    ASSERT_EQ(given.consistent(), expected)
        << "seed " << seed << "\n"
        << text_of(drawn) << (given.violations.empty() ? "" : given.violations.front().text);
    consistent += expected ? 1 : 0;
  }
  // Both verdicts were there, or this says little.
  EXPECT_GT(compared, histories_each / 2);
  EXPECT_GT(consistent, compared / 20);
  EXPECT_LT(consistent, compared - compared / 20);
}

INSTANTIATE_TEST_SUITE_P(
    of, agreement,
    testing::Values(
        world{"exclusive", lock_mode::exclusive, tokens_given::none},
        world{"exclusive_all_tokens", lock_mode::exclusive, tokens_given::all},
        world{"exclusive_some_tokens", lock_mode::exclusive, tokens_given::some},
        world{"shared", lock_mode::exclusive, tokens_given::none, false, true},
        world{"shared_all_tokens", lock_mode::exclusive, tokens_given::all, false, true},
        world{"shared_some_tokens", lock_mode::exclusive, tokens_given::some, false, true},
        world{"permits", lock_mode::permit, tokens_given::none},
        world{"permits_all_tokens", lock_mode::permit, tokens_given::all},
        world{"permits_some_tokens", lock_mode::permit, tokens_given::some},
        world{"slots", lock_mode::permit, tokens_given::none, true},
        world{"slots_all_tokens", lock_mode::permit, tokens_given::all, true},
        world{"slots_some_tokens", lock_mode::permit, tokens_given::some, true}),
    [](const testing::TestParamInfo<world>& of) { return of.param.name; });

}  // namespace
}  // namespace conclave::histories
