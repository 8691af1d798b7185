// Plans are all of a run: written and read, it is the same run. Whatever is read, it is a plan that
// can be run or a sentence that says why not.
#include "sim/plan.hpp"

#include "sim/simulation.hpp"
#include "sim/story.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <variant>

namespace conclave::sim {
namespace {

using namespace std::chrono_literals;

std::string refusal(const std::string& text) {
  const auto read = read_plan(text);
  const auto* sentence = std::get_if<std::string>(&read);
  return sentence == nullptr ? "" : *sentence;
}

plan read_back(const plan& what) {
  auto read = read_plan(to_text(what));
  EXPECT_TRUE(std::holds_alternative<plan>(read)) << std::get<std::string>(read);
  return std::get<plan>(std::move(read));
}

TEST(plan, written_and_read_is_the_same_text) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const plan drawn = draw_plan(seed, {0, 1, 2, 3, 4, 5, 6, 7});
    ASSERT_EQ(to_text(read_back(drawn)), to_text(drawn)) << "seed " << seed;
  }
}

TEST(plan, written_and_read_is_the_same_run) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    plan drawn = draw_plan(seed);
    drawn.world.faults_last = 2s;
    EXPECT_EQ(simulation(read_back(drawn), {}).run().digest, simulation(drawn, {}).run().digest);
  }
}

// What was drawn, given as lists, happens again. After the faults nothing is drawn any more.
TEST(plan, what_happened_given_as_lists_happens_again) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    plan drawn = draw_plan(seed);
    drawn.world.faults_last = 2s;
    drawn.world.left_voters = drawn.world.left_others = 0;
    plan listed = drawn;
    simulation first(drawn, {});
    first.keep_record(&listed.operations.emplace(), &listed.incidents.emplace());
    const run_result expected = first.run();
    const run_result result = simulation(read_back(listed), {}).run();
    EXPECT_EQ(result.digest, expected.digest) << "seed " << seed;
  }
}

TEST(plan, each_variant_of_a_seed_changes_its_own_part_only) {
  const plan plain = draw_plan(9);
  plan other = draw_plan(9, {0, 0, 0, 0, 0, 1});
  EXPECT_NE(to_text(plain), to_text(other));
  other.faults = plain.faults;
  other.world.variant = {};
  EXPECT_EQ(to_text(plain), to_text(other));
}

TEST(plan, what_is_wrong_is_said_with_its_line) {
  EXPECT_EQ(refusal("world voters=3 lease_ttl=1s lease_ttl_max=1s\ndance"),
            "line 2: no line of a plan begins with dance");
  EXPECT_EQ(refusal("world voters=many"), "line 1: \"many\" is no value for voters");
  EXPECT_EQ(refusal("world dragons=3"), "line 1: nothing is called dragons");
  EXPECT_EQ(refusal("fault flood"), "line 1: there is no kind flood");
  EXPECT_EQ(refusal("fault"), "line 1: a kind is missing");
}

TEST(plan, what_can_not_be_run_is_refused) {
  const std::string world = "world lease_ttl=1s lease_ttl_max=1s";
  EXPECT_EQ(refusal(world), "");
  for (const char* wrong : {" voters=0",
                            " voters=32",
                            " voters=31 others=2",
                            " twins=1",
                            " lease_ttl=0ns",
                            " lease_ttl=2s",
                            " locks=0",
                            " users=101",
                            " clock_drift_max_ppm=200001",
                            " faults_last=-1s",
                            "\nfault crash subject=n4",
                            "\nfault crash at=2s until=1s",
                            "\nfault drift value=900000000",
                            "\nfault sieve value=1000",
                            "\nfault sieve value=-1",
                            "\nfault bridge groups=n1+n2",
                            "\nfault ring groups=n1+n2|n3",
                            "\ncalm delay_min=-1s",
                            " faults_last=99999999999s",
                            " faults_last=1.2.3s",
                            " seed=18446744073709551616"}) {
    EXPECT_NE(refusal(world + wrong), "") << wrong;
  }
}

// Any text at all.
TEST(plan, nonsense_is_refused_or_runs) {
  const std::string good = to_text(draw_plan(3));
  core::random_source random(4);
  for (int round = 0; round < 2'000; ++round) {
    std::string text = good;
    for (int i = 0; i < 3; ++i) {
      text[random.below(text.size())] = static_cast<char>(random.between(std::uint64_t{1}, 255));
    }
    static_cast<void>(read_plan(text));
  }
}

TEST(story, tells_faults_and_what_came_of_requests) {
  plan drawn = draw_plan(3);
  drawn.world.faults_last = 2s;
  const story told = tell(drawn);
  EXPECT_NE(told.lines.find("--- all are served"), std::string::npos);
  EXPECT_NE(told.lines.find("granted r"), std::string::npos);
  EXPECT_EQ(told.lines.find("-> "), std::string::npos);
}

}  // namespace
}  // namespace conclave::sim
