// The experiments.
#include "sim/experiment/experiments.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;
using figures = std::vector<std::optional<double>>;

constexpr duration look_every = 10ms;
constexpr duration settle_limit = 600s;

double seconds_of(duration length) {
  return std::chrono::duration<double>(length).count();
}

// A cluster that knows itself and has nothing more to say. Nothing when it never comes to that.
bool settle(swarm& all) {
  all.lose(0);  // what is measured comes after
  for (member_index at = 0; at < all.size(); ++at) {
    all.start(at, 0);
    all.run_for(2ms);
  }
  const bool settled = all.run_until([&] { return all.all_agree(); }, 100ms, settle_limit);
  all.run_for(30s);
  return settled;
}

// The smallest time by which so many of them had come; nothing when they did not.
std::optional<double> when_so_many(std::vector<double> times, std::size_t many) {
  if (many == 0 || times.size() < many) {
    return std::nullopt;
  }
  std::ranges::sort(times);
  return times[many - 1];
}

// One crashes; the others find out.
figures crash(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  all.run_for(5s);
  const member_index victim = all.size() / 2;
  const instant began = all.now();
  std::vector<double> suspected;
  std::vector<double> known;
  double wrongly = 0;
  all.listen([&](const told_change& told) {
    const double at = seconds_of(all.now() - began);
    if (told.subject == victim && told.kind == member_event_kind::suspected) {
      suspected.push_back(at);
    } else if (told.subject == victim && told.kind == member_event_kind::died) {
      known.push_back(at);
    } else if (told.kind == member_event_kind::died) {
      ++wrongly;
    }
  });
  all.crash(victim);
  const std::size_t others = all.size() - 1;
  static_cast<void>(all.run_until([&] { return known.size() >= others; }, look_every, 120s));
  return {when_so_many(suspected, 1), when_so_many(known, 1), when_so_many(known, (others + 1) / 2),
          when_so_many(known, others), wrongly};
}

// All come at once, through one.
figures join(const swarm_settings& settings) {
  swarm all(settings);
  all.start(0, 0);
  for (member_index at = 1; at < all.size(); ++at) {
    all.start(at, 0);
  }
  const instant began = all.now();
  std::uint64_t before = 0;
  std::uint64_t most = 0;
  instant second_began = began;
  const bool agree = all.run_until(
      [&] {
        if (all.now() - second_began >= 1s) {
          most = std::max(most, all.sent_by(0).bytes - before);
          before = all.sent_by(0).bytes;
          second_began = all.now();
        }
        return all.all_agree();
      },
      look_every, settle_limit);
  most = std::max(most, all.sent_by(0).bytes - before);
  return {agree ? std::optional(seconds_of(all.now() - began)) : std::nullopt,
          static_cast<double>(most) / 1e6,
          static_cast<double>(all.sent_by_all().bytes) / 1e3 / all.size()};
}

// Nobody has anything to say.
figures idle(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  const traffic before = all.sent_by_all();
  double accused = 0;
  all.listen([&](const told_change& told) {
    accused += told.kind == member_event_kind::suspected ? 1 : 0;
  });
  constexpr duration watched = 60s;
  all.run_for(watched);
  const traffic after = all.sent_by_all();
  const double each = seconds_of(watched) * all.size();
  return {static_cast<double>(after.bytes - before.bytes) / 1e3 / each,
          static_cast<double>(after.datagrams - before.datagrams) / each, accused};
}

// Two halves do not reach each other for an hour, longer than the dead are remembered.
figures partition(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  const traffic at_first = all.sent_by_all();
  all.run_for(30s);
  const std::uint64_t in_peace = all.sent_by_all().bytes - at_first.bytes;
  all.split_before(all.size() / 2);
  all.run_for(1h);
  all.split_before(0);
  const instant began = all.now();
  const std::uint64_t before = all.sent_by_all().bytes;
  const bool healed = all.run_until([&] { return all.all_agree(); }, look_every, settle_limit);
  const double took = seconds_of(all.now() - began);
  const double spent = static_cast<double>(all.sent_by_all().bytes - before) / std::max(took, 1.0);
  return {healed ? std::optional(took) : std::nullopt, spent / (static_cast<double>(in_peace) / 30),
          static_cast<double>(std::ranges::count_if(
              std::vector<member_index>{0, all.size() - 1},
              [&](member_index at) { return all.live_at(at) == all.size(); }))};
}

// A tenth of the processes stand still for a while, all at one time.
figures pauses(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  const member_index paused = std::max<member_index>(1, all.size() / 10);
  double by_paused = 0;
  double of_healthy = 0;
  double of_paused = 0;
  all.listen([&](const told_change& told) {
    if (told.kind != member_event_kind::died) {
      return;
    }
    by_paused += told.viewer < paused ? 1 : 0;
    of_healthy += told.subject >= paused ? 1 : 0;
    of_paused += told.subject < paused ? 1 : 0;
  });
  for (member_index at = 0; at < paused; ++at) {
    all.pause(at, 10s);
  }
  all.run_for(120s);
  return {by_paused, of_healthy, of_paused};
}

