// Lines of JSON: what they may say, and what is said of those that can't be read.
#include "sim/history/json/reader.hpp"

#include "sim/history/json/times.hpp"
#include "sim/history/json/writer.hpp"
#include "told.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace conclave::histories {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

read_result read(const std::string& text, const reader_settings& settings = {}) {
  std::istringstream from(text);
  return read_history(from, settings);
}

operation only(const std::string& line) {
  const read_result result = read(line);
  EXPECT_THAT(result.why, IsEmpty()) << result.why.front().why;
  EXPECT_THAT(result.told.operations, SizeIs(1));
  return result.told.operations.empty() ? operation{} : result.told.operations.front();
}

TEST(reader, takes_one_record_for_each_operation) {
  const read_result result = read(
      R"({"process":"a","op":"acquire","lock":"x","mode":"permit","permits":5,"slot":2,"token":7,)"
      R"("call":10,"return":20,"valid_until":90,"host":{"any":["thing",{"token":1}]}})");
  ASSERT_THAT(result.told.operations, SizeIs(1));
  const operation expected{.line = 1,
                           .lock = lock_id{0},
                           .process = process_id{0},
                           .called = at(10),
                           .returned = at(20),
                           .valid_until = at(90),
                           .token = fencing_token(7),
                           .permits = 5,
                           .slot = 2,
                           .mode = lock_mode::permit};
  EXPECT_EQ(result.told.operations.front(), expected);
  EXPECT_EQ(result.told.name_of(lock_id{0}), "x");
  EXPECT_EQ(result.told.name_of(process_id{0}), "a");
}

TEST(reader, fills_in_what_a_line_leaves_out) {
  const operation plain = only(R"({"process":3,"op":"lock","time":10})");
  EXPECT_EQ(plain.mode, lock_mode::exclusive);
  EXPECT_EQ(plain.called, plain.returned);
  EXPECT_EQ(plain.result, outcome::ok);
  EXPECT_EQ(plain.valid_until, never);
  EXPECT_EQ(only(R"({"process":1,"op":"acquire","call":10})").result, outcome::unknown);
  EXPECT_EQ(
      only(R"({"process":1,"op":"acquire","call":10,"return":12,"result":"unknown"})").returned,
      never);
  EXPECT_EQ(only(R"({"process":1,"op":"acquire","time":1,"slot":0,"permits":2})").mode,
            lock_mode::permit);
  EXPECT_EQ(only(R"({"process":1,"op":"crash","time":1})").lock, no_lock);
  EXPECT_EQ(only(R"({"process":1,"op":"write","time":1,"token":"12","lock":"x"})").token,
            fencing_token(12));
  EXPECT_FALSE(only(R"({"process":1,"op":"acquire","time":1,"token":null})").token);
}

TEST(reader, pairs_invocations_with_what_came_of_them) {
  const read_result result = read(
      R"({"type":"ok","f":"acquire","process":0,"time":20,"value":{"token":7,"valid_until":90}}
{"type":":invoke","f":":acquire","process":0,"time":10,"value":{"lock":"x","mode":"shared"}}
{"type":"invoke","f":"acquire","process":1,"time":11,"lock":"x"}
{"type":"info","f":"acquire","process":1,"time":12,"lock":"x"}
{"type":"invoke","f":"release","process":0,"time":30,"lock":"x"}
{"type":"fail","f":"release","process":0,"time":31}
{"type":"invoke","f":"release","process":0,"time":40,"lock":"x"}
{"type":"info","f":"start-partition","process":"nemesis","time":41})");
  EXPECT_THAT(result.why, IsEmpty());
  ASSERT_THAT(result.told.operations, SizeIs(4));
  const operation& acquired = result.told.operations[0];
  EXPECT_EQ(acquired.line, 1U);
  EXPECT_EQ(acquired.called, at(10));
  EXPECT_EQ(acquired.returned, at(20));
  EXPECT_EQ(acquired.token, fencing_token(7));
  EXPECT_EQ(acquired.valid_until, at(90));
  EXPECT_EQ(acquired.mode, lock_mode::shared);
  EXPECT_EQ(result.told.name_of(acquired.lock), "x");
  EXPECT_EQ(result.told.operations[1].result, outcome::fail);
  EXPECT_EQ(result.told.operations[2].result, outcome::unknown);  // not completed
  EXPECT_EQ(result.told.operations[2].returned, never);
  EXPECT_EQ(result.told.operations[3].result, outcome::unknown);  // info
}

