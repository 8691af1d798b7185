// A wrong configuration is refused with a sentence that names the value and the rule.
#include "node/settings.hpp"

#include "base/digest.hpp"
#include "lock/roster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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

TEST(settings, membership_times_agree_with_one_another) {
  config settings = good();
  settings.membership.probe_timeout = settings.membership.probe_interval;
  EXPECT_THAT(validate(settings), AllOf(HasSubstr("probe_timeout"), HasSubstr("probe_interval")));
  settings = good();
  settings.membership.gossip_fanout = 0;
  EXPECT_THAT(validate(settings), HasSubstr("gossip_fanout"));
  settings = good();
  settings.membership.gossip_interval = settings.membership.probe_interval + 1ms;
  EXPECT_THAT(validate(settings), AllOf(HasSubstr("gossip_interval is 1001.000 ms"),
                                        HasSubstr("probe_interval of 1000.000 ms")));
  settings = good();
  settings.membership.forget_after = settings.membership.rejoin_interval;
  EXPECT_THAT(validate(settings), AllOf(HasSubstr("forget_after"), HasSubstr("rejoin_interval")));
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
