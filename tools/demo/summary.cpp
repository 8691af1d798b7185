// Counting at the end, for people and for programs.
#include "tools/demo/summary.hpp"

#include "runtime/clock.hpp"
#include "tools/demo/beliefs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace conclave::tools::demo {

namespace {

// A process gets the lock after a crash within two leases; this says that something hangs, and
// leaves room for a busy machine.
constexpr core::duration gap_max = 5 * lease_ttl;

double seconds_of(core::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double leases_of(core::duration duration) {
  return seconds_of(duration) / seconds_of(lease_ttl);
}

void judge(summary& seen, const std::string& stalled) {
  const auto expect = [&](bool kept, std::string otherwise) {
    if (!kept) {
      seen.broken.push_back(std::move(otherwise));
    }
  };
  expect(stalled.empty(), stalled);
  expect(seen.counter.increments > 0, "nobody incremented the counter");
  expect(seen.counter.lost_updates == 0,
         fmt::format("{} updates were lost", seen.counter.lost_updates));
  expect(seen.overlapping_holders == 0,
         fmt::format("{} times two processes believed that they held the lock",
                     seen.overlapping_holders));
  expect(seen.tokens_out_of_order == 0,
         fmt::format("{} tokens were not above the one before", seen.tokens_out_of_order));
  expect(seen.late_writes_refused > 0, "no late write was refused");
  expect(seen.longest_gap <= gap_max,
         fmt::format("nobody held the lock for {}, more than {:.0f} leases",
                     in_seconds(seen.longest_gap), leases_of(gap_max)));
}

}  // namespace

summary summarise(const board& state, const cast& processes, const chronicle& story,
                  const ledger::audit_result& counter, const std::string& stalled) {
  const core::instant now = runtime::boot_time_now();
  const std::vector<belief> all = beliefs_on(state);
  summary seen;
  seen.begin = story.begin();
  seen.length = now - story.begin();
  seen.counter = counter;
  seen.acquisitions = all.size();
  seen.overlapping_holders = count_overlaps(all);
  seen.tokens_out_of_order = count_out_of_order(all);
  for (const desk& one : state.desks) {
    seen.late_writes_refused += one.writes_refused;
  }
  for (const fault& one : story.faults()) {
    const core::duration gap =
        longest_gap(all, processes.outages(), one.at, std::min(one.until, now));
    seen.faults.push_back({.what = one, .gap = gap});
    seen.longest_gap = std::max(seen.longest_gap, gap);
  }
  judge(seen, stalled);
  return seen;
}

std::string to_text(const summary& seen, bool colour) {
  const auto paint = [&](const char* escape, const std::string& text) {
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m", escape, text) : text;
  };
  std::string text;
  const auto promise = [&](const char* name, auto value, bool kept, const char* wanted) {
    text += fmt::format(
        "  {:<24}{:>6}   {}\n", name, value,
        paint(kept ? "32" : "1;31", fmt::format("{} ({})", kept ? "kept" : "BROKEN", wanted)));
  };
  text += fmt::format("{} of {} acquisitions, in {}:\n", "Summary", seen.acquisitions,
                      in_seconds(seen.length));
  text += fmt::format("  {:<24}{:>6}\n", "increments", seen.counter.increments);
  promise("lost updates", seen.counter.lost_updates, seen.counter.lost_updates == 0, "none");
  promise("overlapping holders", seen.overlapping_holders, seen.overlapping_holders == 0, "none");
  promise("tokens out of order", seen.tokens_out_of_order, seen.tokens_out_of_order == 0, "none");
  promise("late writes refused", seen.late_writes_refused, seen.late_writes_refused > 0,
          "at least 1");
  text += fmt::format("Longest time without a holder after each fault; the lease is {}:\n",
                      in_seconds(lease_ttl));
  for (const fault_result& one : seen.faults) {
    text += fmt::format("  {:<54}{:>7}  {:.2f} leases\n", one.what.what, in_seconds(one.gap),
                        leases_of(one.gap));
  }
  for (const std::string& one : seen.broken) {
    text += paint("1;31", "Broken: " + one) + "\n";
  }
  text += seen.broken.empty() ? paint("32", "All promises were kept.") + "\n" : "";
  return text;
}

nlohmann::ordered_json to_json(const summary& seen) {
  nlohmann::ordered_json faults = nlohmann::ordered_json::array();
  for (const fault_result& one : seen.faults) {
    faults.push_back({{"kind", one.what.kind},
                      {"node", names.at(one.what.node)},
                      {"at_seconds", seconds_of(one.what.at - seen.begin)},
                      {"gap_seconds", seconds_of(one.gap)},
                      {"gap_leases", leases_of(one.gap)}});
  }
  return {{"increments", seen.counter.increments},
          {"lost_updates", seen.counter.lost_updates},
          {"overlapping_holders", seen.overlapping_holders},
          {"late_writes_refused", seen.late_writes_refused},
          {"longest_gap_seconds", seconds_of(seen.longest_gap)},
          {"tokens_out_of_order", seen.tokens_out_of_order},
          {"acquisitions", seen.acquisitions},
          {"counter", seen.counter.counter},
          {"lease_seconds", seconds_of(lease_ttl)},
          {"seconds", seconds_of(seen.length)},
          {"faults", std::move(faults)},
          {"broken", seen.broken}};
}

}  // namespace conclave::tools::demo
