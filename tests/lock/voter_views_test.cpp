// Until when a candidate may believe a voter (docs/protocol.md, "Time" and "The link").
#include "lock/voter_views.hpp"

#include "bench_table.hpp"

#include <gtest/gtest.h>

namespace conclave::core {
namespace {

class voter_views_test : public testing::Test {
 protected:
  session_word word(std::uint64_t generation, std::optional<duration> echo,
                    std::uint64_t boot = 1) const {
    return {.voter = boot_of("v", boot),
            .generation = core::generation{generation},
            .covered_echo = echo ? std::optional(at(*echo)) : std::nullopt};
  }

  voter_roster roster_ = roster_with({"v"});
  voter_views views_{roster_, test_ttl};
};

TEST_F(voter_views_test, belief_counts_from_the_sending_of_the_echoed_frame) {
  views_.hear(0, word(1, 100ms));
  const duration usable = shortened_by_drift(test_ttl, roster_.clock_drift_max_ppm);
  EXPECT_LT(usable, test_ttl);
  EXPECT_TRUE(views_.at(0).believed(at(100ms + usable - 1ns)));
  EXPECT_FALSE(views_.at(0).believed(at(100ms + usable)));
}

TEST_F(voter_views_test, belief_ends_before_the_promise_for_any_clocks_within_the_bound) {
  // The voter promises from the arrival, at the earliest the sending, for test_ttl on its clock.
  // Candidate's clock slow by rho, voter's fast by rho: compare in true time.
  const double rho = static_cast<double>(roster_.clock_drift_max_ppm) * 1e-6;
  const auto usable =
      static_cast<double>(shortened_by_drift(test_ttl, roster_.clock_drift_max_ppm).count());
  const double believed_in_true_time = usable / (1 - rho);
  const double promised_in_true_time = static_cast<double>(test_ttl.count()) / (1 + rho);
  EXPECT_LE(believed_in_true_time, promised_in_true_time);
}

TEST_F(voter_views_test, a_frame_that_does_not_cover_its_echo_extends_nothing) {
  views_.hear(0, word(1, std::nullopt));
  EXPECT_FALSE(views_.at(0).believed(at(0s)));
}

TEST_F(voter_views_test, no_generation_is_no_session) {
  views_.hear(0, word(0, 100ms));
  EXPECT_FALSE(views_.at(0).believed(at(100ms)));
}

TEST_F(voter_views_test, a_late_echo_does_not_shorten_belief) {
  views_.hear(0, word(1, 500ms));
  views_.hear(0, word(1, 100ms));
  EXPECT_TRUE(views_.at(0).believed(at(1400ms)));
}

TEST_F(voter_views_test, a_greater_generation_voids_the_votes_and_an_older_one_extends_nothing) {
  EXPECT_EQ(views_.hear(0, word(1, 100ms)), voter_views::change::votes_gone);
  EXPECT_EQ(views_.hear(0, word(1, 150ms)), voter_views::change::none);
  EXPECT_EQ(views_.hear(0, word(2, std::nullopt)), voter_views::change::votes_gone);
  EXPECT_FALSE(views_.at(0).believed(at(200ms)));
  EXPECT_EQ(views_.hear(0, word(1, 190ms)), voter_views::change::none);
  EXPECT_FALSE(views_.at(0).believed(at(200ms)));
}

TEST_F(voter_views_test, another_boot_of_the_voter_has_promised_nothing) {
  views_.hear(0, word(7, 100ms));
  EXPECT_EQ(views_.hear(0, word(0, std::nullopt, 2)), voter_views::change::votes_gone);
  EXPECT_FALSE(views_.at(0).believed(at(200ms)));
}

TEST_F(voter_views_test, a_session_is_kept_by_one_contact_each_third_of_its_worth) {
  const duration usable = shortened_by_drift(test_ttl, roster_.clock_drift_max_ppm);
  EXPECT_TRUE(views_.contact_due(0, at(0s)));
  views_.hear(0, word(1, 0s));
  EXPECT_FALSE(views_.contact_due(0, at(usable / 3 - 1ns)));
  EXPECT_TRUE(views_.contact_due(0, at(usable / 3)));
}

TEST_F(voter_views_test, two_contacts_may_fail_however_far_clocks_may_drift) {
  roster_.clock_drift_max_ppm = 200'000;
  voter_views views(roster_, 90ms);
  views.hear(0, word(1, 0s));
  int contacts = 0;
  for (duration now = 0s; views.at(0).believed(at(now + 1ms)); now += 100us) {
    contacts += views.contact_due(0, at(now)) ? 1 : 0;
  }
  EXPECT_EQ(contacts, 2);
}

TEST_F(voter_views_test, answers_that_come_late_call_for_no_more_contacts) {
  const duration usable = shortened_by_drift(test_ttl, roster_.clock_drift_max_ppm);
  int contacts = 0;
  for (duration now = 0s; now < 2 * usable; now += 5ms) {
    contacts += views_.contact_due(0, at(now)) ? 1 : 0;
    views_.hear(0, word(1, now - usable / 2));
  }
  EXPECT_LE(contacts, 2 * usable / 100ms + 1);
}

TEST_F(voter_views_test, a_silent_voter_is_tried_ever_less_often_but_within_a_third_of_a_lease) {
  std::vector<instant> tries;
  for (duration now = 0s; now < 10s; now += 10ms) {
    if (views_.contact_due(0, at(now))) {
      tries.push_back(at(now));
    }
  }
  ASSERT_GT(tries.size(), 10U);
  EXPECT_EQ(tries[1] - tries[0], 100ms);
  EXPECT_EQ(tries[2] - tries[1], 200ms);
  for (std::size_t i = 1; i < tries.size(); ++i) {
    EXPECT_LE(tries[i] - tries[i - 1], test_ttl / 3 + 10ms);
  }
}

TEST_F(voter_views_test, one_contact_starts_one_handshake) {
  EXPECT_TRUE(views_.contact_due(0, at(0s)));
  EXPECT_TRUE(views_.finish_handshake(0));
  EXPECT_FALSE(views_.finish_handshake(0));
}

}  // namespace
}  // namespace conclave::core
