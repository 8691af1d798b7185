// What ./dev mutants says, from outside: the script itself, in a tree of one file, with stand-ins
// for CMake and the simulator. What the stand-ins say is worded as the real ones do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

namespace conclave::sim {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// "Builds" the simulator from the rule that stands in the copy.
constexpr std::string_view cmake_stand_in = R"sh(#!/usr/bin/env bash
[[ $1 == --build ]] || exit 0
cd "${2%/build/release}" || exit
rule=$(<src/rule)
if [[ $rule == nonsense ]]; then echo "src/rule:1: error: no such rule"; exit 1; fi
mkdir -p build/release/sim
cd build/release/sim || exit
{ echo '#!/usr/bin/env bash'; echo "rule='$rule'"; cat ../../../src/simulator; } >conclave-sim
chmod +x conclave-sim
)sh";

constexpr std::string_view simulator_stand_in = R"sh(
case $rule/$1 in
  'no floor/campaign')
    echo 'FAILED seed 7: promise "fencing" broken'
    exit 3 ;;
  'no quorum/explore')
    cat <<'TEXT'
[
  {
    "world": "smallest",
    "cause": "",
    "what": "",
    "faults": 0,
    "events": 0,
    "machines": 5,
    "seconds": 0.5
  },
  {
    "world": "crash",
    "finished": false,
    "cause": "exclusion",
    "what": "exclusion: \"c1\", and c2",
    "faults": 1,
    "events": 4,
    "machines": 5,
    "seconds": 1.25,
    "story": [
      "1. what: is not the last"
    ]
  }
]
TEXT
    exit 3 ;;
  'no memory/campaign') kill -SEGV $$ ;;
  'no options/campaign') echo 'not understood' >&2; exit 64 ;;
  */shrink)
    printf '{\n  "seed": 9,\n  "cause": "fencing",\n  "faults": 2,\n'
    printf '  "events": %s,\n  "seconds": 3.5\n}\n' "${events:-40}" ;;
  'no rule/'* | 'no options/'*) ;;
  *) exec sleep 60 ;;
esac
)sh";

