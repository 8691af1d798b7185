// conclave-sim experiment from outside: the figures, the page, and exit codes.
#include "sim/experiment/experiments.hpp"
#include "sim/experiment/page.hpp"
#include "tools/child_process.hpp"
#include "tools/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace conclave::sim {
namespace {

using testing::HasSubstr;

constexpr int kept = 0;
constexpr int usage = 64;
constexpr int not_written = 74;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class experiment_command : public testing::Test {
 protected:
  // Its exit code. All that it says is in `said` then.
  int run(const std::vector<std::string>& options) {
    std::vector<std::string> command{CONCLAVE_SIM_COMMAND, "experiment"};
    command.insert(command.end(), options.begin(), options.end());
    const std::string output = path("said-" + std::to_string(++runs_));
    tools::child_process running({.command = command, .environment = {}, .output_file = output});
    const int code = running.reap();
    said = read_file(output);
    return code;
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return folder_.path() + "/" + name;
  }

  std::string said;

 private:
  tools::temporary_folder folder_{"conclave-experiment"};
  int runs_ = 0;
};

// What the command is asked for in these tests, measured here.
const experiment_options asked{
    .members = {5, 6}, .loss_percent = {0, 20}, .seeds = 2, .first_seed = 9, .config = {}};
const std::vector<std::string> asked_words{"--members", "5",       "6", "--loss", "0",
                                           "20",        "--seeds", "2", "--seed", "9"};

std::vector<std::string> words(const std::string& name, const std::vector<std::string>& more) {
  std::vector<std::string> all{name};
  all.insert(all.end(), asked_words.begin(), asked_words.end());
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST_F(experiment_command, writes_nothing_but_its_figures_as_json) {
  ASSERT_EQ(run(words("crash", {"--json"})), kept) << said;
  const auto json = nlohmann::json::parse(said);
  EXPECT_EQ(json["experiment"], "crash");
  EXPECT_EQ(json["preset"], "lan");
  EXPECT_EQ(json["seeds"], 2);
  EXPECT_EQ(json["first_seed"], 9);
  const experiment& which = *find_experiment("crash");
  EXPECT_EQ(json["about"], which.about);
  const auto rows = measure(which, asked, [] {});
  ASSERT_EQ(json["rows"].size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = json["rows"][i];
    EXPECT_EQ(row["protocol"], "conclave");
    EXPECT_EQ(row["members"], rows[i].members);
    EXPECT_EQ(row["loss_percent"], rows[i].loss_percent);
    for (std::size_t column = 0; column < which.columns.size(); ++column) {
      const auto& figure = row.at(which.columns[column].name);
      EXPECT_EQ(figure.is_null(), !rows[i].medians[column].has_value());
      EXPECT_EQ(figure.is_null() ? 0 : figure.get<double>(), rows[i].medians[column].value_or(0));
    }
  }
}

TEST_F(experiment_command, writes_a_page_beside_its_figures) {
  ASSERT_EQ(run(words("idle", {"--html", path("idle.html")})), kept) << said;
  const experiment& which = *find_experiment("idle");
  const auto rows = measure(which, asked, [] {});
  EXPECT_EQ(read_file(path("idle.html")), to_html(which, asked, "lan", rows));
  EXPECT_THAT(said, HasSubstr(which.about));
  ASSERT_EQ(run(words("idle", {"--json", "--html", path("again.html")})), kept) << said;
  EXPECT_TRUE(nlohmann::json::accept(said));
  EXPECT_EQ(read_file(path("again.html")), read_file(path("idle.html")));
}

TEST_F(experiment_command, measures_on_the_network_and_with_the_settings_of_a_preset) {
  const auto known = [&](const std::string& preset) {
    EXPECT_EQ(run({"crash", "--members", "6", "--preset", preset, "--json"}), kept) << said;
    const auto json = nlohmann::json::parse(said);
    EXPECT_EQ(json["preset"], preset);
    return json["rows"][0]["known_to_all_s"].get<double>();
  };
  const double local = known("local");
  const double lan = known("lan");
  EXPECT_LT(local, lan);
  EXPECT_LT(lan, known("wan"));
}

TEST_F(experiment_command, takes_another_fanout_than_the_preset_has) {
  const auto rows = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all{"anomaly", "--members", "8", "--seeds", "1", "--json"};
    all.insert(all.end(), more.begin(), more.end());
    EXPECT_EQ(run(all), kept) << said;
    return nlohmann::json::parse(said);
  };
  const auto plain = rows({});
  const auto narrow = rows({"--gossip-fanout", "1"});
  EXPECT_EQ(plain["gossip_fanout"], membership_config::lan().gossip_fanout);
  EXPECT_EQ(narrow["gossip_fanout"], 1);
  EXPECT_NE(plain["rows"], narrow["rows"]);
}

TEST_F(experiment_command, refuses_wrong_usage_and_names_the_page_that_it_cannot_write) {
  EXPECT_EQ(run({}), usage);
  EXPECT_EQ(run({"no-such"}), usage);
  EXPECT_THAT(said, HasSubstr("no-such"));
  EXPECT_EQ(run({"crash", "--members", "1"}), usage);
  EXPECT_EQ(run({"crash", "--loss", "91"}), usage);
  EXPECT_EQ(run({"crash", "--protocol", "raft"}), usage);
  EXPECT_EQ(run({"crash", "--preset", "moon"}), usage);
  EXPECT_EQ(run({"crash", "--gossip-fanout", "0"}), usage);
  EXPECT_EQ(run({"idle", "--members", "2", "--seeds", "1", "--html", path("no/such/folder")}),
            not_written);
  EXPECT_THAT(said, HasSubstr(path("no/such/folder") + " can't be written"));
}

}  // namespace
}  // namespace conclave::sim