// One in a hundred hears nothing for 20 s, then everything for 20 s, for ten minutes.
figures deaf(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  const member_index sick = std::max<member_index>(1, all.size() / 100);
  double of_healthy = 0;
  double of_sick = 0;
  double by_sick = 0;
  all.listen([&](const told_change& told) {
    if (told.kind == member_event_kind::died) {
      by_sick += told.viewer < sick ? 1 : 0;
      of_healthy += told.viewer >= sick && told.subject >= sick ? 1 : 0;
      of_sick += told.viewer >= sick && told.subject < sick ? 1 : 0;
    }
  });
  for (int turn = 0; turn < 15; ++turn) {
    for (const bool now : {true, false}) {
      for (member_index at = 0; at < sick; ++at) {
        all.deafen(at, now);
      }
      all.run_for(20s);
    }
  }
  return {of_healthy, of_sick / sick / (all.size() - sick), by_sick};
}

std::optional<double> median(std::vector<std::optional<double>> all) {
  // What never came is later than all else.
  std::ranges::sort(
      all, [](const auto& one, const auto& other) { return one && (!other || *one < *other); });
  return all.empty() ? std::nullopt : all[all.size() / 2];
}

}  // namespace

const std::vector<experiment>& experiments() {
  static const std::vector<experiment> all{
      {.name = "crash",
       .about = "One member crashes: when the others are told that it is suspect, and dead",
       .columns = {{"suspected_s", "suspected by one", "s"},
                   {"known_to_one_s", "dead to one", "s"},
                   {"known_to_half_s", "to half", "s"},
                   {"known_to_all_s", "to all", "s"},
                   {"wrong_deaths", "wrong deaths", ""}},
       .run = crash},
      {.name = "join",
       .about = "All come at once through one seed: until all believe all alive",
       .columns = {{"all_see_all_s", "all see all", "s"},
                   {"seed_megabytes_per_second", "seed, its worst second", "MB/s"},
                   {"kilobytes_per_member", "sent by each", "KB"}},
       .run = join},
      {.name = "idle",
       .about = "Nothing happens: what each member sends",
       .columns = {{"kilobytes_per_second", "sent by each", "KB/s"},
                   {"datagrams_per_second", "datagrams", "1/s"},
                   {"accusations", "suspected in a minute", ""}},
       .run = idle},
      {.name = "partition",
       .about = "Two halves do not reach each other for an hour: how they find together",
       .columns = {{"healed_s", "healed after", "s"},
                   {"traffic_over_idle", "traffic, in idle ones", ""},
                   {"ends_that_see_all", "of 2 ends see all", ""}},
       .run = partition},
      {.name = "deaf",
       .about = "One in a hundred hears nothing for 20 s, then all for 20 s, for ten minutes",
       .columns = {{"deaths_of_healthy", "deaths of healthy, told to healthy", ""},
                   {"deaths_of_each_deaf", "of each deaf one, told to each", ""},
                   {"deaths_told_to_deaf", "told to deaf ones", ""}},
       .run = deaf},
      {.name = "pauses",
       .about = "A tenth of the processes stand still for 10 s, all at one time",
       .columns = {{"deaths_said_by_paused", "deaths told to paused ones", ""},
                   {"deaths_of_healthy", "deaths of healthy ones", ""},
                   {"deaths_of_paused", "deaths of paused ones", ""}},
       .run = pauses},
  };
  return all;
}

const experiment* find_experiment(const std::string& name) {
  const auto found = std::ranges::find(experiments(), name, &experiment::name);
  return found == experiments().end() ? nullptr : &*found;
}

std::vector<measured_row> measure(const experiment& which, const experiment_options& options,
                                  const std::function<void()>& done) {
  std::vector<measured_row> rows;
  for (const std::uint32_t members : options.members) {
    for (const double loss : options.loss_percent) {
      std::vector<figures> by_column(which.columns.size());
      for (std::uint64_t seed = options.first_seed; seed < options.first_seed + options.seeds;
           ++seed) {
        const figures found = which.run({.seed = seed,
                                         .members = members,
                                         .config = options.config,
                                         .delay_min = options.delay_min,
                                         .delay_spread = options.delay_spread,
                                         .loss_ppm = static_cast<std::uint32_t>(loss * 10'000)});
        for (std::size_t column = 0; column < by_column.size(); ++column) {
          by_column[column].push_back(found.empty() ? std::nullopt : found[column]);
        }
        done();
      }
      measured_row row{.members = members, .loss_percent = loss, .medians = {}};
      for (figures& each : by_column) {
        row.medians.push_back(median(std::move(each)));
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace conclave::sim