class mutants : public testing::Test {
 protected:
  mutants() {
    std::string pattern = testing::TempDir() + "conclave-mutants-" + std::string(6, 'X');
    folder_ = mkdtemp(pattern.data());
    for (const char* each : {"cmake", "include", "src", "sim/mutants", "bin"}) {
      std::filesystem::create_directories(folder_ / each);
    }
    for (const char* each : {"CMakeLists.txt", "CMakePresets.json", "cmake/any", "include/any"}) {
      write(each, "");
    }
    write("src/rule", "all rules\n");
    write("src/simulator", simulator_stand_in);
    write("bin/cmake", cmake_stand_in);
    std::filesystem::permissions(folder_ / "bin/cmake", std::filesystem::perms::owner_all);
    std::filesystem::copy_file(CONCLAVE_MUTANTS, folder_ / "sim/mutants/run");
    add("01-floor.patch", "no floor");
    add("02-quorum.patch", "no quorum");
  }
  ~mutants() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  // A patch that puts `rule` in place of what is in the tree.
  void add(const std::string& name, const std::string& rule,
           const std::string& header = "Rule: a rule (1)\nPromise: exclusion\n") const {
    write("sim/mutants/" + name, header + patch_to(rule));
  }
  static std::string patch_to(const std::string& rule, const std::string& from = "all rules") {
    return "\n--- a/src/rule\n+++ b/src/rule\n@@ -1 +1 @@\n-" + from + "\n+" + rule + "\n";
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream from(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
  }

  // From another folder than the tree's.
  int run(const std::string& words) {
    const std::string line = "cd '" + (folder_ / "bin").string() +
                             "' && PATH=\"$PWD:$PATH\" bash ../sim/mutants/run --seconds 1 " +
                             words + " </dev/null >../out 2>../err";
    const int status = std::system(line.c_str());
    out_ = read("out");
    err_ = read("err");
    return WEXITSTATUS(status);
  }
  int run_json(const std::string& words) {
    const int status = run("--json " + words);
    said_ = json::parse(out_, nullptr, false);
    EXPECT_FALSE(said_.is_discarded()) << out_ << err_;
    return status;
  }
  [[nodiscard]] json row(const std::string& name) const {
    for (const json& each : said_.value("rows", json::array())) {
      if (each["name"] == name) {
        return each;
      }
    }
    return {};
  }

  std::filesystem::path folder_;
  std::string out_;
  std::string err_;
  json said_;
};

TEST_F(mutants, are_caught_by_a_campaign_at_a_seed) {
  EXPECT_EQ(run_json(""), 0) << err_;
  EXPECT_EQ(said_["total"], 2);
  EXPECT_EQ(said_["caught"], 2);
  EXPECT_EQ(said_["not_tried"], 0);
  EXPECT_FALSE(said_.contains("shrunk_small"));
  const json floor = row("floor");
  EXPECT_EQ(floor["rule"], "a rule (1)");
  EXPECT_EQ(floor["promise"], "exclusion");
  EXPECT_EQ(floor["caught"], true);
  EXPECT_EQ(floor["by"], "campaign");
  EXPECT_EQ(floor["status"], 3);
  EXPECT_EQ(floor["seed"], 7);
  EXPECT_EQ(floor["what"], "promise \"fencing\" broken");
  EXPECT_TRUE(floor["seconds"].is_number());
  EXPECT_TRUE(floor["build_seconds"].is_number());
  EXPECT_TRUE(floor["shrunk"].is_null());
}

TEST_F(mutants, are_caught_by_an_exploration_in_a_world_and_after_how_many_moves) {
  EXPECT_EQ(run_json("--only quorum"), 0) << err_;
  const json quorum = row("quorum");
  EXPECT_EQ(quorum["by"], "exploration");
  EXPECT_TRUE(quorum["seed"].is_null());
  EXPECT_EQ(quorum["what"], "world crash: exclusion: \"c1\", and c2");
  const json expected = {{"world", "crash"}, {"cause", "exclusion"},
                         {"faults", 1},      {"what", "exclusion: \"c1\", and c2"},
                         {"events", 4},      {"machines", 5},
                         {"seconds", 1.25}};
  EXPECT_EQ(quorum["shrunk"], expected);
}

TEST_F(mutants, that_came_down_to_little_are_counted_when_they_are_shrunk) {
  EXPECT_EQ(run_json("--shrink"), 0) << err_;
  EXPECT_EQ(said_["shrunk_small"], 2);
  EXPECT_EQ(row("floor")["shrunk"]["faults"], 2);
  EXPECT_EQ(row("floor")["shrunk"]["seed"], 9);
  EXPECT_EQ(run("--shrink"), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("2 of 2 caught came down to at most 6 faults and 40 events within"));
  write("src/simulator", "events=41" + std::string(simulator_stand_in));
  EXPECT_EQ(run_json("--shrink"), 0) << err_;
  EXPECT_EQ(said_["shrunk_small"], 1) << "41 events are too many";
}

TEST_F(mutants, that_can_not_be_tried_are_told_in_their_place_and_fail_the_run) {
  add("00-nonsense.patch", "nonsense");
  write("sim/mutants/00-stale.patch", patch_to("no floor", "rules of old"));
  EXPECT_EQ(run_json(""), 1);
  EXPECT_EQ(said_["total"], 4);
  EXPECT_EQ(said_["caught"], 2);
  EXPECT_EQ(said_["not_tried"], 2);
  for (const char* each : {"nonsense", "stale"}) {
    EXPECT_EQ(row(each)["caught"], false);
    EXPECT_TRUE(row(each)["by"].is_null() && row(each)["status"].is_null());
  }
  EXPECT_EQ(row("nonsense")["what"], "does not build: src/rule:1: error: no such rule");
  EXPECT_THAT(row("stale")["what"], testing::StartsWith("does not apply: "));
  EXPECT_TRUE(row("stale")["rule"].is_null()) << "it says none";
  EXPECT_EQ(row("floor")["caught"], true) << "the copy is as it was";
}

TEST_F(mutants, may_be_patches_from_anywhere_without_a_header) {
  write("bin/my-own.patch", patch_to("no quorum"));
  EXPECT_EQ(run_json("--patch my-own.patch"), 0) << err_;
  EXPECT_EQ(said_["total"], 1);
  EXPECT_EQ(row("my-own")["by"], "exploration");
  EXPECT_EQ(run_json("--only floor --patch my-own.patch"), 0) << err_;
  EXPECT_EQ(said_["total"], 2);
  EXPECT_EQ(run("--check --patch my-own.patch"), 0) << err_;
  EXPECT_EQ(run("--patch no-such.patch"), 64);
}

TEST_F(mutants, of_the_repository_say_their_rule_and_their_promise) {
  EXPECT_EQ(run("--check"), 0) << err_;
  add("03-silent.patch", "no floor", "");
  EXPECT_EQ(run("--check"), 1);
  EXPECT_THAT(err_, HasSubstr("03-silent.patch has no line \"Rule: ...\""));
}

TEST_F(mutants, that_nobody_notices_fail_the_run) {
  add("01-floor.patch", "no rule");
  EXPECT_EQ(run_json("--only floor"), 1);
  EXPECT_EQ(row("floor")["caught"], false);
  EXPECT_EQ(said_["not_tried"], 0);
}

TEST_F(mutants, that_kill_the_simulator_are_noticed_and_a_mistake_in_calling_it_is_not_theirs) {
  add("01-floor.patch", "no memory");
  EXPECT_EQ(run_json("--only floor"), 0) << err_;
  EXPECT_THAT(row("floor")["what"], HasSubstr("the campaign ended with status 139"));
  add("01-floor.patch", "no options");
  EXPECT_EQ(run_json("--only floor"), 1);
  EXPECT_EQ(said_["not_tried"], 1);
  EXPECT_THAT(row("floor")["what"], HasSubstr("ended with status 64: not understood"));
}

// The script reads lines of this shape.
TEST(mutants_and, an_exploration_says_what_they_need_in_lines) {
  const std::string file = testing::TempDir() + "conclave-exploration.json";
  const std::string line = std::string(CONCLAVE_SIM) +
                           " explore --world smallest --states-max 100 --json >'" + file + "'";
  EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 8);
  std::ifstream from(file);
  const std::string text{std::istreambuf_iterator<char>(from), std::istreambuf_iterator<char>()};
  for (const char* each : {"world", "cause", "what", "faults", "events", "machines", "seconds"}) {
    EXPECT_THAT(text, HasSubstr("\n  \"" + std::string(each) + "\": "));
  }
}

}  // namespace
}  // namespace conclave::sim
