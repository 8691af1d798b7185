// What is known of a peer's clock: certain whatever the network does, and soon (docs/protocol.md,
// "Measured clocks").
#include "link/clock_rate.hpp"

#include "base/random.hpp"
#include "two_links.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

namespace conclave::core {
namespace {

using namespace std::chrono_literals;

constexpr duration window = 20s;
constexpr std::int64_t rho_ppm = 5'000;
constexpr clock_limits limits{.drift_max_ppm = rho_ppm, .window = window};

// Two nodes' clocks over true time, and exchanges between them over a network that may do anything.
class clocks {
 public:
  explicit clocks(std::int64_t theirs_ppm, std::int64_t ours_ppm = 0)
      : theirs_ppm_(theirs_ppm), ours_ppm_(ours_ppm) {}

  void set(std::int64_t theirs_ppm, std::int64_t ours_ppm = 0) {
    theirs_ = theirs();
    ours_ = ours();
    since_ = now_;
    theirs_ppm_ = theirs_ppm;
    ours_ppm_ = ours_ppm;
  }
  // A frame there, some time between, and one back. What came of it.
  std::optional<clock_verdict> exchange(duration there, duration between, duration back) {
    const instant sent = ours();
    now_ += there;
    const instant heard = theirs();
    now_ += between;
    const instant answered = theirs();
    now_ += back;
    return tell({.sent = sent, .heard = heard, .answered = answered, .came = ours()});
  }
  std::optional<clock_verdict> tell(const clock_exchange& one) {
    const auto news = rate_.heard(one, limits);
    if (news) {
      if (*news == clock_verdict::drifting || *news == clock_verdict::broken) {
        EXPECT_TRUE(shows_a_difference()) << "at " << now_.count() << " ns";
      }
      verdicts_.push_back(*news);
      last_news_at_ = now_;
    }
    return news;
  }
  // Quick exchanges, ten a second.
  void talk(duration length, duration way = 200us) {
    for (const duration end = now_ + length; now_ < end; now_ += 100ms) {
      exchange(way, 50us, way);
    }
  }
  void pass(duration length) { now_ += length; }

  [[nodiscard]] const clock_rate& rate() const { return rate_; }
  [[nodiscard]] const std::vector<clock_verdict>& verdicts() const { return verdicts_; }
  [[nodiscard]] duration now() const { return now_; }
  [[nodiscard]] duration last_news_at() const { return last_news_at_; }

 private:
  static duration run(duration length, std::int64_t ppm) {
    return length + length / 1'000'000 * ppm + length % 1'000'000 * ppm / 1'000'000;
  }
  // What is told with such a verdict lies on one side as a whole.
  [[nodiscard]] bool shows_a_difference() const {
    const auto& bounds = rate_.bounds();
    return bounds && (bounds->lower_ppm > 0 || bounds->upper_ppm < 0);
  }
  [[nodiscard]] instant theirs() const { return theirs_ + run(now_ - since_, theirs_ppm_); }
  [[nodiscard]] instant ours() const { return ours_ + run(now_ - since_, ours_ppm_); }

