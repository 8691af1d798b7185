// Sixty processes on the loopback.
#include "members.hpp"

#include "cluster.hpp"
#include "processes.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace conclave::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;  // one for all processes of a machine

constexpr std::size_t processes = 60;
constexpr std::size_t killed = processes / 2;
constexpr std::size_t first_stopped = processes - 10;

// What one process sees. Times are clock's, in nanoseconds; 0: not yet.
struct view {
  std::atomic<std::int64_t> sees_all_at = 0;  // the last time that it came to that
  std::atomic<bool> sees_all = false;
  std::atomic<std::int64_t> killed_known_at = 0;
  std::atomic<int> wrong_deaths = 0;
};

struct board {
  std::array<view, processes> views;
  std::atomic<std::size_t> others = processes - 1;  // that run
};

void take_part(const cluster& nodes, std::size_t index, shared<board>& all) {
  view& mine = all->views[index];
  std::set<std::string> live;
  std::set<std::string> stopped;
  for (std::size_t i = first_stopped; i < processes; ++i) {
    stopped.insert(nodes.settings_of(i).name);
  }
  const std::string victim = nodes.settings_of(killed).name;
  config settings = nodes.settings_of(index);
  settings.session_idle_max = 1s;  // nobody locks: what is sent is membership alone
  node one(settings);
  const subscription listening = one.subscribe([&](const member_event& event) {
    const std::int64_t now = clock::now().time_since_epoch().count();
    const std::string& name = event.member.name;
    if (event.kind == member_event_kind::joined && name != settings.name) {
      live.insert(name);
    } else if (event.kind == member_event_kind::died) {
      live.erase(name);
      if (name == victim) {
        mine.killed_known_at = now;
      } else if (!stopped.contains(name)) {
        ++mine.wrong_deaths;
      }
    }
    const bool sees_all = live.size() == all->others;
    if (sees_all && !mine.sees_all) {
      mine.sees_all_at = now;
    }
    mine.sees_all = sees_all;
  });
  boost::system::error_code error;
  do {
    one.join(error);
  } while (error);
  for (;;) {
    pause();
  }
}

// Ends all that it started.
class children {
 public:
  children(const cluster& nodes, shared<board>& all) {
    for (std::size_t i = 0; i < processes; ++i) {
      all_.push_back(start_process([&, i] { take_part(nodes, i, all); }));
    }
  }
  ~children() { end_processes(all_); }
  children(const children&) = delete;
  children& operator=(const children&) = delete;

  void signal(std::size_t index, int what) const { kill(all_[index], what); }

 private:
  std::vector<pid_t> all_;
};

void wait_for(const std::string& what, const std::function<bool()>& reached) {
  const clock::time_point give_up = clock::now() + 60s;
  while (!reached()) {
    if (clock::now() > give_up) {
      throw std::runtime_error("sixty processes: after 60 s not yet: " + what);
    }
    std::this_thread::sleep_for(5ms);
  }
}

// Bytes that went over the loopback, whoever sent them, with all headers.
double loopback_bytes() {
  std::ifstream file("/sys/class/net/lo/statistics/tx_bytes");
  double bytes = 0;
  file >> bytes;
  return bytes;
}

double seconds_since(clock::time_point began, std::int64_t at) {
  return std::chrono::duration<double>(clock::duration(at) - began.time_since_epoch()).count();
}

}  // namespace

void measure_members(summary& to) {
  const cluster nodes(processes);
  shared<board> all;
  const auto all_see_all = [&] {
    return std::ranges::all_of(all->views, [&](const view& one) {
      return &one == &all->views[killed] && all->others < processes - 1 ? true
                                                                        : one.sees_all.load();
    });
  };
  const auto last_saw_all = [&](clock::time_point began) {
    double last = 0;
    for (const view& one : all->views) {
      last = std::max(last, seconds_since(began, one.sees_all_at));
    }
    return last;
  };
  const clock::time_point began = clock::now();
  const children started(nodes, all);
  wait_for("all see all", all_see_all);
  to.add("members_60_all_see_all", last_saw_all(began), "s");

  std::this_thread::sleep_for(10s);
  const double before = loopback_bytes();
  std::this_thread::sleep_for(10s);
  to.add("members_60_idle_kilobytes_per_second", (loopback_bytes() - before) / 1e4 / processes,
         "KB/s");

  const clock::time_point crashed = clock::now();
  all->others = processes - 2;
  started.signal(killed, SIGKILL);
  std::vector<double> known;
  wait_for("the crash is known to all", [&] {
    known.clear();
    for (const view& one : all->views) {
      if (one.killed_known_at != 0) {
        known.push_back(seconds_since(crashed, one.killed_known_at));
      }
    }
    return known.size() == processes - 1;
  });
  std::ranges::sort(known);
  to.add("members_60_crash_known_to_half", known[known.size() / 2], "s");
  to.add("members_60_crash_known_to_all", known.back(), "s");

  for (std::size_t i = first_stopped; i < processes; ++i) {
    started.signal(i, SIGSTOP);
  }
  std::this_thread::sleep_for(10s);
  const clock::time_point continued = clock::now();
  for (std::size_t i = first_stopped; i < processes; ++i) {
    started.signal(i, SIGCONT);
  }
  std::this_thread::sleep_for(1s);
  wait_for("all see those that were stopped", all_see_all);
  to.add("members_60_stopped_seen_again", std::max(0.0, last_saw_all(continued)), "s");
  int wrong = 0;
  for (const view& one : all->views) {
    wrong += one.wrong_deaths;
  }
  to.add("members_60_wrong_deaths", wrong, "");
}

}  // namespace conclave::bench