TEST(reader, takes_the_outermost_of_a_field_that_is_said_twice) {
  const std::string line = R"({"process":1,"op":"acquire","time":1)";
  EXPECT_EQ(only(line + R"(,"token":7,"value":{"token":9}})").token, fencing_token(7));
  EXPECT_EQ(only(line + R"(,"value":{"token":9},"token":7})").token, fencing_token(7));
  EXPECT_FALSE(only(line + R"(,"value":[{"token":9}],"other":{"token":3}})").token);
}

TEST(reader, names_halves_that_have_no_other) {
  const std::string invoke = R"({"type":"invoke","f":"acquire","process":0,"time":1})";
  const std::string again = R"({"type":"invoke","f":"acquire","process":0,"time":2})";
  const std::string release = R"({"type":"ok","f":"release","process":0,"time":3})";
  EXPECT_THAT(read(invoke + "\n" + again).why.at(0).why, HasSubstr("line 1"));
  EXPECT_EQ(read(invoke + "\n" + release).why.at(0).line, 2U);
  EXPECT_EQ(read(release).why.at(0).line, 1U);
  const read_result partial = read(release, {.partial = true});
  EXPECT_THAT(partial.why, IsEmpty());
  EXPECT_EQ(partial.told.operations.at(0).called, before_all);
}

TEST(reader, leaves_the_outcome_of_what_a_crash_interrupts_unknown) {
  const read_result result = read(
      R"({"type":"invoke","f":"acquire","process":0,"time":1}
{"op":"crash","process":0,"time":2}
{"type":"invoke","f":"acquire","process":0,"time":3})");
  EXPECT_THAT(result.why, IsEmpty());
  EXPECT_THAT(result.told.operations, SizeIs(3));
}

