// One run of one seed: a cluster in a random world, first under faults, then healed.
//
//   faults ------> settling -----> serving -------> resting -----> trying ------> over
//   promises are   faults end;     everybody asks   nobody         each lock is
//   attacked       all finish      for each lock    does much      tried, and had
//
// Promises are checked after every event of all phases; settling, serving and trying must end in
// time, whatever minority stays broken.
#pragma once

#include "base/random.hpp"
#include "sim/cluster.hpp"
#include "sim/counters.hpp"
#include "sim/event_queue.hpp"
#include "sim/network.hpp"
#include "sim/options.hpp"
#include "sim/schedule.hpp"
#include "sim/users.hpp"
#include "sim/words.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace conclave::sim {

enum class outcome : std::uint8_t { kept, promise_broken, no_progress };

struct run_result {
  sim::outcome outcome = outcome::kept;
  std::string what;  // of the promise that broke, or who was not served
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
  simulation(const options& drawn, std::vector<fault> schedule, trace_sink trace);

  [[nodiscard]] run_result run();

 private:
  enum class phase : std::uint8_t { faults, settling, serving, resting, trying, over };

  // What the world does to one machine.
  struct condition {
    std::uint32_t pauses = 0;  // how many faults stop it now
    bool down = true;
    bool leaving = false;
    std::uint32_t down_by = 0;           // the fault that brings it up again, plus one
    std::vector<std::uint32_t> inbox;    // datagrams that came while it stood still
    std::vector<std::uint32_t> delayed;  // its users whose time came meanwhile
    true_time tick_due = end_of_time;    // of the tick event that is not stale
    std::uint32_t tick_stamp = 0;
    std::uint32_t spins = 0;  // ticks in a row that left it wanting another one at once
  };

  void send(machine_index from, const core::address& to, std::span<const std::byte> frame) override;
  void happened(machine_index at, const core::action& what, std::uint32_t owner) override;

  void handle(const event& next);
  void arrive(std::uint32_t index);
  void tick(const event& due);
  void wake(const event& due);

  // simulation_phases.cpp
  void enter(phase next, duration lasts);
  void end_phase();
  void look_for_end_of_phase();
  void look_for_storm();
  void fail(std::string what);
  void end_faults();
  void leave_behind();
  void meet(fate what, machine_index at);
  [[nodiscard]] duration service_bound() const;

  // simulation_faults.cpp
  void begin(std::uint32_t index);
  void end(std::uint32_t index);
  void start(machine_index at);
  void bring_up(machine_index at, std::uint32_t by);
  void take_down(machine_index at);
  void resume(machine_index at);
  [[nodiscard]] bool runs(machine_index at) const;
  [[nodiscard]] machine_index aim(const fault& one);
  void apply_weather();

  void set_timer(machine_index at);
  void trace(std::string_view line);
  void trace_at(machine_index at, std::string_view line);

  options options_;
  std::vector<fault> schedule_;
  trace_sink trace_;
  name_book names_;
  core::random_source random_;
  counters counted_;
  event_queue events_;
  network network_;
  sim::cluster cluster_;
  sim::users users_;
  std::vector<condition> conditions_;
  std::vector<bool> fault_is_on_;
  std::vector<machine_index> fault_met_;  // whom each fault turned out to meet
  std::uint32_t storms_ = 0;
  phase phase_ = phase::faults;
  true_time now_;
  true_time phase_began_;
  true_time second_began_;
  std::uint64_t sent_before_ = 0;  // datagrams, by then
  std::uint32_t phase_stamp_ = 0;  // of the event that ends it
  run_result result_;
};

// Draws everything from the seed and runs it.
[[nodiscard]] run_result run_seed(std::uint64_t seed, trace_sink trace = {});

}  // namespace conclave::sim
