// conclave-sim report: a run as a picture, as a log for ShiViz, or as data.
#include "sim/command/commands.hpp"
#include "sim/command/plan_source.hpp"
#include "sim/report/page.hpp"
#include "sim/report/recorder.hpp"
#include "sim/report/recording_json.hpp"
#include "sim/report/shiviz.hpp"
#include "sim/report/window.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

namespace conclave::sim {

namespace {

struct report_settings {
  plan_source source;
  std::string input;
  std::string output;
  std::string format = "html";
  double from_s = 0;
  double to_s = std::numeric_limits<double>::infinity();
  std::size_t events_max = recorder_limits{}.events_max;
  bool json = false;
};

true_time time_of(double seconds) {
  constexpr double seconds_max = 9e9;  // about what fits
  return seconds < seconds_max
             ? true_time(duration(static_cast<std::int64_t>(std::llround(seconds * 1e9))))
             : end_of_time;
}

recorder_limits limits_of(const report_settings& asked) {
  return {.from = time_of(asked.from_s), .to = time_of(asked.to_s), .events_max = asked.events_max};
}

recording record_run(const report_settings& asked) {
  set_current_run(asked.source.seed, replay_command(asked.source));
  const plan chosen = plan_of(asked.source);
  recorder watcher(limits_of(asked));
  simulation world(chosen, {});
  world.watch(watcher);
  recording all = watcher.finish(chosen.world, world.run());
  all.replay = replay_command(asked.source);
  return all;
}

recording read_recording(const report_settings& asked) {
  std::ifstream file(asked.input, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    throw CLI::ValidationError("--input", "can't read " + asked.input);
  }
  recording all;
  try {
    all = recording_of(text);
  } catch (const std::runtime_error& wrong) {
    throw CLI::ValidationError("--input " + asked.input, wrong.what());
  }
  const recorder_limits limits = limits_of(asked);
  cut(all, {.from = limits.from, .to = limits.to}, limits.events_max);
  return all;
}

std::string written_as(const recording& all, const std::string& format) {
  if (format == "shiviz") {
    return to_shiviz(all);
  }
  return format == "json" ? to_json_text(all) : to_page(all);
}

std::string default_name(const recording& all, const std::string& format) {
  const std::string ending = format == "shiviz" ? "shiviz.log" : format;
  return fmt::format("conclave-seed-{}.{}", all.seed, ending);
}

// As the run did. Beliefs may overlap in one whose clocks are beyond the bound.
exit_status status_of(const recording& all) {
  if (all.outcome == to_string(outcome::promise_broken)) {
    return exit_status::promise_broken;
  }
  return all.outcome == to_string(outcome::no_progress) ? exit_status::no_progress
                                                        : exit_status::kept;
}

struct written_file {
  std::string name;
  std::size_t bytes = 0;
};

void print(const recording& all, const written_file& file, std::size_t overlaps) {
  fmt::print("{}: {} bytes, {} events, {} of true time\n", file.name, file.bytes, all.events.size(),
             to_text(all.window.to - all.window.from));
  if (all.events_total > all.events.size()) {
    fmt::print("only the last of {} events: --events-max, --from and --to choose others\n",
               all.events_total);
  }
  fmt::print("outcome {}{}{}\n", all.outcome, all.what.empty() ? "" : ": ", all.what);
  fmt::print("overlaps {}\n", overlaps);
}

void print_json(const recording& all, const written_file& file, const report_settings& asked,
                std::size_t overlaps) {
  nlohmann::ordered_json json;
  json["file"] = file.name;
  json["format"] = asked.format;
  json["bytes"] = file.bytes;
  json["seed"] = all.seed;
  json["outcome"] = all.outcome;
  json["what"] = all.what;
  json["from_ns"] = all.window.from.time_since_epoch().count();
  json["to_ns"] = all.window.to.time_since_epoch().count();
  json["first_event"] = all.first_event;
  json["events"] = all.events.size();
  json["events_total"] = all.events_total;
  json["overlaps"] = overlaps;
  json["replay"] = all.replay;
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

exit_status write_report(const report_settings& asked) {
  if (asked.to_s <= asked.from_s) {
    throw CLI::ValidationError("--to", "is not later than --from");
  }
  const recording all = asked.input.empty() ? record_run(asked) : read_recording(asked);
  written_file file{.name = asked.output.empty() ? default_name(all, asked.format) : asked.output};
  const std::string text = written_as(all, asked.format);
  file.bytes = text.size();
  std::ofstream out(file.name, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) {
    fmt::print(stderr, "error: can't write {}\n", file.name);
    return exit_status::not_written;
  }
  const std::size_t overlaps = overlaps_of(all).size();
  if (asked.json) {
    print_json(all, file, asked, overlaps);
  } else {
    print(all, file, overlaps);
  }
  return status_of(all);
}

}  // namespace

void add_report(CLI::App& app, exit_status& status) {
  const auto asked = std::make_shared<report_settings>();
  CLI::App* command = app.add_subcommand(
      "report", "Writes what happened in a run as one HTML file, to be looked at in a browser.");
  add_plan_options(*command, asked->source);
  command
      ->add_option("--input", asked->input,
                   "Reads a recording that --format json has written, and runs nothing")
      ->excludes("--seed")
      ->excludes("--plan");
  command->add_option("--output", asked->output,
                      "The file to write (default: conclave-seed-N.html, .shiviz.log or .json)");
  command->add_option("--format", asked->format, "html, shiviz or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"html", "shiviz", "json"}));
  command->add_option("--from", asked->from_s, "Leaves out what was earlier; seconds")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--to", asked->to_s, "Leaves out what was later; seconds")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--events-max", asked->events_max, "Of more events, keeps the last ones")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  command->add_flag("--json", asked->json, "Says as JSON what was written");
  command->footer(
      "Examples:\n"
      "  conclave-sim report --seed 42\n"
      "  conclave-sim report --seed 42 --from 1.5 --to 2 --output part.html\n"
      "  conclave-sim report --seed 42 --format shiviz\n"
      "  conclave-sim report --input conclave-seed-42.json");
  command->callback([asked, &status] { status = write_report(*asked); });
}

}  // namespace conclave::sim
