// Shows of each rule that it can fail, and that it lets good text pass.
#include "rules.hpp"

#include "layers.hpp"

#include <gtest/gtest.h>

#include <string>

namespace conclave::tidy {

namespace {

findings check_at(rule check, std::string path, std::string text) {
  return check({std::move(path), std::move(text)});
}

void expect_refused(rule check, const std::string& path, const std::string& text,
                    std::size_t line = 1) {
  const findings found = check_at(check, path, text);
  ASSERT_EQ(found.size(), 1U) << path << "\n" << text << "\n" << to_string(found);
  EXPECT_EQ(found[0].line, line) << text;
}

void expect_kept(rule check, const std::string& path, const std::string& text) {
  EXPECT_EQ(to_string(check_at(check, path, text)), "") << text;
}

TEST(pure_headers, refuse_clocks_threads_files_and_randomness) {
  for (const char* header : {"thread", "mutex", "iostream", "fstream", "cstdio", "random", "ctime",
                             "condition_variable", "future", "filesystem", "atomic"}) {
    expect_refused(check_pure_headers, "src/lock/voter.hpp",
                   "#include <" + std::string(header) + ">\n");
  }
  expect_refused(check_pure_headers, "include/conclave/config.hpp", "#include <thread>\n");
}

TEST(pure_headers, allow_durations_and_leave_shells_alone) {
  expect_kept(check_pure_headers, "src/base/time.hpp", "#include <chrono>\n#include <vector>\n");
  expect_kept(check_pure_headers, "src/runtime/loop.cpp", "#include <thread>\n");
  expect_kept(check_pure_headers, "src/base/time.hpp", "// #include <thread>\n");
}

TEST(pure_names, refuse_clocks_randomness_and_output) {
  for (const char* line :
       {"auto now = std::chrono::steady_clock::now();", "std::random_device seed;",
        "std::mt19937 engine;", "int x = std::rand();", "getenv(\"HOME\");",
        "thread_local int depth;", "printf(\"%d\", 1);", "std::cout << 1;",
        "system_clock::time_point at;", "std::uintptr_t address = 0;"}) {
    expect_refused(check_pure_names, "src/node/core.cpp", "\n" + std::string(line), 2);
  }
}

TEST(pure_names, do_not_count_in_comments_strings_or_longer_names) {
  expect_kept(check_pure_names, "src/node/core.cpp",
              "// steady_clock\n/* printf */ const char* a = \"std::cout \\\" printf\";\n"
              "int my_printf_count = 1'000; const char* b = R\"x(getenv)\" )x\";\n");
  expect_kept(check_pure_names, "sim/world.cpp", "std::mt19937 engine;");
}

TEST(pure_names, count_again_after_a_string_has_ended) {
  expect_refused(check_pure_names, "src/node/core.cpp", "f(R\"(x)\"); f('\\''); printf(\"\");");
}

TEST(mutable_globals, are_refused) {
  for (const char* line :
       {"int counter = 0;", "std::vector<int> seen;", "std::map<int, std::function<void()>> hooks;",
        "inline bool enabled{true};", "static int counter;", "static std::vector<int> seen{1, 2};",
        "auto chosen = pick<int>();", "foo* current = nullptr;"}) {
    expect_refused(
        check_mutable_globals, "src/lock/voter.cpp",
        "namespace conclave::core {\nvoid f(int x) { x = 1; }\n" + std::string(line) + "\n}\n", 3);
  }
}

TEST(mutable_globals, are_found_within_functions_and_classes) {
  expect_refused(check_mutable_globals, "src/lock/voter.cpp", "int f() {\n  static int n = 0;\n}",
                 2);
  expect_refused(check_mutable_globals, "src/lock/voter.hpp",
                 "class voter {\n  static inline int n = 0;\n};", 2);
}

TEST(mutable_globals, are_told_from_constants_types_and_functions) {
  expect_kept(check_mutable_globals, "src/lock/voter.cpp", R"(
#define TWICE(x) \
  int x; int y;
namespace conclave::core {
struct forward;
enum class mode : std::uint8_t;
using names = std::vector<std::string>;
inline constexpr int limit = 5;
constexpr static int other = 6;
const std::vector<int> table{1, 2};
static const char* const label = "x";
template <class T>
constexpr bool is_message = false;
struct point { int x = 0; int y{}; static point at(int x); };
point::point() : x{0}, y(1) { int local = 3; }
[[nodiscard]] static std::vector<int> made(int a = 1);
auto operator<=>(const point&, const point&) = default;
bool operator==(const point&, const point&);
static_assert(sizeof(point) == 8);
extern "C" { void hook(); }
}
)");
}

TEST(dependencies, point_one_way) {
  expect_refused(check_dependencies, "src/base/ids.hpp", "#include \"wire/frame.hpp\"\n");
  expect_refused(check_dependencies, "src/wire/frame.hpp", "#include \"link/peer.hpp\"\n");
  expect_refused(check_dependencies, "src/link/peer.hpp", "#include \"lock/voter.hpp\"\n");
  expect_refused(check_dependencies, "src/node/core.hpp", "#include \"runtime/loop.hpp\"\n");
  expect_refused(check_dependencies, "src/runtime/loop.hpp", "#include \"sim/world.hpp\"\n");
  expect_refused(check_dependencies, "sim/world.hpp", "#include \"runtime/loop.hpp\"\n");
  expect_kept(check_dependencies, "src/node/core.hpp",
              "#include \"lock/voter.hpp\"\n#include \"membership/table.hpp\"\n");
  expect_kept(check_dependencies, "sim/world.hpp", "#include \"node/core.hpp\"\n");
}

TEST(dependencies, join_the_two_shells_in_the_world_alone) {
  const std::string of_both = "#include \"runtime/loop.hpp\"\n#include \"sim/clock.hpp\"\n";
  expect_kept(check_dependencies, "sim/world/hosts.cpp", of_both);
  expect_refused(check_dependencies, "sim/clock.hpp", "#include \"sim/world/hosts.hpp\"\n");
  expect_refused(check_dependencies, "src/runtime/loop.hpp", "#include \"sim/world/hosts.hpp\"\n");
}

TEST(dependencies, keep_membership_and_lock_apart) {
  expect_refused(check_dependencies, "src/lock/voter.cpp", "#include \"membership/table.hpp\"\n");
  expect_refused(check_dependencies, "src/membership/table.cpp", "#include \"lock/voter.hpp\"\n");
}

TEST(dependencies, cannot_be_hidden_by_angle_brackets) {
  expect_refused(check_dependencies, "src/lock/voter.cpp", "#include <membership/table.hpp>\n");
}

TEST(dependencies, of_src_are_written_from_the_folder) {
  expect_refused(check_dependencies, "src/lock/voter.cpp", "#include \"voter.hpp\"\n");
  expect_refused(check_dependencies, "src/lock/voter.cpp", "#include \"../lock/voter.hpp\"\n");
  expect_kept(check_dependencies, "src/lock/voter.cpp", "#include \"lock/voter.hpp\"\n");
  expect_kept(check_dependencies, "tools/main.cpp", "#include \"options.hpp\"\n");
}

TEST(dependencies, of_public_headers_are_public_standard_or_boost) {
  const std::string path = "include/conclave/node.hpp";
  expect_refused(check_dependencies, path, "#include \"node/core.hpp\"\n");
  expect_refused(check_dependencies, path, "#include <spdlog/logger.h>\n");
  expect_refused(check_dependencies, path, "#include \"conclave/config.hpp\"\n");
  expect_kept(check_dependencies, path,
              "#include <conclave/config.hpp>\n#include <boost/asio.hpp>\n#include <memory>\n");
}

TEST(dependencies, of_pure_folders_on_public_headers_are_few) {
  expect_refused(check_dependencies, "src/node/core.hpp", "#include <conclave/mutex.hpp>\n");
  expect_refused(check_dependencies, "src/base/ids.hpp", "#include <conclave/error.hpp>\n");
  expect_refused(check_dependencies, "include/conclave/config.hpp",
                 "#include <conclave/node.hpp>\n");
  expect_kept(check_dependencies, "src/node/core.hpp", "#include <conclave/config.hpp>\n");
}

TEST(dependencies, of_pure_folders_on_third_parties_are_few) {
  for (const char* header : {"boost/asio.hpp", "spdlog/spdlog.h", "fmt/format.h", "sys/socket.h",
                             "unistd.h", "boost/asio/ip/udp.hpp"}) {
    expect_refused(check_dependencies, "src/link/peer.cpp",
                   "#include <" + std::string(header) + ">\n");
  }
  expect_kept(check_dependencies, "src/wire/frame.cpp",
              "#include <boost/serialization/nvp.hpp>\n#include <sodium.h>\n");
}

TEST(size, is_bounded_in_lines_and_columns) {
  const auto lines = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += "//\n";
    }
    return text;
  };
  expect_refused(check_size, "src/lock/voter.cpp", lines(501), 501);
  expect_refused(check_size, "tests/lock/voter_test.cpp", lines(601), 601);
  expect_kept(check_size, "src/lock/voter.cpp", lines(500));
  expect_kept(check_size, "tests/lock/voter_test.cpp", lines(600));
  expect_refused(check_size, "sim/world.cpp", "\n" + std::string(101, 'x'), 2);
  expect_kept(check_size, "sim/world.cpp", std::string(100, 'x'));
}