  std::int64_t theirs_ppm_;
  std::int64_t ours_ppm_;
  instant theirs_{900h};
  instant ours_{1h};
  duration now_{};
  duration since_{};
  clock_rate rate_;
  std::vector<clock_verdict> verdicts_;
  duration last_news_at_{};
};

TEST(clock_rate, is_bounded_from_both_sides_and_ever_closer) {
  clocks both(1'000);
  both.talk(3s);
  ASSERT_TRUE(both.rate().bounds());
  const rate_bounds first = *both.rate().bounds();
  both.talk(window);
  const rate_bounds later = *both.rate().bounds();
  EXPECT_LE(first.lower_ppm, 1'000);
  EXPECT_GE(first.upper_ppm, 1'000);
  EXPECT_LE(later.lower_ppm, 1'000);
  EXPECT_GE(later.upper_ppm, 1'000);
  EXPECT_LT(later.upper_ppm - later.lower_ppm, (first.upper_ppm - first.lower_ppm) / 3);
  EXPECT_EQ(both.verdicts(), std::vector{clock_verdict::kept});
}

TEST(clock_rate, takes_a_window_to_say_that_nothing_speaks_against_a_clock) {
  clocks both(0);
  both.talk(window - 1s);
  EXPECT_EQ(both.rate().verdict(), clock_verdict::unknown);
  both.talk(4s);
  EXPECT_EQ(both.rate().verdict(), clock_verdict::kept);
}

// Delays of any length, with copies and overtaking, and rates that wander within the bound.
TEST(clock_rate, is_never_said_to_break_a_bound_that_was_kept) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    random_source random(seed);
    const auto rate = [&] {
      const auto drawn = static_cast<std::int64_t>(random.below(2 * rho_ppm + 1)) - rho_ppm;
      return seed % 3 == 0 ? (drawn < 0 ? -rho_ppm : rho_ppm) : drawn;
    };
    clocks both(rate(), rate());
    const duration longest = 1us * static_cast<std::int64_t>(1U << random.below(22));
    const auto delay = [&] { return random.between(duration(0), longest); };
    for (int i = 0; i < 2'000; ++i) {
      if (random.below(50) == 0) {
        both.set(rate(), rate());
      }
      both.pass(random.below(4) == 0 ? delay() : duration(0));
      both.exchange(delay(), random.below(2) == 0 ? duration(0) : delay(), delay());
      ASSERT_NE(both.rate().verdict(), clock_verdict::broken) << "seed " << seed;
    }
  }
}

TEST(clock_rate, is_never_said_to_drift_when_half_of_the_bound_was_kept) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    random_source random(seed);
    clocks both(rho_ppm / 2, -rho_ppm / 2);
    const auto delay = [&] { return random.between(duration(0), 100ms); };
    for (int i = 0; i < 2'000; ++i) {
      both.exchange(delay(), delay(), delay());
      ASSERT_TRUE(both.rate().verdict() == clock_verdict::unknown ||
                  both.rate().verdict() == clock_verdict::kept)
          << "seed " << seed;
    }
  }
}

// The very limit, over a network without any delay: what the naive measures get wrong.
TEST(clock_rate, may_be_at_the_very_limit) {
  for (const std::int64_t sign : {-1, 1}) {
    clocks both(sign * rho_ppm, -sign * rho_ppm);
    both.talk(5 * window, 0us);
    EXPECT_NE(both.rate().verdict(), clock_verdict::broken);
  }
}

// One way takes longer with each exchange: by arrivals alone the peer's clock seems slow.
TEST(clock_rate, is_not_mistaken_for_a_way_that_becomes_longer) {
  clocks both(0);
  for (int i = 0; i < 500; ++i) {
    both.exchange(100us, 0us, 100us + 2ms * i);
    both.pass(20ms);
    ASSERT_NE(both.rate().verdict(), clock_verdict::drifting);
    ASSERT_NE(both.rate().verdict(), clock_verdict::broken);
  }
}

TEST(clock_rate, far_beyond_the_bound_is_noticed_within_an_eighth_of_a_window) {
  for (const std::int64_t ppm : {-50'000, 50'000}) {
    clocks both(ppm);
    both.talk(window / 8 + 500ms);
    EXPECT_EQ(both.rate().verdict(), clock_verdict::broken) << ppm;
    EXPECT_LE(both.rate().bounds()->lower_ppm, ppm);
    EXPECT_GE(both.rate().bounds()->upper_ppm, ppm);
  }
}

TEST(clock_rate, just_beyond_the_bound_is_noticed_within_two_windows) {
  // 2 rho is 10,050 ppm; a window shows round trips of 400 us as 20 ppm.
  for (const std::int64_t ppm : {-10'200, 10'200}) {
    clocks both(0);
    both.talk(3 * window + 1'700ms);
    both.set(ppm);
    both.talk(2 * window);
    EXPECT_EQ(both.rate().verdict(), clock_verdict::broken) << ppm;
  }
}

TEST(clock_rate, that_changes_much_is_noticed_within_a_window_whenever_it_does) {
  for (duration before = 0s; before < 3 * window; before += 1'300ms) {
    clocks both(0);
    both.talk(before);
    both.set(40'000);
    both.talk(window / 2);
    EXPECT_EQ(both.rate().verdict(), clock_verdict::broken) << before.count();
  }
}

TEST(clock_rate, warns_at_half_of_the_bound) {
  clocks both(7'000);
  both.talk(2 * window);
  EXPECT_EQ(both.verdicts(), std::vector{clock_verdict::drifting});
  both.set(1'000);
  both.talk(3 * window);
  EXPECT_EQ(both.rate().verdict(), clock_verdict::kept);
  EXPECT_EQ(both.verdicts().size(), 2U);
}

// One frame waits here, so that nothing bounds it from above.
TEST(clock_rate, too_fast_is_told_though_it_may_be_faster_still) {
  clocks both(40'000);
  both.exchange(1ms, 0ms, 1ms);
  both.pass(1500ms);
  both.exchange(1ms, 0ms, 1ms);
  both.exchange(0ms, 3s, 0ms);
  both.pass(1500ms);
  both.exchange(0ms, 3s, 0ms);
  ASSERT_FALSE(both.verdicts().empty());
  EXPECT_EQ(both.verdicts().back(), clock_verdict::broken);
}

// It was slow for long, and is fast now: over all the time it may have been right.
TEST(clock_rate, drifts_by_what_shows_it) {
  clocks both(-2'600);
  both.talk(12s);
  both.set(4'000);
  both.talk(40s);
  ASSERT_FALSE(both.verdicts().empty());
}

TEST(clock_rate, counts_again_after_a_whole_window_that_was_right) {
  clocks both(50'000);
  both.talk(5s);
  ASSERT_EQ(both.rate().verdict(), clock_verdict::broken);
  both.set(0);
  const duration mended_at = both.now();
  both.talk(window);
  EXPECT_EQ(both.rate().verdict(), clock_verdict::broken) << "not sooner";
  both.talk(window / 4);
  EXPECT_EQ(both.rate().verdict(), clock_verdict::kept);
  EXPECT_GE(both.last_news_at() - mended_at, window);
}

// A clock that is right and wrong in turns: each find out starts the window anew.
TEST(clock_rate, that_goes_to_and_fro_does_not_flap) {
  clocks both(0);
  for (int turn = 0; turn < 40; ++turn) {
    both.set(turn % 2 == 0 ? 50'000 : 0);
    both.talk(window / 4);
  }
  EXPECT_EQ(both.verdicts(), std::vector{clock_verdict::broken});
}

// Round trips are too long to show within a window that the clock is right.
TEST(clock_rate, counts_again_after_eight_windows_without_a_find_on_a_slow_path) {
  clocks both(200'000);
  both.talk(window, 700ms);
  ASSERT_EQ(both.rate().verdict(), clock_verdict::broken);
  both.set(5'000);
  both.talk(7 * window, 700ms);
  EXPECT_EQ(both.rate().verdict(), clock_verdict::broken);
  both.talk(2 * window, 700ms);
  EXPECT_NE(both.rate().verdict(), clock_verdict::broken);
}

TEST(clock_rate, is_found_out_by_a_jump_of_the_clock) {
  clocks both(0);
  both.talk(window);
  clocks ahead = both;
  ahead.set(10'000'000);  // ten seconds in one
  ahead.pass(1s);
  ahead.set(0);
  ahead.talk(3s);
  EXPECT_EQ(ahead.rate().verdict(), clock_verdict::broken);
}

TEST(clock_rate, stands_numbers_that_no_clock_shows) {
  clock_rate rate;
  const instant greatest{duration(INT64_MAX)};
  const instant odd[] = {instant{}, instant{1ns}, instant{duration(INT64_MAX / 2)}, greatest};
  for (const instant sent : odd) {
    for (const instant heard : odd) {
      for (const instant answered : odd) {
        static_cast<void>(rate.heard({.sent = std::min(sent, instant{1h}),
                                      .heard = answered - heard.time_since_epoch(),
                                      .answered = answered,
                                      .came = instant{1h}},
                                     limits));
        static_cast<void>(rate.heard({.sent = instant{2h},
                                      .heard = answered - heard.time_since_epoch(),
                                      .answered = answered,
                                      .came = instant{2h + 4s}},
                                     limits));
      }
    }
  }
}

// The same, by frames.
class measured_links : public testing::Test {
 protected:
  static link_settings settings() {
    link_settings of_a = settings_of(1, 11);
    of_a.clocks = limits;
    return of_a;
  }
  // b's clock runs a tenth faster.
  void talk(duration length, duration of_b) {
    for (duration passed = 0s; passed < length; passed += 100ms) {
      both_.a.machine().touch({2}, true);
      both_.b_receives(both_.a.flush());
      both_.a_receives(both_.b.flush());
      both_.a.advance(100ms);
      both_.b.advance(of_b);
      verdict_ = both_.a.news().clock ? both_.a.news().clock : verdict_;
    }
  }

  two_links both_{settings()};
  std::optional<clock_verdict> verdict_;
};

TEST_F(measured_links, tell_once_that_a_clock_breaks_the_bound) {
  talk(10s, 110ms);
  EXPECT_EQ(verdict_, clock_verdict::broken);
  verdict_.reset();
  talk(30s, 110ms);
  EXPECT_EQ(verdict_, std::nullopt);
}

TEST_F(measured_links, forget_what_they_measured_when_the_peer_restarts) {
  talk(10s, 110ms);
  ASSERT_EQ(both_.a.machine().find({2})->clock.verdict(), clock_verdict::broken);
  end_of_link reborn(settings_of(2, 23), instant(1s));
  reborn.machine().introduce({1}, address_of(1), reborn.now());
  reborn.machine().touch({1}, false);
  both_.a_receives(reborn.flush());
  EXPECT_EQ(both_.a.machine().find({2})->clock.verdict(), clock_verdict::unknown);
  EXPECT_EQ(both_.a.machine().find({2})->clock.bounds(), std::nullopt);
}

TEST_F(measured_links, measure_nothing_by_echoes_that_may_be_of_an_earlier_run) {
  frame_header header;
  header.sender = {.node = {2}, .boot = {22}};
  for (int i = 0; i < 200; ++i) {
    both_.a.advance(100ms);
    header.anchor = instant(5h) + i * 200ms;
    header.echo = both_.a.now();
    arrival_news news;
    both_.a.machine().receive(header, address_of(2), both_.a.now(), news);
  }
  EXPECT_EQ(both_.a.machine().find({2})->clock.verdict(), clock_verdict::unknown);
}

}  // namespace
}  // namespace conclave::core
