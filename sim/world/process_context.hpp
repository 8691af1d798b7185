// The execution context of one simulated process: handlers in the order in which they came, and
// timers on its machine's clock. A world has one more, without a machine, for the test's own code.
#pragma once

#include "base/time.hpp"
#include "sim/clock.hpp"
#include "sim/world/executor.hpp"
#include "sim/world/task.hpp"

#include <conclave/sim/slowness.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace conclave::sim {

class universe;

// Names a timer of one context.
using timer_key = std::pair<core::instant, std::uint64_t>;

class process_context final : public boost::asio::execution_context {
 public:
  using executor_type = process_executor;

  // `around`, `clock` and `slow` outlive it.
  process_context(universe& around, const skewed_clock& clock, const slowness& slow,
                  std::string name);
  ~process_context();

  [[nodiscard]] executor_type get_executor() noexcept { return executor_type(*this); }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] universe& around() const { return around_; }
  [[nodiscard]] const skewed_clock& clock() const { return clock_; }
  [[nodiscard]] const slowness& slow() const { return slow_; }
  // Of the machine, now.
  [[nodiscard]] core::instant now() const;

  // Runs in a later turn; destroyed unrun when the process is gone.
  void add(std::unique_ptr<task> work);
  timer_key add_timer(core::instant when, std::unique_ptr<task> work);
  // What would have run. Null when it has been due already.
  std::unique_ptr<task> take_timer(const timer_key& key);

  // For the universe.
  [[nodiscard]] bool alive() const { return alive_; }
  [[nodiscard]] bool stands_still() const { return stands_still_; }
  [[nodiscard]] bool has_work() const { return !ready_.empty(); }
  [[nodiscard]] core::instant next_timer() const;
  void collect_due(core::instant now);
  [[nodiscard]] std::size_t ready() const { return ready_.size(); }
  [[nodiscard]] std::unique_ptr<task> take_ready();
  void stand_still(bool stands_still);
  // It has done so much, handlers or datagrams: on a slow machine that takes time.
  void worked(std::size_t pieces);
  [[nodiscard]] true_time busy_until() const { return busy_until_; }
  // No handler runs any more; destroy_all() may come later.
  void die() { alive_ = false; }
  void destroy_all();

  bool turn_planned = false;     // by the universe
  std::uint32_t wake_stamp = 0;  // of the latest planned wake; earlier ones are stale

 private:
  universe& around_;
  const skewed_clock& clock_;
  const slowness& slow_;
  std::string name_;
  bool alive_ = true;
  bool stands_still_ = false;
  true_time busy_until_{};
  std::deque<std::unique_ptr<task>> ready_;
  std::map<timer_key, std::unique_ptr<task>> timers_;
  std::uint64_t last_timer_ = 0;
};

// Null when the executor is of no simulated world.
[[nodiscard]] process_context* find_process_context(const boost::asio::any_io_executor& executor);

}  // namespace conclave::sim
