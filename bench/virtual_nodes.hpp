// Real nodes in virtual time, on a network that only delays: what they send can be counted exactly,
// and every run is the same.
#pragma once

#include "base/random.hpp"
#include "node/node.hpp"
#include "sim/event_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::bench {

// Three voters, and candidates that are none, so that every message between a candidate and a voter
// is in a frame. Delays are drawn as in a local network, times the distance of the farther end.
class virtual_nodes {
 public:
  using index = std::uint32_t;

  explicit virtual_nodes(std::size_t candidates);
  // Frames, timers and handlers know it by address.
  virtual_nodes(const virtual_nodes&) = delete;
  virtual_nodes& operator=(const virtual_nodes&) = delete;

  void set_distance(index who, std::uint32_t times) { all_[who].distance = times; }
  [[nodiscard]] index first_candidate() const { return voters_count; }
  [[nodiscard]] index end() const { return static_cast<index>(all_.size()); }

  core::request_id lock(index who, std::string_view name);
  void unlock(index who, core::request_id request);
  // Calls it so much later.
  void after(core::duration wait, std::function<void()> what);
  void run_for(core::duration time);

  // Called for each lock that is granted; may be empty.
  std::function<void(index, const core::granted&)> on_granted;
  // Called for each frame that is sent, with what it holds; empty: frames are not looked at.
  std::function<void(index, const std::vector<core::message>&)> on_sent;
  // The same of each frame that arrives.
  std::function<void(index, const std::vector<core::message>&)> on_arrived;

 private:
  static constexpr index voters_count = 3;

  struct machine {
    core::address where;
    std::unique_ptr<core::node> node;
    std::uint32_t distance = 1;
    sim::true_time tick_due = sim::end_of_time;
    std::uint32_t tick_stamp = 0;
  };
  struct flying {
    index from = 0;
    index to = 0;
    std::vector<std::byte> bytes;
  };

  void start(index who, const std::string& name);
  [[nodiscard]] core::instant now() const { return core::instant(now_.time_since_epoch()); }
  void handle(const sim::event& next);
  void act(index who, const std::function<void(core::node&, core::actions&)>& does);
  void send(index from, const core::address& to, std::span<const std::byte> bytes);
  [[nodiscard]] std::vector<core::message> messages_of(index at,
                                                       std::span<const std::byte> bytes) const;

  core::random_source random_{1};
  sim::true_time now_{std::chrono::seconds(1)};
  sim::event_queue events_;
  std::vector<machine> all_;
  std::vector<flying> frames_;                // by the subject of their arrival
  std::vector<std::function<void()>> tasks_;  // by the subject of their turn
  std::vector<std::uint32_t> free_frames_;
};

}  // namespace conclave::bench
