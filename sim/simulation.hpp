// One run of one seed: a cluster in a random world, first under faults, then healed.
//
//   faults ------> settling -----> serving -------> resting -----> trying ------> over
//   promises are   faults end;     everybody asks   nobody         each lock is
//   attacked       all finish      for each lock    does much      tried, and had
//
// Promises are checked in all phases; settling, serving and trying must end in
// time, whatever minority stays broken.
#pragma once

#include "base/random.hpp"
#include "sim/cluster.hpp"
#include "sim/counters.hpp"
#include "sim/event_queue.hpp"
#include "sim/network.hpp"
#include "sim/observer.hpp"
#include "sim/options.hpp"
#include "sim/plan.hpp"
#include "sim/schedule.hpp"
#include "sim/users.hpp"
#include "sim/words.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::sim {

enum class outcome : std::uint8_t { kept, promise_broken, no_progress };
[[nodiscard]] std::string_view to_string(outcome which);

struct run_result {
  sim::outcome outcome = outcome::kept;
  std::string_view cause;  // in a word: the promise that broke, or what was missed
  std::string what;        // that, in a sentence
  true_time ended;
  std::uint64_t digest = 0;
  duration least_slack{};    // duration::max(): nobody ever held
  duration settled_after{};  // the end of the faults
  duration served_after{};   // everybody asked again
  duration served_within{};  // the bound on each of the two
  counters counted;
};

using trace_sink = std::function<void(true_time, std::string_view)>;

class simulation final : private cluster_driver {
 public:
  // `trace` gets a line for all that happens; empty: none.
  simulation(const plan& what, trace_sink trace);
  simulation(const options& drawn, std::vector<fault> schedule, trace_sink trace);

  // Filled while it runs, in the order in which things begin.
  void keep_record(std::vector<operation>* operations, std::vector<incident>* incidents) {
    users_.keep_record(operations);
    network_.keep_record(incidents);
  }
  // Before run(); it outlives the run, which is the same with it and without.
  void watch(observer& who);

  [[nodiscard]] run_result run();
  [[nodiscard]] true_time now() const { return now_; }

 private:
  // How long it takes whoever looks after the machines to see that a process is superseded.
  static constexpr duration replaced_after = std::chrono::milliseconds(200);

  enum class phase : std::uint8_t { faults, settling, serving, resting, trying_kept, trying, over };

  // What the world does to one machine.
  struct condition {
    std::uint32_t pauses = 0;    // how many faults stop the process now
    std::uint32_t suspends = 0;  // how many stop the whole machine
    bool down = true;
    bool leaving = false;
    bool left_behind = false;            // nobody looks after it any more
    std::uint32_t down_by = 0;           // the fault that brings it up again, plus one
    duration cost{};                     // of each event, while it is slow
    duration late_max{};                 // of its timers and its users' wakes, while it is late
    true_time busy_until{};              // with the last event
    std::vector<std::uint32_t> inbox;    // datagrams that came while it could not take them
    std::vector<std::uint32_t> delayed;  // its users whose time came meanwhile
    true_time tick_due = end_of_time;    // of the tick event that is not stale
    std::uint32_t tick_stamp = 0;
    std::uint32_t spins = 0;  // ticks in a row that left it wanting another one at once
    std::uint64_t draws = 0;  // of random numbers, so far
  };
  // A fault that is on.
  struct fault_state {
    bool on = false;
    bool flipped = false;         // flap, strobe: it is on at this turn
    machine_index met = 0;        // whom it turned out to meet
    std::uint32_t turns = 0;      // so far
    ways closed{};                // by it, now
    core::boot_id boot;           // of the process that it met
    std::int64_t before_ppb = 0;  // drift: the rate that comes back
  };

  void send(machine_index from, const core::address& to, std::span<const std::byte> frame) override;
  void happened(machine_index at, const core::action& what, std::uint32_t owner) override;

