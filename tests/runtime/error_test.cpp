// Errors and names of enumerators, as users read them.
#include <conclave/error.hpp>
#include <conclave/member.hpp>

#include <boost/system/errc.hpp>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace conclave {

namespace {

constexpr int last_error = static_cast<int>(errc::seed_unreachable);

TEST(errors, each_has_a_sentence_of_its_own) {
  std::set<std::string> seen;
  const std::string unknown = make_error_code(static_cast<errc>(last_error + 1)).message();
  for (int code = 1; code <= last_error; ++code) {
    const std::string text = make_error_code(static_cast<errc>(code)).message();
    EXPECT_TRUE(seen.insert(text).second) << text;
    EXPECT_NE(text, unknown) << code;
  }
}

TEST(errors, are_understood_by_code_that_knows_the_standard_conditions) {
  namespace standard = boost::system::errc;
  EXPECT_EQ(make_error_code(errc::cancelled), standard::operation_canceled);
  EXPECT_EQ(make_error_code(errc::timed_out), standard::timed_out);
  EXPECT_EQ(make_error_code(errc::would_block), standard::operation_would_block);
  EXPECT_EQ(make_error_code(errc::address_in_use), standard::address_in_use);
  EXPECT_EQ(make_error_code(errc::invalid_lock_name), standard::invalid_argument);
}

TEST(errors, convert_from_their_enumerators) {
  const boost::system::error_code code = errc::leaving;
  EXPECT_EQ(code, errc::leaving);
  EXPECT_STREQ(code.category().name(), "conclave");
}

TEST(names, of_reasons_and_events_are_their_enumerators) {
  EXPECT_STREQ(to_string(loss_reason::no_quorum), "no_quorum");
  EXPECT_STREQ(to_string(loss_reason::none), "none");
  EXPECT_STREQ(to_string(member_event_kind::refuted), "refuted");
}

}  // namespace

}  // namespace conclave
