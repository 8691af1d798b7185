// Drawing the options of a run, and saying them.
#include "sim/options.hpp"

#include "base/random.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace conclave::sim {

namespace {

using namespace std::chrono_literals;

template <class T, std::size_t Count>
T one_of(core::random_source& random, const T (&choices)[Count]) {
  return choices[random.below(Count)];
}

void draw_cluster(core::random_source random, options& drawn) {
  drawn.voters = one_of<std::uint32_t>(random, {1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 6, 7});
  drawn.others = one_of<std::uint32_t>(random, {0, 0, 1, 1, 2, 3});
  drawn.new_cluster = random.below(4) != 0;
  drawn.lease_ttl = one_of<duration>(random, {100ms, 200ms, 300ms, 500ms, 1000ms});
  drawn.lease_ttl_max = drawn.lease_ttl * one_of(random, {1, 1, 2, 3});
  drawn.session_idle_max = one_of<duration>(random, {200ms, 1s, 60s});
  drawn.tick_late_max = one_of<duration>(random, {0ms, 0ms, 1ms, 20ms});
  drawn.socket_buffer = one_of<std::uint32_t>(random, {4, 64, 256});
  drawn.outbox_max = one_of<std::uint32_t>(random, {16, 262'144, 262'144, 262'144});
  drawn.forget_after = one_of<duration>(random, {5s, 10min, 10min});
  drawn.metadata_max = one_of<std::uint32_t>(random, {0, 0, 40, 500});
}

void draw_clocks(core::random_source random, options& drawn) {
  drawn.walls_right = random.below(2) == 0;
  drawn.clocks = one_of(random, {clock_spread::equal, clock_spread::random, clock_spread::random,
                                 clock_spread::extreme, clock_spread::extreme,
                                 clock_spread::extreme, clock_spread::beyond});
  drawn.clock_drift_max_ppm = one_of<std::uint32_t>(random, {500, 5'000, 5'000, 50'000, 200'000});
}

void draw_network(core::random_source random, options& drawn) {
  network_conditions& calm = drawn.calm;
  calm.delay_min = one_of<duration>(random, {10us, 100us, 500us, 2ms});
  calm.delay_spread = one_of<duration>(random, {0us, 200us, 1ms, 5ms});
  calm.shape = one_of(random, {delay_shape::uniform, delay_shape::uniform, delay_shape::long_tailed,
                               delay_shape::two_peaked});
  if (random.below(8) == 0) {
    // So far that an answer may come after the next question is due, or always does: at a third of
    // the shortest leases, as the slowest clocks count them.
    const duration least = core::shortened_by_drift(drawn.lease_ttl / 2, drawn.clock_drift_max_ppm);
    calm.delay_min = least / (random.below(2) == 0 ? 8 : 6);
    calm.delay_spread = least / 16;
    calm.shape = delay_shape::uniform;
    drawn.far = true;
  }
  calm.late_ppm = one_of<std::uint32_t>(random, {0, 0, 1'000, 20'000});
  calm.late_max = drawn.lease_ttl * one_of(random, {1, 2, 4});
  calm.loss_ppm = one_of<std::uint32_t>(random, {0, 0, 1'000, 20'000, 100'000});
  calm.duplicate_ppm = one_of<std::uint32_t>(random, {0, 0, 5'000, 100'000});
  calm.damage_ppm = one_of<std::uint32_t>(random, {0, 0, 2'000, 20'000});
  drawn.stormy = calm;
  network_conditions& stormy = drawn.stormy;
  stormy.delay_spread = drawn.lease_ttl / one_of(random, {1, 4, 20});
  stormy.shape = delay_shape::uniform;
  stormy.late_ppm = one_of<std::uint32_t>(random, {0, 50'000, 300'000});
  stormy.loss_ppm = one_of<std::uint32_t>(random, {50'000, 200'000, 500'000});
  stormy.duplicate_ppm = one_of<std::uint32_t>(random, {0, 100'000, 400'000});
  drawn.distances_uneven = random.below(4) == 0 && !drawn.far;
}

void draw_workload(core::random_source random, options& drawn) {
  drawn.locks = one_of<std::uint32_t>(random, {1, 1, 2, 3});
  drawn.users = one_of<std::uint32_t>(random, {1, 1, 2, 3});
  drawn.think_max = one_of<duration>(random, {1ms, 20ms, 100ms, 400ms});
  drawn.hold_max = one_of<duration>(random, {1ms, 5ms, 20ms, 100ms});
  drawn.keep = drawn.lease_ttl * one_of(random, {0, 0, 1, 40}) / 4;
  drawn.readers = one_of<std::uint32_t>(random, {0, 0, 0, 2, 6});
  drawn.permits = one_of<std::uint32_t>(random, {0, 0, 0, 0, 0, 1, 2, 3, 4, 8});
  drawn.locks += drawn.permits > 0 ? 1 : 0;
  drawn.together = one_of<std::uint32_t>(random, {0, 0, 2, 5});
  drawn.watched = random.below(4) == 0;
  drawn.nested = one_of<std::uint32_t>(random, {0, 0, 0, 3, 6});
  drawn.leased = one_of<std::uint32_t>(random, {0, 0, 0, 2, 6});
  drawn.leased = drawn.far ? 0 : drawn.leased;  // some would end before any answer came
  drawn.deadlock_timeout = one_of<duration>(random, {250ms, 250ms, 50ms, 10ms, 3ms});
  if (drawn.nested > 0 && random.below(4) == 0) {
    drawn.together = std::max(drawn.together, one_of<std::uint32_t>(random, {0, 2, 5}));
    // Several who get into each other's way at once, over more locks than two.
    drawn.locks = std::max<std::uint32_t>(drawn.locks, 3 + (drawn.permits > 0 ? 1 : 0));
    drawn.users = 3;
    drawn.think_max = std::min<duration>(drawn.think_max, 20ms);
  }
  if (drawn.nested > 0 && drawn.most_together(0) < 2) {
    ++drawn.locks;
  }
  if (drawn.permits > 0 || drawn.together > 0 || drawn.nested > 0) {
    // Several requests of each user: a smaller outbox would be full all the time, and a voter lost.
    drawn.outbox_max = std::max(drawn.outbox_max, 128U);
  }
}

std::uint32_t draw_kinds(core::random_source& random) {
  const auto any = static_cast<std::uint32_t>(random.below(1U << fault_kinds_count));
  const auto also = static_cast<std::uint32_t>(random.below(1U << fault_kinds_count));
  // Each run with some kinds only: what hides behind the noise of one kind shows without it.
  return random.below(4) == 0 ? any : any & also;
}

void draw_faults(core::random_source random, options& drawn) {
  drawn.faults_last = 10s;
  drawn.fault_every = one_of<duration>(random, {150ms, 400ms, 1s, 3s});
  drawn.fault_kinds = draw_kinds(random);
  drawn.twins = drawn.has(fault_kind::twin) && drawn.others > 0 ? 1 : 0;
  drawn.long_holds = random.below(2) == 0;
  drawn.rest = random.below(8) == 0 ? duration(12s) : duration(0);
  if (random.below(2) == 0) {
    drawn.left_voters = static_cast<std::uint32_t>(random.below((drawn.voters - 1) / 2 + 1));
    drawn.left_others = static_cast<std::uint32_t>(random.below(drawn.others + 1));
    drawn.left_to = static_cast<aftermath>(random.below(aftermaths_count));
    if (drawn.left_to == aftermath::apart && drawn.voters < 3) {
      drawn.left_to = aftermath::split;  // apart from a voter there would be too few
    }
    if (drawn.left_to == aftermath::deaf) {
      drawn.forget_after =
          10min;  // who is forgotten and still talks is believed anew, again and again
    }
  }
}

std::string in_words(const network_conditions& is) {
  const auto percent = [](std::uint32_t ppm) {
    std::string digits = std::to_string(1'000'000 + ppm % 10'000 * 100).substr(1, 2);
    return std::to_string(ppm / 10'000) + "." + digits + " %";
  };
  return "delay " + to_text(is.delay_min) + " to " + to_text(is.delay_min + is.delay_spread) + " " +
         std::string(to_string(is.shape)) + ", late " + percent(is.late_ppm) + " by up to " +
         to_text(is.late_max) + ", lost " + percent(is.loss_ppm) + ", twice " +
         percent(is.duplicate_ppm) + ", damaged " + percent(is.damage_ppm);
}

std::string kinds_of(const options& drawn) {
  std::string text;
  for (std::size_t i = 0; i < fault_kinds_count; ++i) {
    const auto kind = static_cast<fault_kind>(i);
    if (drawn.has(kind)) {
      text += text.empty() ? "" : ", ";
      text += to_string(kind);
    }
  }
  return text.empty() ? "none" : text;
}

}  // namespace

core::random_source source_of(std::uint64_t seed, const variation& variant, draw part) {
  const auto index = static_cast<std::size_t>(part);
  return core::random_source(
      core::mix(core::mix(core::mix(seed) + index + 1) ^ std::uint64_t{variant[index]} << 32U));
}

options draw_options(std::uint64_t seed, const variation& variant) {
  options drawn;
  drawn.seed = seed;
  drawn.variant = variant;
  draw_cluster(source_of(seed, variant, draw::cluster), drawn);
  draw_clocks(source_of(seed, variant, draw::clocks), drawn);
  draw_network(source_of(seed, variant, draw::network), drawn);
  draw_workload(source_of(seed, variant, draw::workload), drawn);
  draw_faults(source_of(seed, variant, draw::faults), drawn);
  return drawn;
}

std::string to_text(duration value) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> units = {
      {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}}};
  for (const auto& [unit, name] : units) {
    if (value.count() < unit && value.count() > -unit) {
      continue;
    }
    std::string text = std::to_string(value.count() / unit);
    std::string rest = std::to_string(unit + std::abs(value.count() % unit)).substr(1);
    rest.erase(rest.find_last_not_of('0') + 1);
    text += rest.empty() ? "" : ".";
    return text.append(rest).append(name);
  }
  return std::to_string(value.count()) + " ns";
}

std::vector<std::pair<std::string, std::string>> describe(const options& drawn) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  const auto flag = [](bool value) { return std::string(value ? "yes" : "no"); };
  return {
      {"voters", number(drawn.voters)},
      {"others", number(drawn.others)},
      {"twins", number(drawn.twins)},
      {"new_cluster", flag(drawn.new_cluster)},
      {"walls_right", flag(drawn.walls_right)},
      {"clocks", std::string(to_string(drawn.clocks))},
      {"clock_drift_max_ppm", number(drawn.clock_drift_max_ppm)},
      {"lease_ttl", to_text(drawn.lease_ttl)},
      {"lease_ttl_max", to_text(drawn.lease_ttl_max)},
      {"session_idle_max", to_text(drawn.session_idle_max)},
      {"tick_late_max", to_text(drawn.tick_late_max)},
      {"socket_buffer", number(drawn.socket_buffer)},
      {"storm", number(drawn.storm)},
      {"outbox_max", number(drawn.outbox_max)},
      {"forget_after", to_text(drawn.forget_after)},
      {"metadata_max", number(drawn.metadata_max)},
      {"network_calm", in_words(drawn.calm)},
      {"network_stormy", in_words(drawn.stormy)},
      {"far", flag(drawn.far)},
      {"distances_uneven", flag(drawn.distances_uneven)},
      {"locks", number(drawn.locks)},
      {"users", number(drawn.users)},
      {"think_max", to_text(drawn.think_max)},
      {"hold_max", to_text(drawn.hold_max)},
      {"keep", to_text(drawn.keep)},
      {"readers", number(drawn.readers)},
      {"permits", number(drawn.permits)},
      {"together", number(drawn.together)},
      {"nested", number(drawn.nested)},
      {"deadlock_timeout", to_text(drawn.deadlock_timeout)},
      {"leased", number(drawn.leased)},
      {"watched", drawn.watched ? "yes" : "no"},
      {"faults_last", to_text(drawn.faults_last)},
      {"fault_every", to_text(drawn.fault_every)},
      {"fault_kinds", kinds_of(drawn)},
      {"long_holds", flag(drawn.long_holds)},
      {"rest", to_text(drawn.rest)},
      {"left_voters", number(drawn.left_voters)},
      {"left_others", number(drawn.left_others)},
      {"left_to", std::string(to_string(drawn.left_to))},
  };
}

}  // namespace conclave::sim