TEST(size, counts_characters_and_not_bytes) {
  expect_kept(check_size, "sim/world.cpp", "// ρ" + std::string(96, 'x'));
  expect_refused(check_size, "sim/world.cpp", "// ρ" + std::string(97, 'x'));
}

TEST(opening, is_a_comment) {
  expect_refused(check_opening, "src/lock/voter.cpp", "#include <vector>\n// A voter.\n");
  expect_kept(check_opening, "src/lock/voter.cpp", "\n// A voter.\n#include <vector>\n");
  expect_kept(check_opening, "src/lock/CMakeLists.txt", "add_library(x)\n");
}

TEST(pragma_once, is_in_every_header) {
  expect_refused(check_pragma_once, "src/lock/voter.hpp", "// A voter. #pragma once\n");
  expect_kept(check_pragma_once, "src/lock/voter.hpp", "// A voter.\n#pragma once\n");
  expect_kept(check_pragma_once, "src/lock/voter.cpp", "// A voter.\n");
}

TEST(words, that_leave_work_or_point_outside_are_refused) {
  for (const char* word : {"TO"
                           "DO",
                           "FIX"
                           "ME",
                           "XX"
                           "X",
                           "issue"
                           " #3",
                           "../"
                           "shared/a"}) {
    expect_refused(check_words, "docs/protocol.md", "\nsee " + std::string(word), 2);
  }
  expect_kept(check_words, "README.md", "to do, an issue, shared\n");
}

TEST(layers, are_found_by_the_longest_folder) {
  ASSERT_NE(layer_of("include/conclave/config.hpp"), nullptr);
  EXPECT_TRUE(is_pure("include/conclave/config.hpp"));
  EXPECT_FALSE(is_pure("include/conclave/node.hpp"));
  EXPECT_EQ(layer_of("tests/tidy/rules.cpp"), nullptr);
  for (const layer& each : layers()) {
    for (const std::string_view used : each.uses) {
      EXPECT_NE(layer_named(used), nullptr) << each.name << " uses " << used;
    }
  }
}

TEST(words_in_code, are_found_whole) {
  EXPECT_EQ(find_word("a printf(printf_x) printf", "printf").size(), 2U);
  EXPECT_EQ(line_of("a\nb\nc", 4), 3U);
}

}  // namespace

}  // namespace conclave::tidy
