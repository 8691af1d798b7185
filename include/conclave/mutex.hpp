// A lock with a name, shared by all nodes of a cluster.
#pragma once

#include <conclave/detail/lock_operation.hpp>
#include <conclave/detail/own_grants.hpp>
#include <conclave/error.hpp>
#include <conclave/fencing_token.hpp>
#include <conclave/grant.hpp>
#include <conclave/lock_options.hpp>
#include <conclave/node.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace conclave {

// Meets the standard's TimedLockable: std::scoped_lock, std::unique_lock and std::lock work.
//
// Thread-safe like std::mutex: threads may share one object, and unlock() is called by the thread
// that locked. Two objects with one name, in one process or in two, are the same lock. Not
// recursive. May outlive its node: all operations then fail with errc::leaving.
//
// The blocking members must not be called on a thread that runs the node's executor: they throw
// std::errc::resource_deadlock_would_occur there, where they can tell and there is something to
// wait for. A lock that the node keeps is had without waiting, there too.
class mutex {
 public:
  using executor_type = boost::asio::any_io_executor;

  // How long try_lock() waits for a majority of voters to answer.
  static constexpr std::chrono::milliseconds try_lock_patience{250};

  // Throws boost::system::system_error: errc::invalid_lock_name, where a name has 1 to 255 bytes;
  // errc::invalid_config, where an option is out of its bounds.
  mutex(node& owner, std::string_view name, const lock_options& options = {});
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;
  ~mutex();  // releases what is held

  [[nodiscard]] const std::string& name() const noexcept { return target_->name; }
  // The node's.
  [[nodiscard]] executor_type get_executor() const { return target_->engine->executor(); }

  // Waits for as long as it takes. Throws boost::system::system_error: not_joined, leaving,
  // superseded, observer, lease_too_long, roster_mismatch, clocks_disagree, too_many_requests,
  // lock_kind_mismatch where a semaphore has that name, and deadlock where whoever has it waits for
  // a lock that this thread has, and this wait is the youngest in that ring. Then nothing is held.
  void lock();
  // False when somebody else holds it or waits for it, or no majority answered within
  // try_lock_patience. Throws as lock() does.
  [[nodiscard]] bool try_lock();
  // False when it was not had in time. Throws as lock() does. Zero or less is try_lock().
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period>& patience) {
    return lock_within(detail::bounded_patience(patience));
  }
  // The distance to `until` is measured once, at the call.
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration>& until) {
    return lock_within(detail::bounded_patience(until - Clock::now()));
  }
  // Gives the lock back without waiting for the voters; also when it was lost. Throws
  // std::errc::operation_not_permitted when the calling thread has not locked.
  void unlock();
  // The same, and tells: errc::lock_lost when it was lost before.
  boost::system::error_code release();

  // Of the calling thread's hold; as the members of grant. Without one: 0, false, 0, none.
  [[nodiscard]] fencing_token token() const;
  [[nodiscard]] bool valid() const;
  [[nodiscard]] std::chrono::nanoseconds remaining() const;
  [[nodiscard]] lease_clock::time_point deadline() const;
  [[nodiscard]] std::stop_token stop_token() const;
  [[nodiscard]] loss_reason reason() const;

  // Signature: void(boost::system::error_code, conclave::grant).
  //
  // Waits for as long as it takes. The grant owns the lock: this object's blocking members know
  // nothing of it. Errors as lock() throws, and errc::cancelled.
  //
  // Cancellation: terminal, partial and total all withdraw the request; no vote stays lent. Once
  // the lock is had cancelling does nothing. A grant whose handler is never called is released.
  //
  // The handler runs through its associated executor, the node's if it has none, and never inside
  // the call of async_lock. The mutex may be destroyed while the operation is under way.
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_lock(Token&& token) {
    return start({.target = target_, .wait = true, .patience = {}}, std::forward<Token>(token));
  }
  // The same, with errc::timed_out when it was not had in time.
  template <class Rep, class Period,
            boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_lock_for(const std::chrono::duration<Rep, Period>& patience, Token&& token) {
    return start({.target = target_, .wait = true, .patience = detail::bounded_patience(patience)},
                 std::forward<Token>(token));
  }
  // The same, with errc::would_block when somebody else holds it or waits for it, and
  // errc::timed_out when no majority answered within try_lock_patience.
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_try_lock(Token&& token) {
    return start({.target = target_, .wait = false, .patience = try_lock_patience},
                 std::forward<Token>(token));
  }

 private:
  friend class shared_mutex;

  template <class Token>
  auto start(detail::lock_wish wish, Token&& token) {
    return detail::start_lock(std::move(wish), std::forward<Token>(token));
  }
  // What a thread took while the node keeps it, without the node.
  struct taken {
    std::uint64_t opening = 0;
    fencing_token token;
  };

  bool lock_within(std::chrono::nanoseconds patience);
  bool take(detail::lock_wish wish);
  [[nodiscard]] bool take_kept();
  [[nodiscard]] bool took_kept() const noexcept;
  [[nodiscard]] bool wait_for_kept();
  void give_back_kept() noexcept;
  [[nodiscard]] std::chrono::nanoseconds kept_remaining() const noexcept;
  void claim_kept() const;
  void note_taken(const taken& got);
  void keep_claimed(const taken& got) const;
  [[nodiscard]] bool is_own() const { return took_kept() || own_.any(); }
  [[nodiscard]] grant take_own();
  [[nodiscard]] grant take_hold();

  std::shared_ptr<const detail::lock_target> target_;
  // One at most, but for a thread that lost the lock and has not unlocked yet.
  mutable detail::own_grants own_;
  // The thread that has taken a kept hold; only that one reads and writes `taken_`.
  mutable std::atomic<std::thread::id> taker_{};
  taken taken_;
};

}  // namespace conclave
