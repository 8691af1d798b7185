// A few real nodes and a network of nothing but a queue: no loss, no delay, one shared clock.
#pragma once

#include "base/digest.hpp"
#include "node/node.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace conclave::core {

using namespace std::chrono_literals;

class little_cluster {
 public:
  struct process {
    std::unique_ptr<core::node> node;
    address where;
    std::vector<action> happened;  // all but sends
  };
  struct flying {
    address from;
    address to;
    std::vector<std::byte> bytes;
  };

  static constexpr std::uint64_t wall_start = 1'700'000'000'000'000'000;

  config settings_of(const std::string& name) const {
    config settings;
    settings.name = name;
    settings.voters = voters;
    settings.observer = voters.empty();
    settings.lease_ttl = 1s;
    settings.lease_ttl_max = 2s;
    settings.new_cluster = true;
    return settings;
  }

  process& start(const std::string& name) { return start(settings_of(name)); }

  process& start(const config& settings) {
    const auto [entry, added] = processes.try_emplace(settings.name);
    process& one = entry->second;
    if (added) {
      one.where = ipv4_address({127, 0, 0, 1}, static_cast<std::uint16_t>(1000 + processes.size()));
    }
    one.node = make(settings, one.where);
    act(one, [&](actions& out) { one.node->join(now, out); });
    return one;
  }

  std::unique_ptr<core::node> make(const config& settings, const address& where) {
    node_start start;
    start.settings = settings;
    start.self_address = where;
    start.seeds = {ipv4_address({127, 0, 0, 1}, 1001)};
    start.boot = boot_id{++boots};
    start.wall_ns = wall_start + static_cast<std::uint64_t>(now.time_since_epoch().count());
    start.now = now;
    start.random_seed = boots;
    return std::make_unique<core::node>(start);
  }

  void act(process& one, const std::function<void(actions&)>& does) {
    actions out;
    does(out);
    for (const action& each : out.list) {
      if (const send* frame = std::get_if<send>(&each)) {
        const auto first = out.bytes.begin() + static_cast<std::ptrdiff_t>(frame->offset);
        network.push_back({.from = one.where,
                           .to = frame->to,
                           .bytes = {first, first + static_cast<std::ptrdiff_t>(frame->size)}});
      } else {
        one.happened.push_back(each);
      }
    }
    one.node->check_invariants(now);
  }

  // Carries frames until the network is silent; `passes` says which.
  void settle() {
    while (!network.empty()) {
      flying frame = std::move(network.front());
      network.pop_front();
      if (!passes(frame)) {
        continue;
      }
      for (auto& [name, one] : processes) {
        if (one.where == frame.to && one.node) {
          act(one, [&](actions& out) { one.node->handle(frame.bytes, frame.from, now, out); });
        }
      }
    }
  }

  void run_for(duration time) {
    for (const instant end = now + time; now < end;) {
      now += 1ms;
      for (auto& [name, one] : processes) {
        if (one.node && one.node->next_deadline() <= now) {
          act(one, [&](actions& out) { one.node->tick(now, out); });
        }
      }
      settle();
    }
  }

  request_id lock(const std::string& name, const std::string& lock, lock_request options = {}) {
    process& one = processes.at(name);
    request_id request;
    act(one, [&](actions& out) { request = one.node->lock(lock, options, now, out); });
    return request;
  }

  bool unlock(const std::string& name, request_id request) {
    process& one = processes.at(name);
    bool held = false;
    act(one, [&](actions& out) { held = one.node->unlock(request, now, out); });
    return held;
  }

  template <class T>
  std::vector<T> all(const std::string& name) const {
    std::vector<T> found;
    for (const action& each : processes.at(name).happened) {
      if (const T* one = std::get_if<T>(&each)) {
        found.push_back(*one);
      }
    }
    return found;
  }

  bool reported(const std::string& name, report_kind kind) const {
    for (const report& said : all<report>(name)) {
      if (said.kind == kind) {
        return true;
      }
    }
    return false;
  }

  void start_three() {
    for (const std::string& name : voters) {
      start(name);
    }
    run_for(2s);
  }
  node& at(const std::string& name) { return *processes.at(name).node; }
  // A frame made by hand.
  void deliver(const std::string& to, const node_boot& from, const std::vector<message>& all,
               const std::function<void(frame_header&)>& change = {}) {
    process& hears = processes.at(to);
    frame_header header;
    header.cluster = hears.node->links().settings().cluster;
    header.sender = from;
    header.sequence = sequence{1'000'000};
    header.lamport = hears.node->lamport();
    header.anchor = now;
    if (change) {
      change(header);
    }
    std::vector<std::byte> bytes;
    const sealer seal;
    frame_builder frame(bytes, header, seal);
    for (const message& content : all) {
      EXPECT_TRUE(frame.add(content));
    }
    frame.finish();
    act(hears, [&](actions& out) {
      hears.node->handle(bytes, ipv4_address({127, 0, 0, 1}, 4000), now, out);
    });
  }
  std::ptrdiff_t reports(const std::string& name, report_kind kind) const {
    return std::ranges::count(all<report>(name), kind, &report::kind);
  }

  std::vector<std::string> voters = {"n1", "n2", "n3"};
  std::map<std::string, process> processes;
  std::deque<flying> network;
  std::function<bool(flying&)> passes = [](flying&) { return true; };
  instant now{1s};
  std::uint64_t boots = 0;
};

}  // namespace conclave::core
