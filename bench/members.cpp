// Ten and sixty processes on the loopback.
#include "members.hpp"

#include "member_processes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

void wait_for(const std::string& what, const std::function<bool()>& reached) {
  const clock::time_point give_up = clock::now() + 60s;
  while (!reached()) {
    if (clock::now() > give_up) {
      throw std::runtime_error("processes: after 60 s not yet: " + what);
    }
    std::this_thread::sleep_for(5ms);
  }
}

// What went over the loopback, whoever sent it, with the headers of IPv4 and UDP.
struct traffic {
  double bytes = 0;
  double packets = 0;
};

double loopback(const std::string& statistic) {
  std::ifstream file("/sys/class/net/lo/statistics/" + statistic);
  double value = 0;
  if (!(file >> value)) {
    throw std::runtime_error("can't read the traffic of the loopback");
  }
  return value;
}

traffic traffic_so_far() {
  return {.bytes = loopback("tx_bytes"), .packets = loopback("tx_packets")};
}

double seconds_since(clock::time_point began, std::int64_t at) {
  return std::chrono::duration<double>(clock::duration(at) - began.time_since_epoch()).count();
}

// The measurements of so many processes, one after the other.
class measurement {
 public:
  measurement(std::size_t count, summary& to)
      : began_(clock::now()), members_(count), killed_(count / 2), to_(to) {}

  void start() {
    wait_for("all see all", [&] { return members_.all_see_all(); });
    add("all_see_all", std::ranges::max(changes(began_)), "s");
  }

  // Who has joined just now compares tables more often than later.
  void idle() {
    constexpr std::chrono::seconds is_new_for = 30s;
    constexpr std::chrono::seconds lasts = 10s;
    std::this_thread::sleep_for(is_new_for);
    const traffic before = traffic_so_far();
    std::this_thread::sleep_for(lasts);
    const traffic after = traffic_so_far();
    const double of_each = static_cast<double>(members_.size()) * lasts.count();
    add("idle_kilobytes_per_second", (after.bytes - before.bytes) / 1'000 / of_each, "KB/s");
    add("idle_packets_per_second", (after.packets - before.packets) / of_each, "1/s");
  }

  void crash() {
    const clock::time_point crashed = clock::now();
    members_.kill(killed_);
    wait_for("the crash is known to all", [&] { return members_.is_gone_for_all(killed_); });
    std::vector<double> known;
    for (std::size_t by = 0; by < members_.size(); ++by) {
      if (by != killed_) {
        known.push_back(seconds_since(crashed, members_.seen(by, killed_).changed_at));
      }
    }
    std::ranges::sort(known);
    add("crash_known_to_half", known[known.size() / 2], "s");
    add("crash_known_to_all", known.back(), "s");
  }

  void stand_still() {
    const std::size_t first = members_.size() - std::max<std::size_t>(members_.size() / 6, 1);
    for (std::size_t i = first; i < members_.size(); ++i) {
      members_.stop(i);
    }
    std::this_thread::sleep_for(10s);
    const clock::time_point continued = clock::now();
    for (std::size_t i = first; i < members_.size(); ++i) {
      members_.go_on(i);
    }
    wait_for("all see those that were stopped", [&] { return members_.all_see_all(); });
    add("stopped_seen_again", std::ranges::max(changes(continued)), "s");
  }

  void judge() {
    const int wrong = members_.wrong_deaths();
    add("wrong_deaths", wrong, "");
    if (wrong > 0) {
      to_.add_failure(fmt::format("of {} processes, healthy ones were declared dead: told {} times",
                                  members_.size(), wrong));
    }
  }

 private:
  void add(const std::string& name, double value, const char* unit) {
    to_.add(fmt::format("members_{}_{}", members_.size(), name), value, unit);
  }

  // When each process came to see another one, or to see it no more, for the last time.
  [[nodiscard]] std::vector<double> changes(clock::time_point since) const {
    std::vector<double> at;
    for (std::size_t by = 0; by < members_.size(); ++by) {
      for (std::size_t whom = 0; whom < members_.size(); ++whom) {
        at.push_back(seconds_since(since, members_.seen(by, whom).changed_at));
      }
    }
    return at;
  }

  clock::time_point began_;
  member_processes members_;
  std::size_t killed_;
  summary& to_;
};

}  // namespace

void measure_members(summary& to) {
  for (const std::size_t count : {10, 60}) {
    measurement of(count, to);
    of.start();
    of.idle();
    of.crash();
    of.stand_still();
    of.judge();
  }
}

}  // namespace conclave::bench
