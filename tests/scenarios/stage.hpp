// A cluster whose network is carried by hand: what scenarios play on.
//
// Frames with lock messages wait until the scenario delivers, drops or copies them. All others
// (keep-alives, acknowledgements, gossip) pass at once unless their way is cut, so that a trace
// shows locks and nothing else. A repetition of what is still under way is not shown again.
#pragma once

#include "sim/cluster.hpp"
#include "sim/words.hpp"

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace conclave::sim {

struct stage_member {
  std::string name;
  bool votes = true;
  bool starts = true;
  std::int64_t ahead_ppm = 0;
};

class stage final : private cluster_driver {
 public:
  stage(const std::vector<stage_member>& members, duration lease_ttl, duration lease_ttl_max);

  void lock(const std::string& node, const std::string& lock, core::lock_request options);
  void downgrade(const std::string& node, std::uint64_t request);
  void unlock(const std::string& node, std::uint64_t request);
  void take_token(const std::string& node, std::uint64_t request);
  // Each change that the node sees from now on is in the trace.
  void watch(const std::string& node, const std::string& lock);

  void deliver_all();
  void deliver(const std::string& from, const std::string& to);
  void drop(const std::string& from, const std::string& to);
  void copy(const std::string& from, const std::string& to);  // for replay() later
  void replay(const std::string& from, const std::string& to);
  void forge(const std::string& from, const std::string& to, std::uint64_t lamport);

  void cut(const std::string& from, const std::string& to);
  void heal();
  void crash(const std::string& node);
  void start(const std::string& node, bool new_cluster);
  // From now on its clock runs so many parts per million faster than true time.
  void set_rate(const std::string& node, std::int64_t ahead_ppm);
  void pause(const std::string& node);
  void resume(const std::string& node);
  void advance(duration time);

  void show(const std::string& node);

  // What happened since the last call, a line each.
  std::string take_trace();

 private:
  struct frame {
    machine_index from = 0;
    machine_index to = 0;
    std::vector<std::byte> bytes;
    std::string text;  // of its lock messages; empty when it has none
  };
  using way = std::pair<machine_index, machine_index>;

  void send(machine_index from, const core::address& to, std::span<const std::byte> bytes) override;
  void happened(machine_index at, const core::action& what, std::uint32_t owner) override;

  [[nodiscard]] machine_index find(const std::string& name) const;
  [[nodiscard]] lock_index index_of(const std::string& lock) const;
  void sort_out();  // what nodes sent during the last call
  void arrive(frame one);
  void tick_all();
  void pass(frame one);
  void say(const std::string& line);
  std::deque<frame> take(const std::string& from, const std::string& to);

  std::vector<std::string> names_;
  name_book book_;
  std::unique_ptr<sim::cluster> cluster_;
  true_time now_{};
  std::uint64_t boots_ = 0;
  bool quiet_ = true;
  bool broken_ = false;
  std::deque<frame> sent_;
  std::deque<frame> under_way_;
  std::map<way, std::deque<frame>> copies_;
  std::set<way> cuts_;
  std::map<machine_index, std::deque<frame>> paused_;  // what waits in the sockets of those
  std::string trace_;
};

}  // namespace conclave::sim
