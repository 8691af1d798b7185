// Several membership machines on a tiny network with virtual time, seeded delays and faults.
#pragma once

#include "membership/membership.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace conclave::core {

struct virtual_member {
  std::string name;
  std::vector<std::size_t> seeds;  // indexes of other nodes
  std::string metadata = {};
};

struct seen_change {
  instant when{};
  member_event_kind kind = member_event_kind::joined;
  std::string name;
  friend bool operator==(const seen_change&, const seen_change&) = default;
};

class virtual_cluster {
 public:
  explicit virtual_cluster(std::uint64_t seed, membership_config config = {});

  // Starts a node that joins through its seeds; returns its index.
  std::size_t add(const virtual_member& settings);
  // n nodes, all with node 0 as seed.
  void add_many(std::size_t count);

  void crash(std::size_t index);
  void restart(std::size_t index);  // a new process with a greater boot
  void leave(std::size_t index);
  void pause(std::size_t index, duration length);     // the process stands still, datagrams wait
  void split(const std::vector<std::size_t>& group);  // from all others
  void heal();
  void block(std::size_t from, std::size_t to) { blocked_[{from, to}] = true; }
  void unblock(std::size_t from, std::size_t to) { blocked_.erase({from, to}); }
  void lose(double share) { loss_ = share; }

  void run_for(duration length);
  [[nodiscard]] bool run_until(const std::function<bool()>& reached, duration limit);
  // A message that seems to come from somebody.
  void inject(std::size_t to, const node_boot& from, const address& where, message content);
  void set_metadata(std::size_t index, std::string metadata);

  [[nodiscard]] membership& machine(std::size_t index) { return nodes_[index].machine; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] bool runs(std::size_t index) const { return nodes_[index].running; }
  [[nodiscard]] address where(std::size_t index) const;
  [[nodiscard]] node_boot id(std::size_t index) const;
  [[nodiscard]] bool joined(std::size_t index) const { return nodes_[index].joined; }
  [[nodiscard]] boot_id superseded_by(std::size_t index) const { return nodes_[index].superseded; }
  [[nodiscard]] const std::vector<seen_change>& changes(std::size_t index) const {
    return nodes_[index].changes;
  }
  [[nodiscard]] std::size_t count(std::size_t index, member_event_kind kind,
                                  const std::string& name) const;
  // What `viewer` believes about `subject`; dead when it knows nothing.
  [[nodiscard]] member_status status(std::size_t viewer, std::size_t subject) const;
  // Every running node of `group` believes all of `group` alive, in its present boot.
  [[nodiscard]] bool all_see_all(const std::vector<std::size_t>& group) const;
  [[nodiscard]] bool all_see_all() const;
  [[nodiscard]] std::vector<std::size_t> everyone() const;

  // Of kind Message sent so far by all nodes.
  template <class Message>
  [[nodiscard]] std::size_t sent() const {
    std::size_t total = 0;
    for (const message& one : log_) {
      total += std::holds_alternative<Message>(one) ? 1 : 0;
    }
    return total;
  }
  void forget_log() { log_.clear(); }
  [[nodiscard]] const std::vector<message>& log() const { return log_; }
  [[nodiscard]] std::uint64_t digest_of_run() const;

 private:
  struct node {
    membership machine;
    std::string name;
    std::vector<address> seeds;
    boot_id boot;
    bool running = true;
    instant paused_until = long_ago;
    duration clock_offset{};
    bool joined = false;
    boot_id superseded;
    std::vector<seen_change> changes;
    std::size_t group = 0;
  };
  struct delivery {
    std::size_t to = 0;
    node_boot from;
    address where;
    message content;
  };

  membership make(const std::string& name, std::size_t index, boot_id boot,
                  const std::vector<address>& seeds, const std::string& metadata);
  void act(std::size_t index, const std::function<void(membership&, instant, membership_output&)>&);
  void post(std::size_t from, const gossip_send& sent);
  bool step(instant limit);
  void deliver(const delivery& arrived);
  [[nodiscard]] instant due(const node& one) const;

  membership_config config_;
  random_source random_;
  instant now_{std::chrono::hours(1)};
  double loss_ = 0;
  std::vector<node> nodes_;
  std::map<std::pair<std::size_t, std::size_t>, bool> blocked_;
  std::map<std::pair<instant, std::uint64_t>, delivery> in_flight_;
  std::uint64_t posted_ = 0;
  std::vector<message> log_;
};

}  // namespace conclave::core