TEST(reader, takes_dates_and_other_units) {
  EXPECT_EQ(parse_date("1970-01-01T00:00:01Z"), at(1'000'000'000));
  EXPECT_EQ(parse_date("1970-01-01T01:00:00.000000005+01:00"), at(5));
  EXPECT_EQ(parse_date("1969-12-31T23:59:59.5Z"), at(-500'000'000));
  EXPECT_EQ(parse_date("2024-02-29 12:00:00z"), at(1'709'208'000'000'000'000));
  for (const char* wrong :
       {"", "2024-02-30T00:00:00Z", "2024-02-29", "2024-02-29T12:00:00", "2024-02-29T25:00:00Z",
        "2024-02-29T12:00:00.Z", "2024-02-29T12:00:00+1", "2024-02-29T12:00:00Zx",
        "9999-01-01T00:00:00Z", "2024-13-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_date(wrong)) << wrong;
  }
  const std::string line = R"({"process":1,"op":"acquire","time":5})";
  EXPECT_EQ(read(line, {.time_unit = 1ms}).told.operations.at(0).called, at(5'000'000));
  EXPECT_EQ(date_text(at(1'709'208'000'000'000'005)), "2024-02-29T12:00:00.000000005Z");
  EXPECT_EQ(date_text(at(-1)), "1969-12-31T23:59:59.999999999Z");
}

TEST(reader, takes_durations) {
  EXPECT_EQ(parse_duration("5ms"), 5ms);
  EXPECT_EQ(parse_duration("0"), 0ns);
  for (const char* wrong : {"", "5", "-1ms", "ms", "5 ms", "99999999999999h", "1.5s"}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
}

TEST(reader, says_value_and_rule_of_what_it_cannot_read) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> mistakes{
      {"nonsense", {"not one JSON object"}},
      {"[]", {"not one JSON object"}},
      {"7", {"not one JSON object"}},
      {R"({"process":1)", {"not one JSON object"}},
      {R"({"op":"acquire","time":1})", {"\"process\" is missing"}},
      {R"({"process":{},"op":"acquire","time":1})", {"an object", "name"}},
      {R"({"process":1,"time":1})", {"\"op\" is missing"}},
      {R"({"process":1,"op":"juggle","time":1})", {"juggle", "acquire lock release"}},
      {R"({"process":1,"op":"acquire"})", {"\"call\"", "\"time\""}},
      {R"({"process":1,"op":"acquire","time":1.5})", {"\"time\" is 1.5", "whole number"}},
      {R"({"process":1,"op":"acquire","time":"noon"})", {"\"noon\"", "date"}},
      {R"({"process":1,"op":"acquire","call":9223372036854775807,"return":1})", {"\"call\""}},
      {R"({"process":1,"op":"acquire","call":2,"return":1})", {"before it was called"}},
      {R"({"process":1,"op":"acquire","call":2,"result":"ok"})", {"\"return\""}},
      {R"({"process":1,"op":"acquire","time":1,"token":0})", {"\"token\" is 0", "from 1"}},
      {R"({"process":1,"op":"acquire","time":1,"token":18446744073709551615})",
       {"18446744073709551615", "9223372036854775807"}},
      {R"({"process":1,"op":"acquire","time":1,"token":[1]})", {"an array"}},
      {R"({"process":1,"op":"acquire","time":1,"mode":"permit"})", {"\"permits\" is missing"}},
      {R"({"process":1,"op":"acquire","time":1,"permits":2,"slot":2})", {"\"slot\"", "first"}},
      {R"({"process":1,"op":"acquire","time":1,"permits":2,"count":3})", {"\"count\""}},
      {R"({"process":1,"op":"acquire","time":1,"permits":2,"count":2,"slot":0})", {"\"slot\""}},
      {R"({"process":1,"op":"write","time":1})", {"\"token\""}},
      {R"({"process":1,"f":"acquire","type":"ok"})", {"\"time\" is missing"}},
      {R"({"process":1,"op":"acquire","time":1,"result":"maybe"})", {"maybe", "ok fail unknown"}},
      {std::string(1'000'001, ' '), {"1000000 bytes"}},
      {std::string(900'000, '['), {"not one JSON object"}},
      {R"({"a":)" + std::string(900'000, '['), {"not one JSON object"}},
  };
  for (const auto& [line, parts] : mistakes) {
    const read_result result = read("\n" + line + "\n");
    ASSERT_THAT(result.why, SizeIs(1)) << line.substr(0, 100);
    EXPECT_EQ(result.why.front().line, 2U);
    for (const std::string& part : parts) {
      EXPECT_THAT(result.why.front().why, HasSubstr(part));
    }
    EXPECT_THAT(result.told.operations, IsEmpty());
  }
}

TEST(reader, stops_at_the_first_mistake_unless_it_is_lenient) {
  const std::string good = R"({"process":1,"op":"acquire","time":1})";
  const std::string text = "x\n" + good + "\ny\n" + good;
  EXPECT_EQ(read(text).unreadable, 1U);
  const read_result lenient = read(text, {.lenient = true});
  EXPECT_EQ(lenient.unreadable, 2U);
  EXPECT_THAT(lenient.told.operations, SizeIs(2));
  EXPECT_EQ(lenient.told.operations.back().line, 4U);
}

TEST(reader, reads_lines_across_pieces_and_ends_as_editors_leave_them) {
  std::string text = "\xef\xbb\xbf";
  const int count = 10'000;
  for (int i = 0; i < count; ++i) {
    text += R"({"process":"some name","op":"acquire","lock":"some lock","time":)" +
            std::to_string(i) + "}\r\n";
  }
  const read_result result = read(text + "\r\n  \n");
  EXPECT_EQ(result.unreadable, 0U);
  EXPECT_THAT(result.told.operations, SizeIs(count));
  EXPECT_EQ(result.told.processes.size(), 1U);
}

TEST(reader, reads_what_is_written) {
  history told;
  operation one{.line = 1,
                .lock = told.lock("orders/\"42\""),
                .process = told.process("b"),
                .called = at(1),
                .returned = at(2),
                .valid_until = at(3),
                .token = fencing_token(INT64_MAX),
                .permits = 4,
                .count = 2,
                .mode = lock_mode::permit};
  EXPECT_EQ(only(to_json_line(one, told)), one);
  one = {.line = 1, .called = at(-5), .returned = never, .result = outcome::unknown};
  EXPECT_EQ(only(to_json_line(one, told)), one);
  one = {.line = 1,
         .lock = no_lock,
         .called = at(5),
         .returned = at(5),
         .kind = operation_kind::crash};
  EXPECT_EQ(only(to_json_line(one, told)), one);
}

}  // namespace
}  // namespace conclave::histories
