// Membership alone, of very many nodes, on a network that delays and loses: the machines of the
// core, or models of other protocols (docs/simulator.md, "Experiments").
//
// There are no links and no locks here. Frames are as long as the link would make them, and nothing
// is repeated: that is how the link treats gossip.
#pragma once

#include "base/random.hpp"
#include "membership/member_records.hpp"
#include "sim/experiment/model.hpp"
#include "sim/experiment/process.hpp"

#include <conclave/config.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <vector>

namespace conclave::sim {

struct swarm_settings {
  std::uint64_t seed = 1;
  std::uint32_t members = 0;
  membership_config config;
  duration delay_min = std::chrono::microseconds(200);  // one way
  duration delay_spread = std::chrono::microseconds(800);
  std::uint32_t loss_ppm = 0;
  duration cost{};                      // of each datagram to who takes it in, one after the other
  std::optional<model_settings> model;  // instead of the core's membership
};

struct traffic {
  std::uint64_t datagrams = 0;
  std::uint64_t bytes = 0;  // with the headers of IPv4 and UDP
  std::uint64_t news = 0;   // how many times something was said about a member
};

// What one member's application is told about another.
struct told_change {
  member_index viewer = 0;
  member_index subject = 0;
  member_event_kind kind = member_event_kind::joined;
};

class swarm {
 public:
  using listener = std::function<void(const told_change&)>;

  explicit swarm(const swarm_settings& settings);

  // It joins through that one, which may be itself: then it is the first.
  void start(member_index at, member_index through);
  // All that run are told of each other at once, by one other, at no cost: thousands would be long
  // about it.
  void acquaint();
  void crash(member_index at);
  // It neither sends nor receives; what comes meanwhile waits for it. A process of one thread
  // stands still with that; a model of several threads has its timers run on.
  void pause(member_index at, duration length);
  // Two sides that do not reach each other: those before this one, and the others. 0: whole again.
  void split_before(member_index first_of_others) { split_before_ = first_of_others; }
  void lose(std::uint32_t ppm) { settings_.loss_ppm = ppm; }
  // Of what is sent to it and by it, besides.
  void lose_at(member_index at, std::uint32_t ppm) { members_[at].loss_ppm = ppm; }
  // All that is sent to it is lost, while what it sends arrives.
  void deafen(member_index at, bool deaf) { members_[at].deaf = deaf; }
  void listen(listener hears) { hears_ = std::move(hears); }

  void run_for(duration length);
  // Asked each `step` of time. False when it was not so within the limit.
  bool run_until(const std::function<bool()>& reached, duration step, duration limit);

  [[nodiscard]] instant now() const { return now_; }
  [[nodiscard]] std::uint32_t size() const { return settings_.members; }
  [[nodiscard]] bool runs(member_index at) const { return members_[at].runs; }
  // How many it believes alive or suspect, itself among them.
  [[nodiscard]] std::size_t live_at(member_index at) const;
  // All that run believe each other alive, and nobody else.
  [[nodiscard]] bool all_agree() const;
  [[nodiscard]] const traffic& sent_by(member_index at) const { return members_[at].sent; }
  [[nodiscard]] traffic sent_by_all() const;
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  struct member {
    std::unique_ptr<sim::process> process;
    core::boot_id boot;
    duration clock{};  // ahead of now()
    bool runs = false;
    bool deaf = false;
    std::uint32_t loss_ppm = 0;
    instant paused_until = core::long_ago;
    instant ticks_at = core::never;   // the event for it that counts
    std::deque<std::uint32_t> inbox;  // datagrams that it has not looked at
    instant serves_at = core::never;  // the event for the first of them that counts
    instant busy_until = core::long_ago;
    traffic sent;
  };
  struct datagram {
    member_index from = 0;
    parcel content;
  };
  enum class what : std::uint8_t { tick, arrival, serve };
  struct event {
    instant at{};
    std::uint64_t order = 0;
    what is = what::tick;
    member_index member = 0;
    std::uint32_t datagram = 0;

    friend bool operator<(const event& one, const event& other) {  // of what comes first
      return one.at != other.at ? one.at > other.at : one.order > other.order;
    }
  };

  template <class Action>
  void act(member_index at, Action action);
  void handle(const event& next);
  void serve(member_index at);
  void set_serve(member_index at);
  void post(member_index from, sent_parcel one);
  void schedule(instant at, what is, member_index whose, std::uint32_t place = 0);
  void set_tick(member_index at);
  [[nodiscard]] bool is_lost(member_index from, member_index to);
  [[nodiscard]] bool reaches(member_index from, member_index to) const;

  swarm_settings settings_;
  core::random_source random_;
  instant now_{std::chrono::hours(1)};
  std::shared_ptr<core::member_records> records_;
  std::vector<member> members_;
  std::vector<datagram> datagrams_;
  std::vector<std::uint32_t> free_datagrams_;
  std::priority_queue<event> events_due_;
  std::uint64_t last_order_ = 0;
  std::uint64_t events_ = 0;
  member_index split_before_ = 0;
  process_output out_;
  listener hears_;
};

}  // namespace conclave::sim
