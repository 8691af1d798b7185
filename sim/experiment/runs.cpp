// The courses of the experiments.
#include "sim/experiment/runs.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <utility>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

constexpr duration look_every = 10ms;
constexpr duration settle_limit = 600s;
constexpr duration news_are_old_after = 45s;  // of thousands that began together

double seconds_of(duration length) {
  return std::chrono::duration<double>(length).count();
}

// A cluster that knows itself and has nothing more to say. False when it never comes to that.
bool settle(swarm& all) {
  all.lose(0);  // what is measured comes after
  for (member_index at = 0; at < all.size(); ++at) {
    all.start(at, 0);
  }
  all.acquaint();
  const bool settled = all.run_until([&] { return all.all_agree(); }, 100ms, settle_limit);
  all.run_for(news_are_old_after);
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

std::size_t share_of(std::size_t all, double share) {
  return static_cast<std::size_t>(std::ceil(static_cast<double>(all) * share));
}

// What one member sends in its worst second.
class worst_second {
 public:
  worst_second(const swarm& all, member_index of) : all_(&all), of_(of), began_(all.now()) {}

  void look() {
    if (all_->now() - began_ >= 1s) {
      end();
    }
  }
  [[nodiscard]] double megabytes() {
    end();
    return static_cast<double>(most_) / 1e6;
  }

 private:
  void end() {
    most_ = std::max(most_, all_->sent_by(of_).bytes - before_);
    before_ = all_->sent_by(of_).bytes;
    began_ = all_->now();
  }

  const swarm* all_;
  member_index of_;
  instant began_;
  std::uint64_t before_ = 0;
  std::uint64_t most_ = 0;
};

std::optional<double> until_all_agree(
    swarm& all, const std::function<void()>& look = [] {}) {
  const instant began = all.now();
  const bool agree = all.run_until(
      [&] {
        look();
        return all.all_agree();
      },
      look_every, settle_limit);
  return agree ? std::optional(seconds_of(all.now() - began)) : std::nullopt;
}

// Who is not reached for an hour, longer than the dead are remembered, by the others: those before
// this one.
figures cut_off(const swarm_settings& settings, std::uint32_t first_of_others) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  const traffic at_first = all.sent_by_all();
  constexpr duration in_peace_for = 30s;
  all.run_for(in_peace_for);
  const std::uint64_t in_peace = all.sent_by_all().bytes - at_first.bytes;
  all.split_before(first_of_others);
  all.run_for(1h);
  all.split_before(0);
  const traffic before = all.sent_by_all();
  double missing = 0;
  for (member_index at = 0; at < all.size(); ++at) {
    missing += static_cast<double>(all.size() - all.live_at(at));
  }
  const instant began = all.now();
  const std::optional<double> took = until_all_agree(all);
  // All of it, though it may be over sooner: who is quick is not the worse for it.
  if (all.now() - began < in_peace_for) {
    all.run_for(began + in_peace_for - all.now());
  }
  const traffic after = all.sent_by_all();
  const double spent =
      static_cast<double>(after.bytes - before.bytes) / seconds_of(all.now() - began);
  return {took, spent / (static_cast<double>(in_peace) / seconds_of(in_peace_for)),
          static_cast<double>(std::ranges::count_if(
              std::vector<member_index>{0, all.size() - 1},
              [&](member_index at) { return all.live_at(at) == all.size(); })),
          static_cast<double>(after.news - before.news) / missing};
}

// Deaths that are told, by who is sick: those before this one.
struct deaths {
  double of_healthy = 0;    // told to healthy ones
  double of_sick = 0;       // told to healthy ones
  double told_to_sick = 0;  // of healthy ones

  void count(swarm& all, member_index healthy_from) {
    all.listen([this, healthy_from](const told_change& told) {
      if (told.kind == member_event_kind::died) {
        const bool healthy = told.viewer >= healthy_from;
        told_to_sick += !healthy && told.subject >= healthy_from ? 1 : 0;
        of_healthy += healthy && told.subject >= healthy_from ? 1 : 0;
        of_sick += healthy && told.subject < healthy_from ? 1 : 0;
      }
    });
  }
};

