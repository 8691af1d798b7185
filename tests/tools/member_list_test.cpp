// How members are shown.
#include "tools/member_list.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace conclave::tools {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

member_list two_members() {
  member first;
  first.name = "billing-1";
  first.address = "127.0.0.1:7401";
  first.boot = 17;
  first.metadata = "rack 4";
  member second = first;
  second.name = "billing-2";
  second.status = member_status::suspect;
  second.clock = clock_rate{.lower_ppm = -3, .upper_ppm = 12};
  return {.members = {first, second}, .voters = {}};
}

TEST(member_list, is_a_table_for_people) {
  const std::string table = to_table(two_members(), false);
  EXPECT_THAT(
      table, HasSubstr("NAME       ADDRESS         STATUS   VOTER  BOOT  CLOCK        METADATA\n"));
  EXPECT_THAT(table,
              HasSubstr("billing-2  127.0.0.1:7401  suspect  ?      17    -3..+12 ppm  rack 4\n"));
  EXPECT_THAT(table,
              HasSubstr("billing-1  127.0.0.1:7401  alive    ?      17    ?            rack 4\n"));
  EXPECT_THAT(to_table(two_members(), true), HasSubstr("\x1b[33msuspect"));
}

TEST(member_list, is_json_for_programs) {
  member_list list = two_members();
  EXPECT_TRUE(to_json(list).at("members").at(0).at("voter").is_null());
  list.voters = {"billing-2"};
  const auto json = to_json(list);
  EXPECT_EQ(json.at("members").at(0).at("voter"), false);
  EXPECT_EQ(json.at("members").at(1).at("voter"), true);
  EXPECT_EQ(json.at("members").at(1).at("status"), "suspect");
  EXPECT_TRUE(json.at("members").at(1).at("round_trip_us").is_null());
  list.members[1].round_trip = std::chrono::microseconds(1'200);
  EXPECT_EQ(to_json(list).at("members").at(1).at("round_trip_us"), 1'200);
}

TEST(member_list, marks_a_clock_that_is_not_trusted) {
  member_list list = two_members();
  EXPECT_TRUE(to_json(list).at("members").at(0).at("clock").is_null());
  EXPECT_EQ(to_json(list).at("members").at(1).at("clock").at("trusted"), true);
  list.members[1].clock_trusted = false;
  EXPECT_THAT(to_table(list, false), HasSubstr("-3..+12 ppm !"));
  EXPECT_EQ(to_json(list).at("members").at(1).at("clock").at("upper_ppm"), 12);
  EXPECT_EQ(to_json(list).at("members").at(1).at("clock").at("trusted"), false);
}

TEST(member_list, marks_who_flaps) {
  member_list list = two_members();
  EXPECT_EQ(to_json(list).at("members").at(1).at("flapping"), false);
  list.members[1].flapping = true;
  EXPECT_THAT(to_table(list, false), HasSubstr("127.0.0.1:7401  suspect ~  ?  "));
  EXPECT_EQ(to_json(list).at("members").at(1).at("flapping"), true);
}

// Names come from anybody on the network.
TEST(member_list, shows_no_control_characters_of_others) {
  member_list list = two_members();
  list.members[0].name = "a\x1b[2J";
  list.members[0].metadata = "b\nc";
  EXPECT_THAT(to_table(list, false),
              AllOf(HasSubstr("a?[2J"), HasSubstr("b?c"), Not(HasSubstr("\x1b"))));
}

// Nor may a name that is no UTF-8 keep the others from being printed.
TEST(member_list, bytes_that_are_no_text_do_not_break_the_json) {
  member_list list = two_members();
  list.members[0].name = "\xFF\xFE";
  EXPECT_THAT(to_line(to_json(list)), HasSubstr("\"name\":\"\xEF\xBF\xBD"));
}

}  // namespace

}  // namespace conclave::tools
