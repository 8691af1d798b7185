// A simulated world's time: what happens next, on which machine, and what came of it. One seed
// decides all of it.
//
//   agenda    turns of processes, their timers, what the test planned    --+--> one step at a time
//   arrivals  datagrams under way (sim/network.hpp)                      --+
//
// One thread, the one that made it.
#pragma once

#include "base/digest.hpp"
#include "base/random.hpp"
#include "sim/clock.hpp"
#include "sim/counters.hpp"
#include "sim/event_queue.hpp"
#include "sim/network.hpp"
#include "sim/world/host_state.hpp"
#include "sim/world/process_context.hpp"
#include "sim/world/task.hpp"
#include "sim/world/witness.hpp"

#include <conclave/sim/broken_run.hpp>
#include <conclave/sim/conditions.hpp>
#include <conclave/sim/slowness.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace conclave::sim {

class universe {
 public:
  // A bit of sim::machine_set for each.
  static constexpr std::size_t hosts_max = 32;

  explicit universe(std::uint64_t seed);
  universe(const universe&) = delete;
  universe& operator=(const universe&) = delete;
  ~universe();

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] true_time now() const { return now_; }
  // Also over all that was drawn and sent.
  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
  [[nodiscard]] core::random_source& random() { return random_; }

  // universe.cpp: what is to happen. `until` is asked after each step.
  void run_until(true_time end, const std::function<bool()>& until);
  void plan_action(true_time at, std::function<void()> action);
  void plan_turn(process_context& whose);
  void plan_turn_within(process_context& whose, core::duration delay_max);
  void plan_wake(process_context& whose);
  [[nodiscard]] bool runs(const process_context& which) const { return current_ == &which; }
  [[nodiscard]] process_context& own_context() { return own_context_; }
  // Destroys all processes, and all that would happen.
  void shut_down();

  // What the dead leave behind is destroyed at the next moment at which no user's code runs.
  void bury_later(std::unique_ptr<task> work);
  void bury_later(std::unique_ptr<process> gone);

  // Throws std::logic_error on any thread but the world's, and the run fails too.
  void refuse_foreign_thread() const;
  [[nodiscard]] bool is_foreign_thread() const noexcept;

  // The first failure stays, and ends the run.
  void fail(std::string text);
  void fail(const std::string& where, std::exception_ptr thrown);
  void throw_if_failed() const;
  // The same, and ends all processes before where no code of users runs.
  void stop_if_failed();
  [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }
  [[noreturn]] void refuse(const std::string& text) const;
  // A line of what is told with a failure.
  void note(const std::string& line);

  // hosts.cpp: machines and what becomes of them.
  host_state& add_host(config settings, bool makes_node);
  [[nodiscard]] std::vector<std::unique_ptr<host_state>>& hosts() { return hosts_; }
  void start(host_state& on);
  void crash(host_state& on);
  void stand_still(host_state& which);  // as its flags say
  void resume(host_state& which);
  void set_rate(host_state& of, std::int64_t ahead_ppb);
  void set_wall(host_state& of, std::chrono::nanoseconds ahead);
  void set_slowness(host_state& of, const slowness& now);
  // Since 1970, as the machine's wall clock shows it.
  [[nodiscard]] std::chrono::nanoseconds wall(host_state& of) const;
  // The same for its processes.
  [[nodiscard]] std::uint64_t wall_ns(host_state& of) const;
  void begin(const start_function& what, host_state& on);
  void spawn(process_context& on, boost::asio::awaitable<void> what);

  // network_faults.cpp
  void send(const host_state& from, const core::address& to, std::span<const std::byte> bytes);
  void set_conditions(const conditions& now);
  void set_conditions(const ways& which, const conditions& now);
  void set_bandwidth(const host_state& of, std::uint64_t bytes_per_second,
                     core::duration queue_max);
  // Returns what open() takes. Several may be on at once.
  std::uint64_t close(const ways& which);
  void open(std::uint64_t closing);  // nothing when it is healed
  void jam(const ways& which, core::duration length);
  void heal();

  [[nodiscard]] witness& watch() { return witness_; }

  // barriers.cpp
  void arm(const std::string& barrier, const host_state* whom);
  void release(const std::string& barrier);
  [[nodiscard]] std::size_t stopped_at(const std::string& barrier) const;
  // True when the caller's process stands still from now on.
  [[nodiscard]] bool comes_to(const std::string& barrier, const process_context& who);

 private:
  enum class entry_kind : std::uint8_t { turn, wake, action };
  struct entry {
    true_time at;
    std::uint64_t sequence;
    entry_kind kind;
    process_context* whose;
    std::uint32_t stamp;
    std::unique_ptr<task> work;
  };
  struct armed_barrier {
    const host_state* whom;  // null: whoever comes
    std::vector<host_state*> stopped;
  };
  class user_code;

  static bool later(const entry& a, const entry& b);
  void plan(entry&& what);
  [[nodiscard]] bool step(true_time end);
  void take_entry();
  void take_arrival();
  void take_turn(process_context& whose);
  void end_process(host_state& on);
  void flush(std::uint64_t jam);
  void run_task(process_context& whose, std::unique_ptr<task> work);
  void count_work();
  void bury();
  [[nodiscard]] std::string time_text() const;

  const std::uint64_t seed_;
  const std::thread::id thread_ = std::this_thread::get_id();
  mutable std::atomic<bool> foreign_thread_ = false;
  true_time now_{};
  core::random_source random_;
  core::digest digest_;
  std::vector<entry> agenda_;  // a heap
  std::uint64_t last_sequence_ = 0;
  bool running_ = false;

  skewed_clock true_clock_;
  const slowness not_slow_;
  process_context own_context_;
  process_context* current_ = nullptr;  // whose handler is on the stack
  int user_code_depth_ = 0;
  std::vector<std::unique_ptr<host_state>> hosts_;
  std::vector<std::unique_ptr<process>> graves_;
  std::vector<std::unique_ptr<task>> morgue_;
  // Executors may name the context of a dead process until the world ends.
  std::vector<std::unique_ptr<process>> buried_;

  counters counters_;
  event_queue arrivals_;
  network network_;
  std::map<std::uint64_t, ways> closed_;
  std::map<std::uint64_t, ways> jammed_;
  std::uint64_t last_closing_ = 0;
  core::duration turn_delay_max_{};

  witness witness_;
  std::map<std::string, armed_barrier> barriers_;
  std::optional<std::string> failure_;
  std::deque<std::string> story_;
  std::int64_t second_ = 0;
  std::uint64_t work_in_second_ = 0;
};

}  // namespace conclave::sim
