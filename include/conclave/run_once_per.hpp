// A job that one node of the cluster runs, once in each period.
#pragma once

#include <conclave/fencing_token.hpp>
#include <conclave/node.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace conclave {

struct job_run {
  std::chrono::system_clock::time_point due;  // when its period began
  fencing_token token;                        // greater than that of every run before
};

struct job_options {
  // No two nodes' wall clocks are further apart. What that is worth: see run_once_per(). Not
  // negative.
  std::chrono::nanoseconds clocks_within = std::chrono::seconds(1);
  // Runs the job; none: the node's. A job that works for long without waiting must not use the
  // node's own thread, which keeps the lock.
  boost::asio::any_io_executor executor = {};
};

class job_state;

// From run_once_per(). When it is destroyed this node stops: a run is cancelled where it waits, and
// the lock goes to another node within half a second. It does not wait for that, so the job must
// own what it uses. Movable. May outlive its node: the job has ended then.
class [[nodiscard]] scheduled_job {
 public:
  scheduled_job() noexcept = default;
  scheduled_job(scheduled_job&& other) noexcept = default;
  scheduled_job& operator=(scheduled_job&& other) noexcept;
  ~scheduled_job();

  // For the library.
  explicit scheduled_job(std::shared_ptr<job_state> state) noexcept;

 private:
  std::shared_ptr<job_state> state_;
};

using job = std::function<boost::asio::awaitable<void>(job_run)>;

// Runs `work` at most once in each period in the whole cluster, as long as at least one node has
// called this with the same name and period. Periods count from 1970 by the wall clock: with
// std::chrono::hours(24) it runs at midnight, UTC.
//
// One node holds the lock of this name, an election, for as long as it is there, and runs the job
// at the beginning of each period. What happens otherwise:
//
// - That node crashes, or is cut off: another takes over within a lease or so. It runs nothing in
//   the period in which that was, nor in one that begins within clocks_within: the other may have
//   run it. So a crash can cost one run, and a run that has begun is not repeated. Where it must
//   be, write down what was done under the token (docs/recipes.md, "Run a job once").
// - The lock is lost during a run: the run is cancelled where it waits, as by run_while_held().
//   What it writes after that is refused where the resource checks the token.
// - A run takes longer than a period: those that it covers are left out. Two runs never overlap
//   among nodes whose clocks keep config.clock_drift_max_ppm.
// - Wall clocks are further apart than clocks_within, or are set by more: after a take-over a
//   period may run twice. One node runs no period twice, whatever its clock does.
//
// An exception out of `work` ends the job on this node and leaves through the executor.
//
// Throws boost::system::system_error: errc::invalid_lock_name; errc::invalid_config, where the
// period is not longer than clocks_within, which is 0 or more. Thread-safe.
[[nodiscard]] scheduled_job run_once_per(node& owner, std::string_view name,
                                         std::chrono::nanoseconds period, job work,
                                         const job_options& options = {});

}  // namespace conclave
