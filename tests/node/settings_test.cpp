// A wrong configuration is refused with a sentence that names the value and the rule.
#include "node/settings.hpp"

#include "base/digest.hpp"
#include "lock/roster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace conclave {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;

config good() {
  config settings;
  settings.name = "n1";
  settings.bind = "127.0.0.1:0";
  settings.voters = {"n1", "n2", "n3"};
  return settings;
}

TEST(settings, defaults_with_a_name_and_voters_are_sound) {
  EXPECT_EQ(validate(good()), "");
}

TEST(settings, a_lease_over_the_maximum_names_both) {
  config settings = good();
  settings.lease_ttl = 11s;
  EXPECT_THAT(validate(settings), AllOf(HasSubstr("lease_ttl is 11000.000 ms"),
                                        HasSubstr("lease_ttl_max of 10000.000 ms")));
  settings.lease_ttl = 1ms;
  EXPECT_THAT(validate(settings), HasSubstr("lease_ttl is 1.000 ms"));
  settings = good();
  settings.lease_ttl_max = 2h;
  EXPECT_THAT(validate(settings), HasSubstr("lease_ttl_max is 7200000.000 ms"));
}

TEST(settings, deadlocks_are_looked_for_at_most_once_a_millisecond) {
  config settings = good();
  settings.deadlock_timeout = 1ms;
  EXPECT_EQ(validate(settings), "");
  settings.deadlock_timeout = 999us;
  EXPECT_THAT(validate(settings),
              AllOf(HasSubstr("deadlock_timeout is 0.999 ms"), HasSubstr("the least is 1.000 ms")));
}

TEST(settings, deadlocks_are_looked_for_as_often_as_is_said) {
  core::node_start start;
  start.settings = good();
  start.settings.deadlock_timeout = 7ms;
  EXPECT_EQ(core::candidate_settings_of(start).deadlock_timeout, 7ms);
}

TEST(settings, names_have_1_to_255_bytes) {
  config settings = good();
  settings.name = std::string(256, 'n');
  EXPECT_THAT(validate(settings), HasSubstr("256"));
  settings.name.clear();
  EXPECT_THAT(validate(settings), HasSubstr("name has 0 bytes"));
  settings = good();
  settings.voters.push_back("");
  EXPECT_THAT(validate(settings), HasSubstr("voters has a name of 0 bytes"));
}

TEST(settings, voters_are_given_once_each) {
  config settings = good();
  settings.voters.clear();
  EXPECT_THAT(validate(settings), HasSubstr("voters is empty"));
  settings.voters = {"n1", "n2", "n1"};
  EXPECT_THAT(validate(settings), HasSubstr("names \"n1\" twice"));
  settings = good();
  settings.observer = true;
  EXPECT_THAT(validate(settings), HasSubstr("observer"));
  settings = good();
  for (int i = 0; i < 40; ++i) {
    settings.voters.push_back("v" + std::to_string(i));
  }
  EXPECT_THAT(validate(settings), HasSubstr("voters has 43 names; at most 31"));
}

TEST(settings, a_cluster_key_has_32_bytes) {
  config settings = good();
  settings.cluster_key = std::vector<std::byte>(31);
  EXPECT_THAT(validate(settings), AllOf(HasSubstr("31"), HasSubstr("32")));
}

TEST(settings, metadata_fits_a_frame) {
  config settings = good();
  settings.metadata = std::string(513, 'm');
  EXPECT_THAT(validate(settings), AllOf(HasSubstr("513"), HasSubstr("512")));
}

// What is said of good settings with that change of those of membership.
template <class Change>
std::string after(Change change) {
  config settings = good();
  change(settings.membership);
  return validate(settings);
}

TEST(settings, membership_times_are_greater_than_0) {
  for (const auto& [name, time] :
       {std::pair("probe_interval", &membership_config::probe_interval),
        std::pair("probe_timeout", &membership_config::probe_timeout),
        std::pair("gossip_interval", &membership_config::gossip_interval),
        std::pair("rejoin_interval", &membership_config::rejoin_interval)}) {
    EXPECT_EQ(after([&](membership_config& of) { of.*time = 0ns; }),
              "membership: " + std::string(name) + " is 0.000 ms; it must be greater than 0");
    EXPECT_THAT(after([&](membership_config& of) { of.*time = -1ms; }), HasSubstr(name));
  }
}

TEST(settings, a_probe_is_answered_before_the_next) {
  EXPECT_THAT(after([](membership_config& of) { of.probe_timeout = of.probe_interval; }),
              AllOf(HasSubstr("probe_timeout is 1000.000 ms"),
                    HasSubstr("less than probe_interval, 1000.000 ms")));
  EXPECT_EQ(after([](membership_config& of) { of.probe_timeout = of.probe_interval - 1ns; }), "");
}

