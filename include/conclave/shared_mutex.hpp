// A lock that one holds alone, or many together: writers and readers.
#pragma once

#include <conclave/detail/own_grants.hpp>
#include <conclave/mutex.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

namespace conclave {

// Meets the standard's SharedTimedLockable: std::unique_lock and std::shared_lock work. A mutex of
// the same name is the same lock, held alone.
//
// Whoever asks first is served first: one who waits to hold it alone waits for those that share it
// now, and not for those that come later. Who shares it after that waits behind.
//
// Tokens: that of a hold is greater than those of all exclusive holds before it, and smaller than
// those of all exclusive holds after it. Those of holders that share are in no order among each
// other: a shared_token_gate takes both, a token_gate only those of exclusive holders.
//
// A hold that is shared is not kept after its release: lock_options::keep is for exclusive ones.
//
// Thread-safe as conclave::mutex is, with the same rules for blocking members, and for its
// lifetime. Not recursive: a thread that has it, shared or alone, and asks again gets
// std::errc::resource_deadlock_would_occur. That goes for an upgrade too: of two that share it and
// each want it alone, neither could go on. Give it back and ask anew, and look again at what you
// have read.
class shared_mutex {
 public:
  using executor_type = mutex::executor_type;

  // As mutex::mutex().
  shared_mutex(node& owner, std::string_view name, const lock_options& options = {});

  [[nodiscard]] const std::string& name() const noexcept { return alone_.name(); }
  [[nodiscard]] executor_type get_executor() const { return alone_.get_executor(); }

  // Alone; each as the member of mutex.
  void lock();
  [[nodiscard]] bool try_lock();
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_for(const std::chrono::duration<Rep, Period>& patience) {
    refuse_upgrade();
    return alone_.try_lock_for(patience);
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_until(const std::chrono::time_point<Clock, Duration>& until) {
    refuse_upgrade();
    return alone_.try_lock_until(until);
  }
  void unlock() { alone_.unlock(); }
  boost::system::error_code release() { return alone_.release(); }

  // Together with others; else as those above. try_lock_shared() is false when somebody holds it
  // alone or waits to.
  void lock_shared();
  [[nodiscard]] bool try_lock_shared();
  template <class Rep, class Period>
  [[nodiscard]] bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& patience) {
    return lock_shared_within(detail::bounded_patience(patience));
  }
  template <class Clock, class Duration>
  [[nodiscard]] bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& until) {
    return lock_shared_within(detail::bounded_patience(until - Clock::now()));
  }
  void unlock_shared();
  boost::system::error_code release_shared();

  // What the calling thread holds alone it shares from now on: unlock_shared() ends it. Nobody else
  // holds it alone in between. errc::lock_lost when it was lost before: it has then to be given
  // back by unlock_shared() all the same. Throws std::errc::operation_not_permitted when the
  // calling thread does not hold it alone.
  boost::system::error_code downgrade();

  // Of the calling thread's hold, shared or not; as the members of grant.
  [[nodiscard]] fencing_token token() const;
  [[nodiscard]] bool valid() const;
  [[nodiscard]] std::chrono::nanoseconds remaining() const;
  [[nodiscard]] lease_clock::time_point deadline() const;
  [[nodiscard]] std::stop_token stop_token() const;
  [[nodiscard]] loss_reason reason() const;

  // Signature: void(boost::system::error_code, conclave::grant). As those of mutex; a grant shares
  // it when the operation's name says so, and after grant::downgrade().
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_lock(Token&& token) {
    return alone_.async_lock(std::forward<Token>(token));
  }
  template <class Rep, class Period,
            boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_lock_for(const std::chrono::duration<Rep, Period>& patience, Token&& token) {
    return alone_.async_lock_for(patience, std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_try_lock(Token&& token) {
    return alone_.async_try_lock(std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_lock_shared(Token&& token) {
    return alone_.start(shared_wish({}), std::forward<Token>(token));
  }
  template <class Rep, class Period,
            boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_lock_shared_for(const std::chrono::duration<Rep, Period>& patience, Token&& token) {
    return alone_.start(shared_wish(detail::bounded_patience(patience)),
                        std::forward<Token>(token));
  }
  template <boost::asio::completion_token_for<void(boost::system::error_code, grant)> Token>
  auto async_try_lock_shared(Token&& token) {
    return alone_.start(try_shared_wish(), std::forward<Token>(token));
  }

 private:
  [[nodiscard]] detail::lock_wish shared_wish(
      std::optional<std::chrono::nanoseconds> patience) const {
    return {.target = alone_.target_, .wait = true, .shared = true, .patience = patience};
  }
  [[nodiscard]] detail::lock_wish try_shared_wish() const {
    return {.target = alone_.target_,
            .wait = false,
            .shared = true,
            .patience = mutex::try_lock_patience};
  }
  void refuse_upgrade() const;
  bool lock_shared_within(std::chrono::nanoseconds patience);
  bool take_shared(detail::lock_wish wish);
  [[nodiscard]] grant take_own();

  mutex alone_;
  detail::own_grants together_;
};

}  // namespace conclave