figures sick(const swarm_settings& settings,
             const std::function<void(swarm&, member_index, bool)>& makes_sick) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  const member_index few = std::max<member_index>(1, all.size() / 100);
  deaths told;
  told.count(all, few);
  for (int turn = 0; turn < 15; ++turn) {
    for (const bool now : {true, false}) {
      for (member_index at = 0; at < few; ++at) {
        makes_sick(all, at, now);
      }
      all.run_for(20s);
    }
  }
  return {told.of_healthy, told.of_sick / few / (all.size() - few), told.told_to_sick};
}

}  // namespace

figures run_crash(const swarm_settings& settings) {
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
  const std::optional<double> first = when_so_many(known, 1);
  const std::optional<double> most = when_so_many(known, share_of(others, 0.99));
  return {when_so_many(suspected, 1),
          first,
          when_so_many(known, (others + 1) / 2),
          when_so_many(known, others),
          first && most ? std::optional(*most - *first) : std::nullopt,
          wrongly};
}

figures run_join(const swarm_settings& settings) {
  swarm all(settings);
  for (member_index at = 0; at < all.size(); ++at) {
    all.start(at, 0);
  }
  worst_second seed(all, 0);
  const std::optional<double> took = until_all_agree(all, [&] { seed.look(); });
  return {took, seed.megabytes(), static_cast<double>(all.sent_by_all().bytes) / 1e3 / all.size()};
}

