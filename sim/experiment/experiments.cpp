// The lists of experiments and of protocols, and tables of them.
#include "sim/experiment/experiments.hpp"

#include <algorithm>
#include <utility>

namespace conclave::sim {

namespace {

constexpr unsigned multiplier_of_the_paper = 5;
constexpr std::uint32_t members_of_the_paper = 128;

model_settings without_lifeguard() {
  model_settings plain;
  plain.suspicion_multiplier = multiplier_of_the_paper;
  return plain;
}

model_settings with(bool model_settings::*part) {
  model_settings one = without_lifeguard();
  one.*part = true;
  return one;
}

model_settings with_all() {
  model_settings all = without_lifeguard();
  all.scales_probes = all.scales_suspicions = all.tells_suspects = true;
  return all;
}

}  // namespace

const std::vector<protocol>& protocols() {
  static const std::vector<protocol> all{
      {.name = "conclave", .about = "the membership of this library", .model = std::nullopt},
      {.name = "swim", .about = "a model of SWIM with suspicion", .model = without_lifeguard()},
      {.name = "swim-probe",
       .about = "that, with Lifeguard's local health",
       .model = with(&model_settings::scales_probes),
       .percent_in_paper = 68},
      {.name = "swim-suspicion",
       .about = "that, with Lifeguard's suspicion times",
       .model = with(&model_settings::scales_suspicions),
       .percent_in_paper = 3},
      {.name = "swim-buddy",
       .about = "that, with suspects told first",
       .model = with(&model_settings::tells_suspects),
       .percent_in_paper = 94},
      {.name = "memberlist",
       .about = "a model of memberlist: all three",
       .model = with_all(),
       .percent_in_paper = 1.5},
  };
  return all;
}

const protocol* find_protocol(const std::string& name) {
  const auto found = std::ranges::find(protocols(), name, &protocol::name);
  return found == protocols().end() ? nullptr : &*found;
}

const std::vector<experiment>& experiments() {
  static const std::vector<experiment> all{
      {.name = "crash",
       .about = "One member crashes: when the others are told that it is suspect, and dead",
       .columns = {{"suspected_s", "suspected by one", "s"},
                   {"known_to_one_s", "dead to one", "s"},
                   {"known_to_half_s", "to half", "s"},
                   {"known_to_all_s", "to all", "s"},
                   {"spread_p99_s", "from one to 99 %", "s"},
                   {"wrong_deaths", "wrong deaths", ""}},
       .run = run_crash},
      {.name = "join",
       .about = "All come at once through one seed: until all believe all alive",
       .columns = {{"all_see_all_s", "all see all", "s"},
                   {"seed_megabytes_per_second", "seed, its worst second", "MB/s"},
                   {"kilobytes_per_member", "sent by each", "KB"}},
       .run = run_join},
      {.name = "idle",
       .about = "Nothing happens: what each member sends",
       .columns = {{"kilobytes_per_second", "sent by each", "KB/s"},
                   {"datagrams_per_second", "datagrams", "1/s"},
                   {"accusations", "suspected in a minute", ""}},
       .run = run_idle},
      {.name = "partition",
       .about = "Two halves do not reach each other for an hour: how they find together",
       .columns = {{"healed_s", "healed after", "s"},
                   {"traffic_over_idle", "traffic of 30 s, in idle ones", ""},
                   {"ends_that_see_all", "of 2 ends see all", ""},
                   {"told_for_each", "told, for each piece that is missing", ""}},
       .run = run_partition},
      {.name = "alone",
       .about = "One does not reach the others for an hour: how it finds back",
       .columns = {{"healed_s", "healed after", "s"},
                   {"traffic_over_idle", "traffic of 30 s, in idle ones", ""},
                   {"ends_that_see_all", "of 2 ends see all", ""},
                   {"told_for_each", "told, for each piece that is missing", ""}},
       .run = run_alone},
      {.name = "deaf",
       .about = "One in a hundred hears nothing for 20 s, then all for 20 s, for ten minutes",
       .columns = {{"deaths_of_healthy", "deaths of healthy, told to healthy", ""},
                   {"deaths_of_each_deaf", "of each deaf one, told to each", ""},
                   {"deaths_told_to_deaf", "of healthy, told to deaf ones", ""}},
       .run = run_deaf},
      {.name = "lossy",
       .about = "One in a hundred loses 80 % of all that it sends and is sent, for ten minutes",
       .columns = {{"deaths_of_healthy", "deaths of healthy, told to healthy", ""},
                   {"deaths_of_each_lossy", "of each lossy one, told to each", ""},
                   {"deaths_told_to_lossy", "of healthy, told to lossy ones", ""}},
       .run = run_lossy},
      {.name = "pauses",
       .about = "1, 10 and 30 % of the processes stand still for 0.1, 1, 5, 20 and 60 s",
       .columns = {{"deaths_of_healthy", "deaths of healthy, told to healthy", ""},
                   {"deaths_told_to_paused", "of healthy, told to paused ones", ""},
                   {"deaths_of_each_paused", "of each paused one, told to each", ""}},
       .run = run_pauses},
      {.name = "anomaly",
       .about = "6 and 25 % stand still again and again, as in the Lifeguard paper: 48 runs",
       .columns = {{"false_deaths", "deaths of healthy", ""},
                   {"false_deaths_at_healthy", "told to healthy", ""},
                   {"datagrams_per_second", "datagrams of each", "1/s"},
                   {"slow_known_s", "one of the slow known", "s"}},
       .run = run_anomaly},
      {.name = "rolling",
       .about = "All restart, one after the other: until all views are right",
       .columns = {{"right_after_last_s", "right after the last start", "s"},
                   {"wrong_deaths", "deaths of who was up", ""}},
       .run = run_rolling},
      {.name = "restart",
       .about = "All end at once and start within 2 s: until all views are right",
       .columns = {{"right_after_last_s", "right after the last start", "s"},
                   {"seed_megabytes", "sent by the seed", "MB"}},
       .run = run_restart},
      {.name = "ghosts",
       .about = "Some are away until the others have forgotten those that crashed meanwhile",
       .columns = {{"after_pause", "ghosts after a pause, at most", "", true},
                   {"after_cut", "ghosts after a partition, at most", "", true}},
       .run = run_ghosts},
  };
  return all;
}

const experiment* find_experiment(const std::string& name) {
  const auto found = std::ranges::find(experiments(), name, &experiment::name);
  return found == experiments().end() ? nullptr : &*found;
}

namespace {

measured_row measure_row(const experiment& which, const swarm_settings& settings,
                         const experiment_options& options, const std::function<void()>& done) {
  std::vector<figures> by_column(which.columns.size());
  swarm_settings one = settings;
  for (one.seed = options.first_seed; one.seed < options.first_seed + options.seeds; ++one.seed) {
    const figures found = which.run(one);
    for (std::size_t column = 0; column < by_column.size(); ++column) {
      by_column[column].push_back(found.empty() ? std::nullopt : found[column]);
    }
    done();
  }
  measured_row row;
  for (std::size_t column = 0; column < by_column.size(); ++column) {
    figures& each = by_column[column];
    row.medians.push_back(which.columns[column].greatest ? greatest_of(each)
                                                         : median_of(std::move(each)));
  }
  return row;
}

}  // namespace

std::vector<measured_row> measure(const experiment& which, const experiment_options& options,
                                  const std::function<void()>& done) {
  std::vector<measured_row> rows;
  for (const std::string& name : options.protocols) {
    for (const std::uint32_t members : options.members) {
      for (const double loss : options.loss_percent) {
        measured_row row = measure_row(which,
                                       {.members = members,
                                        .config = options.config,
                                        .delay_min = options.delay_min,
                                        .delay_spread = options.delay_spread,
                                        .loss_ppm = static_cast<std::uint32_t>(loss * 10'000),
                                        .model = find_protocol(name)->model},
                                       options, done);
        row.protocol = name;
        row.members = members;
        row.loss_percent = loss;
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

bool ablation::agrees() const {
  return percent && *percent <= 2 * percent_in_paper && 2 * *percent >= percent_in_paper;
}

std::vector<ablation> compare_with_paper(const experiment& which,
                                         const std::vector<measured_row>& rows) {
  const auto is_as_there = [](const measured_row& row) {
    return row.members == members_of_the_paper && row.loss_percent == 0;
  };
  const auto plain = std::ranges::find_if(
      rows, [&](const measured_row& row) { return row.protocol == "swim" && is_as_there(row); });
  std::vector<ablation> all;
  if (which.name != "anomaly" || plain == rows.end()) {
    return all;
  }
  const double of_swim = plain->medians.front().value_or(0);
  for (const measured_row& row : rows) {
    const auto share = find_protocol(row.protocol)->percent_in_paper;
    if (!share || !is_as_there(row)) {
      continue;
    }
    ablation one{.protocol = row.protocol, .percent = {}, .percent_in_paper = *share};
    if (of_swim > 0 && row.medians.front()) {
      one.percent = *row.medians.front() / of_swim * 100;
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace conclave::sim
