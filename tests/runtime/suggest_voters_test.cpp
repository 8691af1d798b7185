// Voters by the map of round trips.
#include <conclave/network_coordinate.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

namespace conclave {

namespace {

member at(std::string name, std::int32_t x_us, std::int32_t y_us = 0) {
  member one;
  one.name = std::move(name);
  one.coordinate =
      network_coordinate{.place_us = {x_us, y_us, 0}, .height_us = 100, .error_permille = 10};
  return one;
}

using names = std::vector<std::string>;

TEST(suggest_voters, takes_the_middle_where_there_is_one) {
  const std::vector<member> line = {at("a", 0), at("b", 1'000), at("c", 2'000), at("d", 3'000),
                                    at("e", 4'000)};
  EXPECT_EQ(suggest_voters(line, 1), (names{"c"}));
  EXPECT_EQ(suggest_voters(line, 3), (names{"b", "c", "d"}));
}

// One far away would be asked by nobody; two near the many are a majority.
TEST(suggest_voters, puts_a_majority_where_most_are) {
  std::vector<member> sites;
  for (int i = 0; i < 6; ++i) {
    sites.push_back(at("near-" + std::to_string(i), 10 * i));
  }
  sites.push_back(at("far", 80'000));
  for (const std::string& one : suggest_voters(sites, 3)) {
    EXPECT_NE(one, "far");
  }
}

TEST(suggest_voters, leaves_out_who_is_gone_or_nowhere) {
  std::vector<member> some = {at("a", 0), at("b", 10), at("c", 20), at("d", 30)};
  some[1].status = member_status::dead;
  some[2].coordinate.reset();
  EXPECT_EQ(suggest_voters(some, 3), (names{"a", "d"}));
  some[0].coordinate->error_permille = 1'000;
  EXPECT_EQ(suggest_voters(some, 3), (names{"d"})) << "it does not know where it is";
  EXPECT_EQ(suggest_voters({}, 3), names());
}

TEST(suggest_voters, refuses_a_count_that_no_roster_can_have) {
  EXPECT_THROW((void)suggest_voters({}, 0), std::invalid_argument);
  EXPECT_THROW((void)suggest_voters({}, 32), std::invalid_argument);
}

}  // namespace

}  // namespace conclave