figures run_idle(const swarm_settings& settings) {
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

figures run_partition(const swarm_settings& settings) {
  return cut_off(settings, settings.members / 2);
}

figures run_alone(const swarm_settings& settings) {
  return cut_off(settings, 1);
}

figures run_deaf(const swarm_settings& settings) {
  return sick(settings, [](swarm& all, member_index at, bool now) { all.deafen(at, now); });
}

figures run_lossy(const swarm_settings& settings) {
  constexpr std::uint32_t most = 800'000;
  return sick(settings, [](swarm& all, member_index at, bool) { all.lose_at(at, most); });
}

// One after another, with time to recover in between.
figures run_pauses(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  figures sums{0, 0, 0};
  for (const double share : {0.01, 0.1, 0.3}) {
    const auto paused = static_cast<member_index>(share_of(all.size(), share));
    deaths told;
    told.count(all, paused);
    for (const duration length :
         {duration(100ms), duration(1s), duration(5s), duration(20s), duration(60s)}) {
      for (member_index at = 0; at < paused; ++at) {
        all.pause(at, length);
      }
      all.run_for(length + 90s);
    }
    *sums[0] += told.of_healthy;
    *sums[1] += told.told_to_sick;
    *sums[2] += told.of_sick / paused / (all.size() - paused);
  }
  return sums;
}

namespace {

struct anomaly {
  double share = 0;   // of the members, that are slow
  duration length{};  // for which they stand still
  duration moment{};  // in between
};

struct anomaly_sums {
  double wrongly = 0;
  double at_healthy = 0;
  double datagrams = 0;
  std::vector<std::optional<double>> first_known;  // where they stand still longest
};

// What a datagram costs who takes it in: in a short moment there is time for a few only. With this
// the parts of Lifeguard do in the models what its paper says (docs/simulator.md, "Models").
constexpr duration datagram_cost = 40us;
constexpr duration longest_anomaly = 32'768ms;

bool suffer(const swarm_settings& settings, const anomaly& from, anomaly_sums& sums) {
  swarm_settings slower = settings;
  slower.cost = datagram_cost;
  swarm all(slower);
  if (!settle(all)) {
    return false;
  }
  all.lose(settings.loss_ppm);
  const auto slow = static_cast<member_index>(share_of(all.size(), from.share));
  const instant began = all.now();
  std::optional<double> known;
  all.listen([&](const told_change& told) {
    if (told.kind != member_event_kind::died) {
      return;
    }
    const bool healthy = told.viewer >= slow;
    sums.wrongly += told.subject >= slow ? 1 : 0;
    sums.at_healthy += told.subject >= slow && healthy ? 1 : 0;
    if (told.subject < slow && healthy && !known) {
      known = seconds_of(all.now() - began);
    }
  });
  const std::uint64_t before = all.sent_by_all().datagrams;
  while (all.now() < began + 120s) {
    for (member_index at = 0; at < slow; ++at) {
      all.pause(at, from.length);
    }
    all.run_for(from.length + from.moment);
  }
  sums.datagrams += static_cast<double>(all.sent_by_all().datagrams - before) / all.size() /
                    seconds_of(all.now() - began);
  if (from.length == longest_anomaly) {
    sums.first_known.push_back(known);
  }
  return true;
}

}  // namespace

// Lifeguard, section V: some members stand still for a while, go on for a moment, stand still
// again, for two minutes.
figures run_anomaly(const swarm_settings& settings) {
  anomaly_sums sums;
  double cells = 0;
  for (const double share : {1.0 / 16, 1.0 / 4}) {
    for (const duration length :
         {duration(2'048ms), duration(8'192ms), duration(16'384ms), longest_anomaly}) {
      for (const duration moment : {1ms, 4ms, 16ms, 64ms, 256ms, 1'024ms}) {
        if (!suffer(settings, {.share = share, .length = length, .moment = moment}, sums)) {
          return {};
        }
        ++cells;
      }
    }
  }
  return {sums.wrongly, sums.at_healthy, sums.datagrams / cells, median_of(sums.first_known)};
}

// Each in its turn, as a rollout does it: it ends, and another run of it starts a second later.
figures run_rolling(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  double wrongly = 0;
  std::optional<member_index> down;
  all.listen([&](const told_change& told) {
    wrongly += told.kind == member_event_kind::died && told.subject != down ? 1 : 0;
  });
  for (member_index at = 0; at < all.size(); ++at) {
    down = at;
    all.crash(at);
    all.run_for(1s);
    all.start(at, at == 0 ? 1 : 0);
    all.run_for(100ms);
  }
  const std::optional<double> took = until_all_agree(all);
  return {took, wrongly};
}

// All end at once, and start within two seconds, each through the first.
figures run_restart(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  for (member_index at = 0; at < all.size(); ++at) {
    all.crash(at);
  }
  all.run_for(1s);
  const duration each = duration(2s) / all.size();
  const std::uint64_t before = all.sent_by(0).bytes;
  for (member_index at = 0; at < all.size(); ++at) {
    all.start(at, 0);
    all.run_for(each);
  }
  const std::optional<double> took = until_all_agree(all);
  return {took, static_cast<double>(all.sent_by(0).bytes - before) / 1e6};
}

// One in sixteen stands still for half as long again as the dead are remembered; later one is cut
// off for as long. As soon as they are away, one in eight of the others crashes. A ghost is one of
// those that joins once more, at who was not away.
figures run_ghosts(const swarm_settings& settings) {
  swarm all(settings);
  if (!settle(all)) {
    return {};
  }
  all.lose(settings.loss_ppm);
  const auto away = static_cast<member_index>(share_of(all.size(), 1.0 / 16));
  const auto ending = static_cast<member_index>(share_of(all.size() - away, 1.0 / 8));
  const duration length = settings.config.forget_after * 3 / 2;
  double ghosts = 0;
  all.listen([&](const told_change& told) {
    ghosts +=
        told.kind == member_event_kind::joined && told.viewer >= away && !all.runs(told.subject)
            ? 1
            : 0;
  });
  member_index next = away;
  const auto meanwhile = [&] {
    all.run_for(1s);
    for (const member_index end = std::min(all.size() - 1, next + ending); next < end; ++next) {
      all.crash(next);
    }
    all.run_for(length - 1s);
  };
  for (member_index at = 0; at < away; ++at) {
    all.pause(at, length);
  }
  meanwhile();
  all.run_for(2min);
  const double after_pause = std::exchange(ghosts, 0);
  all.split_before(1);
  meanwhile();
  all.split_before(0);
  all.run_for(2min);
  return {after_pause, ghosts};
}

std::optional<double> median_of(std::vector<std::optional<double>> all) {
  // What never came is later than all else.
  std::ranges::sort(
      all, [](const auto& one, const auto& other) { return one && (!other || *one < *other); });
  return all.empty() ? std::nullopt : all[all.size() / 2];
}

std::optional<double> greatest_of(const std::vector<std::optional<double>>& all) {
  std::optional<double> greatest;
  for (const std::optional<double>& one : all) {
    if (!one) {
      return std::nullopt;
    }
    greatest = std::max(greatest, one);
  }
  return greatest;
}

}  // namespace conclave::sim