  void handle(const event& next);
  void arrive(std::uint32_t index);
  void take_in(machine_index at, std::uint32_t index);
  void tick(const event& due);
  void wake(const event& due);

  // simulation_phases.cpp
  void enter(phase next, duration lasts);
  void end_phase();
  void look_for_end_of_phase();
  void look_for_storm();
  void fail(std::string_view cause, std::string what);
  void end_faults();
  void arm_timers_anew();
  void leave_behind();
  void meet(aftermath what, machine_index at);
  void set_clocks_right();
  [[nodiscard]] duration service_bound() const;
  [[nodiscard]] duration patience() const;

  // simulation_rest.cpp
  [[nodiscard]] std::vector<bool> who_is_deaf() const;
  [[nodiscard]] std::vector<bool> who_is_well() const;
  bool has_come_to_rest();
  [[nodiscard]] bool keeps_unused() const;
  bool is_calm();
  void look_at_sightings();
  [[nodiscard]] std::string not_seen() const;
  [[nodiscard]] std::uint64_t base(duration length) const;

  // simulation_faults.cpp
  void begin(std::uint32_t index);
  void turn(std::uint32_t index);
  void end(std::uint32_t index);
  bool aim_at_holder(fault& one);
  bool begin_in_its_place(std::uint32_t index);
  bool begin_at_process(std::uint32_t index);
  bool begin_blackout(std::uint32_t index);
  bool begin_twin(std::uint32_t index);
  bool begin_in_network(std::uint32_t index);
  bool begin_at_clock(std::uint32_t index);
  void end_at_process(std::uint32_t index);
  void end_in_network(std::uint32_t index);
  void swizzle(std::uint32_t index);
  void apply_weather();

  // simulation_machines.cpp
  void start(machine_index at, bool keeps_stored);
  void bring_up(machine_index at, std::uint32_t by, bool keeps_stored);
  void take_down(machine_index at);
  void replace(machine_index at);
  void ready(machine_index at);
  void work_took(machine_index at);
  void tell_if_still(machine_index at);
  void set_rate(machine_index at, std::int64_t ahead_ppb);
  [[nodiscard]] bool runs(machine_index at) const { return !conditions_[at].down; }
  [[nodiscard]] bool stands(machine_index at) const {
    const condition& is = conditions_[at];
    return is.pauses > 0 || is.suspends > 0 || is.busy_until > now_;
  }
  [[nodiscard]] core::boot_id next_boot(machine_index at, std::uint64_t wall, bool keeps_stored);

  void set_timer(machine_index at);
  // Of one machine only, so that what happens elsewhere changes nothing here.
  [[nodiscard]] core::random_source random_for(machine_index at);
  void trace(std::string_view line);
  void trace_at(machine_index at, std::string_view line);

  options options_;
  std::vector<fault> schedule_;
  trace_sink trace_;
  observer* watch_ = nullptr;
  name_book names_;
  core::random_source random_;
  counters counted_;
  event_queue events_;
  network network_;
  sim::cluster cluster_;
  sim::users users_;
  std::vector<condition> conditions_;
  std::vector<fault_state> faults_;
  std::vector<std::uint64_t> boots_;  // of all processes so far
  std::uint32_t storms_ = 0;
  phase phase_ = phase::faults;
  true_time now_;
  true_time phase_began_;
  std::optional<true_time> calm_since_;  // nothing is left to be done
  std::uint64_t sent_before_calm_ = 0;
  true_time second_began_;
  std::uint64_t sent_before_ = 0;  // datagrams, by then
  std::uint32_t phase_stamp_ = 0;  // of the event that ends it
  bool tried_kept_ = false;        // what may be kept was tried
  bool meets_ = false;             // the voters were given time to find each other
  run_result result_;
};

// Draws everything from the seed and runs it.
[[nodiscard]] run_result run_seed(std::uint64_t seed, const variation& variant = {},
                                  trace_sink trace = {});

}  // namespace conclave::sim