TEST(settings, rumours_are_no_slower_than_probes) {
  EXPECT_THAT(after([](membership_config& of) { of.gossip_interval = of.probe_interval + 1ms; }),
              AllOf(HasSubstr("gossip_interval is 1001.000 ms"),
                    HasSubstr("probe_interval of 1000.000 ms")));
  EXPECT_EQ(after([](membership_config& of) { of.gossip_interval = of.probe_interval; }), "");
}

TEST(settings, the_dead_are_remembered_until_they_have_been_tried) {
  EXPECT_THAT(after([](membership_config& of) { of.forget_after = of.rejoin_interval; }),
              AllOf(HasSubstr("forget_after is 5000.000 ms"),
                    HasSubstr("more than rejoin_interval, 5000.000 ms")));
  EXPECT_EQ(after([](membership_config& of) { of.forget_after = of.rejoin_interval + 1ns; }), "");
}

TEST(settings, membership_times_are_so_short_that_sums_of_them_are_times) {
  EXPECT_THAT(after([](membership_config& of) { of.probe_interval = 1h + 1ms; }),
              AllOf(HasSubstr("probe_interval is 3600001.000 ms"),
                    HasSubstr("the greatest is 3600000.000 ms")));
  EXPECT_EQ(after([](membership_config& of) { of.probe_interval = 1h; }), "");
  EXPECT_THAT(after([](membership_config& of) { of.forget_after = 24h * 365 + 1ms; }),
              AllOf(HasSubstr("forget_after is 31536000001.000 ms"),
                    HasSubstr("the greatest is 31536000000.000 ms")));
  EXPECT_EQ(after([](membership_config& of) { of.forget_after = 24h * 365; }), "");
}

TEST(settings, membership_counts_are_from_1_to_1000) {
  for (const auto& [name, count] :
       {std::pair("indirect_probes", &membership_config::indirect_probes),
        std::pair("suspicion_multiplier", &membership_config::suspicion_multiplier),
        std::pair("gossip_fanout", &membership_config::gossip_fanout),
        std::pair("retransmits_multiplier", &membership_config::retransmits_multiplier)}) {
    for (const unsigned bad : {0U, 1'001U, std::numeric_limits<unsigned>::max()}) {
      EXPECT_EQ(after([&](membership_config& of) { of.*count = bad; }),
                "membership: " + std::string(name) + " is " + std::to_string(bad) +
                    "; it must be from 1 to 1000");
    }
    for (const unsigned right : {1U, 1'000U}) {
      EXPECT_EQ(after([&](membership_config& of) { of.*count = right; }), "") << name;
    }
  }
}

TEST(settings, the_link_has_room_for_all_members) {
  EXPECT_EQ(after([](membership_config& of) { of.members_max = 0; }),
            "membership: members_max is 0; it must be at least 1");
  EXPECT_EQ(after([](membership_config& of) { of.members_max = 1; }), "");
  config settings = good();
  settings.peers_max = 100;
  settings.membership.members_max = 100;
  EXPECT_EQ(validate(settings), "");
  settings.peers_max = 99;
  EXPECT_THAT(validate(settings),
              AllOf(HasSubstr("members_max is 100"), HasSubstr("peers_max of 99")));
}

TEST(settings, for_a_kind_of_network_agree_with_one_another) {
  for (const membership_config& preset :
       {membership_config::local(), membership_config::lan(), membership_config::wan()}) {
    config settings = good();
    settings.membership = preset;
    EXPECT_EQ(validate(settings), "");
  }
}

TEST(settings, drift_and_limits_are_in_bounds) {
  config settings = good();
  settings.clock_drift_max_ppm = 500'001;
  EXPECT_THAT(validate(settings), HasSubstr("clock_drift_max_ppm is 500001"));
  settings = good();
  settings.requests_max = 0;
  EXPECT_THAT(validate(settings), HasSubstr("requests_max"));
  settings = good();
  settings.lamport_jump_max = 0ns;
  EXPECT_THAT(validate(settings), HasSubstr("lamport_jump_max"));
}

TEST(settings, the_silence_that_ends_all_sessions_is_two_of_the_longest_leases) {
  core::node_start start;
  start.settings = good();
  EXPECT_GE(core::link_settings_of(start).silence_max, 2 * start.settings.lease_ttl_max);
  // Also where all is as great as it may be.
  start.settings.lease_ttl_max = 1h;
  start.settings.clock_drift_max_ppm = 500'000;
  ASSERT_EQ(validate(start.settings), "");
  EXPECT_GE(core::link_settings_of(start).silence_max, 2 * start.settings.lease_ttl_max);
  EXPECT_TRUE(std::ranges::is_sorted(core::roster_of(start.settings).voters));
}

}  // namespace
}  // namespace conclave
