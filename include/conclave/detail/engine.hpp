// What runs behind the public types: a node on real sockets and threads, or a simulated one.
#pragma once

#include <conclave/counters.hpp>
#include <conclave/detail/completion.hpp>
#include <conclave/lock_explanation.hpp>
#include <conclave/lock_options.hpp>
#include <conclave/member.hpp>
#include <conclave/roster.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace conclave {
class grant;
struct lock_holder;

namespace runtime {
class kept_hold;
}
}  // namespace conclave

namespace conclave::detail {

class engine;
class hold;

// Which lock, of which node. The name has 1 to 255 bytes.
struct lock_target {
  std::shared_ptr<detail::engine> engine;
  std::string name;
  lock_options options;
  std::shared_ptr<runtime::kept_hold> kept;  // where threads take it while the node keeps it
};

// Ends a subscription. After it returns no callback runs, but for one that calls it.
class subscription_state {
 public:
  virtual ~subscription_state() = default;
  virtual void end() noexcept = 0;
};

struct lock_wish {
  using result = grant;

  std::shared_ptr<const lock_target> target;
  bool wait = true;                                  // false: give up when somebody else has it
  bool shared = false;                               // with others that share it
  std::optional<std::chrono::nanoseconds> patience;  // nothing: for ever
  std::uint32_t permits = 0;                         // of the semaphore; 0: it is none
  lock_owner thread{};                               // in whose hand it stays
  bool nested = false;                               // that thread has other locks
  // Each time that it is had it is asked for anew: the token is the one that observers see.
  bool one_token = false;

  [[nodiscard]] const std::shared_ptr<detail::engine>& owner() const { return target->engine; }
};

// Several at once, all of one node: all or nothing. One of them several times: as many permits.
struct locks_wish {
  using result = std::vector<grant>;

  std::vector<std::shared_ptr<const lock_target>> targets;  // 1 to locks_together_max
  bool wait = true;
  std::optional<std::chrono::nanoseconds> patience;
  std::uint32_t permits = 0;

  [[nodiscard]] const std::shared_ptr<detail::engine>& owner() const {
    return targets.front()->engine;
  }
};

// Names a request for lock_cancel(), which may come before it has a number. 0: not known.
using request_key = std::shared_ptr<std::atomic<std::uint64_t>>;

// All members may be called from any thread, and none calls user code inside.
class engine {
 public:
  engine() = default;
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;
  virtual ~engine() = default;

  // The clock that deadlines are compared with, in nanoseconds. It runs while the machine sleeps.
  [[nodiscard]] virtual std::int64_t now_ns() const noexcept = 0;
  // The wall clock, in nanoseconds since 1970.
  [[nodiscard]] virtual std::uint64_t wall_ns() const = 0;
  // By the clock that deadlines are compared with. Completes without an error, or with
  // errc::leaving when the node ends first.
  virtual void sleep(std::chrono::nanoseconds length, std::unique_ptr<completion<>> done) = 0;
  // Runs handlers without an executor of their own, and callbacks.
  [[nodiscard]] virtual boost::asio::any_io_executor executor() const = 0;
  // The same, and close() waits until unpin(): an operation that starts meanwhile gets an executor
  // that still runs its handler.
  [[nodiscard]] virtual boost::asio::any_io_executor pin() = 0;
  virtual void unpin() noexcept = 0;
  // True on a thread that this node needs to go on.
  [[nodiscard]] virtual bool blocking_would_deadlock() const = 0;

  // Completes exactly once, always. `key` may be null.
  virtual void lock(lock_wish wish, const request_key& key,
                    std::unique_ptr<completion<grant>> done) = 0;
  // In the order of the wish.
  virtual void lock(locks_wish wish, const request_key& key,
                    std::unique_ptr<completion<std::vector<grant>>> done) = 0;
  // Completes a request that still waits, with errc::cancelled. Nothing happens else.
  virtual void cancel(std::uint64_t request) = 0;
  virtual void release(const hold& released) = 0;
  // What is held alone is shared from now on. False when it is not held any more.
  [[nodiscard]] virtual bool downgrade(hold& held) = 0;
  [[nodiscard]] virtual std::chrono::nanoseconds lease_ttl() const = 0;
  // One for each lock, while anybody has it.
  [[nodiscard]] virtual std::shared_ptr<runtime::kept_hold> kept_hold_of(
      const std::string& name) = 0;
  // Whoever took it there, at this opening, is done with it, and the node waits for that.
  virtual void release_kept(runtime::kept_hold& kept, std::uint64_t opening) = 0;
  // Whoever took it there wants to hear of its loss: a hold like any other from now on.
  [[nodiscard]] virtual std::shared_ptr<hold> claim_kept(
      const std::shared_ptr<const lock_target>& target, std::uint64_t opening,
      std::uint64_t token) = 0;
  // Does what time or the network made due: a hold whose deadline has passed gets its reason.
  virtual void catch_up() = 0;

  virtual void join(std::chrono::nanoseconds patience, std::unique_ptr<completion<>> done) = 0;
  virtual void leave(std::unique_ptr<completion<>> done) = 0;
  // Leaves without waiting for anybody and frees all that belongs to the executor. Every operation
  // under way completes with errc::leaving, every hold is lost with loss_reason::shut_down.
  virtual void close() noexcept = 0;

  [[nodiscard]] virtual member self() const = 0;
  [[nodiscard]] virtual std::vector<member> members() const = 0;
  [[nodiscard]] virtual conclave::roster roster() const = 0;
  [[nodiscard]] virtual std::string local_address() const = 0;
  [[nodiscard]] virtual node_counters counters() const = 0;
  virtual void set_metadata(std::string metadata) = 0;
  [[nodiscard]] virtual std::shared_ptr<subscription_state> subscribe(
      std::function<void(const member_event&)> callback) = 0;
  // Throws as node::subscribe_settled() does.
  [[nodiscard]] virtual std::shared_ptr<subscription_state> subscribe_settled(
      std::chrono::nanoseconds settle_time,
      std::function<void(const std::vector<member_event>&)> callback) = 0;

  // Completes within `patience`, with what has come by then; errc::not_joined or leaving.
  virtual void explain_lock(std::string name, std::chrono::nanoseconds patience,
                            std::unique_ptr<completion<lock_explanation>> done) = 0;
  virtual void list_locks(std::chrono::nanoseconds patience,
                          std::unique_ptr<completion<std::vector<lock_listing>>> done) = 0;
  // Throws as conclave::observe() does.
  [[nodiscard]] virtual std::shared_ptr<subscription_state> observe(
      std::string name, std::function<void(const lock_holder&)> callback) = 0;

  // What an error is about, in this node's case: the seeds that did not answer.
  [[nodiscard]] virtual std::string explain(boost::system::error_code error) const = 0;
};

// While an asynchronous operation is started.
class executor_pin {
 public:
  explicit executor_pin(engine& pinned) : engine_(pinned), executor_(pinned.pin()) {}
  executor_pin(const executor_pin&) = delete;
  executor_pin& operator=(const executor_pin&) = delete;
  ~executor_pin() { engine_.unpin(); }

  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }

 private:
  engine& engine_;
  boost::asio::any_io_executor executor_;
};

// Throws std::errc::resource_deadlock_would_occur on a thread that the node needs to go on.
void refuse_deadlock(const engine& engine, const char* operation);

}  // namespace conclave::detail
