// conclave-sim check and run --history, from outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace conclave::histories {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct finished {
  int exit_code = 0;
  std::string out;
  std::string err;
};

class check_command : public testing::Test {
 protected:
  check_command() {
    std::string pattern = testing::TempDir() + "conclave-history-" + std::string(6, 'X');
    folder_ = mkdtemp(pattern.data());
  }
  ~check_command() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& text) {
    std::ofstream(path(), std::ios::binary) << text;
    return path();
  }
  [[nodiscard]] std::string path() const { return folder_ + "/history.jsonl"; }

  finished run_program(const std::vector<std::string>& words) {
    std::string line = CONCLAVE_SIM;
    for (const std::string& word : words) {
      line += " '" + word + "'";
    }
    const std::string out = folder_ + "/out";
    const std::string err = folder_ + "/err";
    const int status = std::system((line + " </dev/null >" + out + " 2>" + err).c_str());
    return {.exit_code = WEXITSTATUS(status), .out = text_of(out), .err = text_of(err)};
  }
  static std::string text_of(const std::string& name) {
    std::ifstream from(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
  }

  std::string folder_;
  const std::string first_ = R"({"process":"a","op":"acquire","lock":"x","call":0,"return":10})";
  const std::string second_ = R"({"process":"b","op":"acquire","lock":"x","call":5,"return":19})";
  const std::string end_ = R"({"process":"a","op":"release","lock":"x","call":20,"return":30})";
};

TEST_F(check_command, ends_with_0_when_all_is_consistent) {
  const finished ended = run_program({"check", file(first_ + "\n" + end_)});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(ended.out, AllOf(HasSubstr("\"x\": 2 operations, 1 holds"),
                               HasSubstr("2 lines: 0 unreadable"), HasSubstr("\nconsistent\n")));
}

TEST_F(check_command, ends_with_3_and_says_which_lines_break_what) {
  const finished ended = run_program({"check", file(first_ + "\n" + second_ + "\n" + end_)});
  EXPECT_EQ(ended.exit_code, 3) << ended.err;
  EXPECT_THAT(ended.out,
              HasSubstr("broken exclusion: \"x\", lines 1, 2: a (line 1) holds it for certain"));
}

TEST_F(check_command, takes_the_clock_error_for_what_is_only_possible) {
  const finished ended =
      run_program({"check", "--clock-error", "1ns", file(first_ + "\n" + second_ + "\n" + end_)});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("possible exclusion: \"x\", lines 1, 2"));
}

TEST_F(check_command, writes_json) {
  const finished ended =
      run_program({"check", "--json", file(first_ + "\n" + second_ + "\n" + end_)});
  const nlohmann::json said = nlohmann::json::parse(ended.out);
  EXPECT_EQ(said.at("verdict"), "broken");
  EXPECT_EQ(said.at("locks").at(0).at("holds"), 2);
  EXPECT_EQ(said.at("violations").at(0).at("rule"), "exclusion");
  EXPECT_EQ(said.at("violations").at(0).at("lines"), nlohmann::json({1, 2}));
}

TEST_F(check_command, ends_with_65_and_names_the_line_that_it_cannot_read) {
  const finished ended = run_program({"check", file(first_ + "\n{}\n")});
  EXPECT_EQ(ended.exit_code, 65);
  EXPECT_EQ(ended.out, "");
  EXPECT_THAT(ended.err, AllOf(HasSubstr(path() + " line 2: \"op\" is missing"),
                               HasSubstr("every line says what was done")));
  EXPECT_EQ(std::ranges::count(ended.err, '\n'), 1);
}

TEST_F(check_command, goes_on_when_lenient) {
  const finished ended = run_program({"check", "--lenient", file(first_ + "\n{}\n" + end_)});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("3 lines: 1 unreadable"));
}

TEST_F(check_command, takes_a_history_that_begins_in_the_middle) {
  EXPECT_EQ(run_program({"check", file(end_)}).exit_code, 3);
  const finished ended = run_program({"check", "--partial", file(end_)});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("1 of holds from before"));
}

TEST_F(check_command, ignores_tokens_when_told_to) {
  const std::string lines =
      R"({"process":"a","op":"acquire","lock":"x","token":5,"time":"2026-03-01T12:00:00Z"})"
      "\n"
      R"({"process":"a","op":"release","lock":"x","token":5,"time":"2026-03-01T12:00:01Z"})"
      "\n"
      R"({"process":"b","op":"acquire","lock":"x","token":4,"time":"2026-03-01T12:00:02Z"})";
  const finished strict = run_program({"check", file(lines)});
  EXPECT_EQ(strict.exit_code, 3);
  EXPECT_THAT(strict.out, HasSubstr("asked for at 2026-03-01T12:00:02.000000000Z"));
  EXPECT_EQ(run_program({"check", "--ignore-tokens", file(lines)}).exit_code, 0);
}

TEST_F(check_command, ends_with_8_when_it_gives_up) {
  std::string lines;
  for (int i = 0; i < 12; ++i) {
    const std::string token = i % 2 == 0 ? "" : R"(,"token":)" + std::to_string(i);
    lines += R"({"process":"p)" + std::to_string(i) +
             R"(","op":"acquire","lock":"x","mode":"shared","call":0,"return":9000)" + token +
             "}\n";
  }
  EXPECT_EQ(run_program({"check", "--states-max", "10", file(lines)}).exit_code, 8);
  EXPECT_EQ(run_program({"check", file(lines)}).exit_code, 0);
}

TEST_F(check_command, refuses_what_it_cannot_obey) {
  EXPECT_EQ(run_program({"check", folder_ + "/nothing"}).exit_code, 65);
  EXPECT_EQ(run_program({"check", folder_}).exit_code, 65);
  const finished ended = run_program({"check", "--clock-error", "5", file(first_)});
  EXPECT_EQ(ended.exit_code, 64);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("--clock-error is \"5\""), HasSubstr("5ms")));
  EXPECT_EQ(run_program({"check", "--unit", "days", file(first_)}).exit_code, 64);
}

TEST_F(check_command, reads_standard_input) {
  const finished ended = run_program({"check", "-"});  // which is empty here
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, HasSubstr("0 lines"));
}

TEST_F(check_command, has_help_with_examples_and_exit_codes) {
  const finished ended = run_program({"check", "--help"});
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("conclave-sim check history.jsonl"),
                               HasSubstr("Exit status:"), HasSubstr("\"op\":\"acquire\"")));
}

TEST_F(check_command, accepts_what_a_run_writes) {
  const finished run = run_program({"run", "--seed", "3", "--history", path()});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const finished ended = run_program({"check", path()});
  EXPECT_EQ(ended.exit_code, 0) << ended.out;
  EXPECT_EQ(run_program({"run", "--seed", "3", "--history", path() + "/no"}).exit_code, 74);
  // Who looks on changes nothing.
  const finished without = run_program({"run", "--seed", "3"});
  EXPECT_EQ(run.out, without.out);
}

}  // namespace
}  // namespace conclave::histories
